"""Puts foreign labels into a rig as its `hands3d.json`."""

from pathlib import Path

from hand_geo_keras.errors import LabelError
from hand_geo_keras.recordings.open_recording import open_recording
from hand_geo_keras.recordings.rig_labels import read_hands3d
from hand_geo_keras.recordings.view_labels.read_view_labels import read_view_labels
from hand_geo_keras.recordings.view_labels.triangulate_labels import triangulate_labels
from hand_geo_keras.recordings.write_rig import write_hands3d


def import_labels(
    folder,
    labels,
    side="right",
    subject=None,
    max_error_px=10.0,
    min_likelihood=0.5,
    overwrite=False,
):
    """Writes a rig's `hands3d.json` from 3D labels or from 2D labels per view.

    Args:
        folder: Folder of a plain rig.
        labels: A file in the layout of `hands3d.json`, or a dict from camera name to
            a file with 2D labels (CSV of DeepLabCut or Lightning Pose, COCO JSON).
        side: `"right"` or `"left"`, for 2D labels.
        subject: Name of the person, for 2D labels; the folder's name if None.
        max_error_px: See `triangulate_labels`.
        min_likelihood: See `read_keypoint_csv`.
        overwrite: Whether to replace labels that are there already.

    Returns:
        `TriangulationReport`, or None for 3D labels.

    Raises:
        LabelError: If labels are malformed, do not fit, or are there already.

    Example:
        ```python
        report = import_labels("my_rig", {"cam0": "cam0.csv", "cam1": "cam1.csv"})
        print(report.text())
        ```
    """
    folder = Path(folder)
    target = folder / "hands3d.json"
    if target.exists() and not overwrite:
        raise LabelError(
            f"{target}: the rig has 3D labels already; ask for overwriting or move "
            "the file away."
        )
    report = None
    name = subject or folder.resolve().name
    if isinstance(labels, dict):
        recording = open_recording(folder)
        pixels = read_view_labels(labels, recording, min_likelihood)
        hands, report = triangulate_labels(
            recording.cameras, pixels, max_error_px, side, name
        )
        if not hands:
            raise LabelError(
                f"{folder}: no joint could be triangulated within {max_error_px} px; "
                f"check the calibration and the synchronisation. {report.text()}"
            )
    else:
        hands = read_hands3d(Path(labels), name)
    write_hands3d(target, hands)
    return report
