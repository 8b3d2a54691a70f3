"""Says what is wrong with a rig before anyone trains on it."""

from hand_geo_keras.recordings.rig_check.camera_checks import check_cameras
from hand_geo_keras.recordings.rig_check.footage_checks import (
    check_background,
    check_frames,
)
from hand_geo_keras.recordings.rig_check.label_checks import (
    check_coverage,
    check_hand_size,
    check_labels,
    check_reprojection,
)
from hand_geo_keras.recordings.rig_check.rig_report import RigReport
from hand_geo_keras.recordings.rig_check.synchronisation_check import (
    check_synchronisation,
)


def check_rig(recording, pixels=None, num_frames=8):
    """Checks a recording's cameras, footage and labels.

    Looked at are: number of cameras, fields of view, baselines and angles between
    the cameras, frame counts and missing frames, whether the background stands
    still, number of labels, size and rigidity of the labelled hand in mm, in how
    many views it is seen, and reprojection error. With 2D labels the error is
    measured per camera, and synchronisation is tested by shifting one camera against
    the others.

    Args:
        recording: `Recording`.
        pixels: Optional 2D labels as `read_view_labels` returns them.
        num_frames: Frames per camera to look at for the background; 0 reads none.

    Returns:
        `RigReport`.

    Raises:
        HandGeoError: Only for what makes a recording impossible to open or read.

    Example:
        ```python
        report = check_rig(open_recording("my_rig"))
        print(report.text())
        ```
    """
    findings = [
        *check_cameras(recording),
        *check_frames(recording),
        *(check_background(recording, num_frames) if num_frames else ()),
        *check_labels(recording, pixels),
        *check_hand_size(recording),
        *check_coverage(recording),
        *check_reprojection(recording, pixels),
        *check_synchronisation(recording, pixels),
    ]
    return RigReport(recording.name, tuple(findings))
