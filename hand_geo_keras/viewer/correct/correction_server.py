"""The server of the page on which labels are corrected."""

from pathlib import Path

from hand_geo_keras.errors import LabelError
from hand_geo_keras.labelling import read_chosen_frames
from hand_geo_keras.recordings import RigRecording, open_recording
from hand_geo_keras.viewer.correct.correction_session import CorrectionSession
from hand_geo_keras.viewer.page import PageServer, static_files

_SHARED = ("/style.css", "/rendering.js")


def correction_server(
    folder: str | Path, side: str = "right", port: int = 0
) -> PageServer:
    """Makes the server of a rig's labels.

    Args:
        folder: Folder of the rig.
        side: `"right"` or `"left"`, the hand to correct.
        port: TCP port; a free one if 0.

    Returns:
        `PageServer`, to be used as a context.

    Raises:
        LabelError: If the recording is no plain rig of two or more cameras.

    Example:
        ```python
        with correction_server("my_rig") as server:
            server.start()
        ```
    """
    recording = open_recording(folder, labels=False)
    if not isinstance(recording, RigRecording) or len(recording.cameras) < 2:
        raise LabelError(
            f"{folder}: labels are corrected in two or more views of a plain rig, with "
            "a calibration.json; this recording has none."
        )
    session = CorrectionSession(recording, read_chosen_frames(recording.path), side)
    shared = static_files("hand_geo_keras.viewer.page")
    static = {path: shared[path] for path in _SHARED}
    return PageServer(session, port, static | static_files(__package__))
