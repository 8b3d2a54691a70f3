"""Says what is wrong with a rig before anyone trains on it."""

from typing import Any

from hand_geo_keras.recordings.recording import Recording
from hand_geo_keras.recordings.rig_check.camera_checks import check_cameras
from hand_geo_keras.recordings.rig_check.image_checks import check_images
from hand_geo_keras.recordings.rig_check.label_checks import (
    check_coverage,
    check_labels,
    check_reprojection,
)
from hand_geo_keras.recordings.rig_check.recorded_times import check_recorded_times
from hand_geo_keras.recordings.rig_check.rig_report import RigReport
from hand_geo_keras.recordings.rig_check.shape_checks import check_shape
from hand_geo_keras.recordings.rig_check.synchronisation_check import (
    check_synchronisation,
)
from hand_geo_keras.recordings.rig_check.time_checks import check_time
from hand_geo_keras.recordings.rig_check.video_checks import (
    check_background,
    check_frames,
)
from hand_geo_keras.recordings.rig_check.view_label_checks import check_view_labels


def check_rig(
    recording: Recording,
    labels: dict[Any, Any] | None = None,
    num_frames: int = 8,
    side: str = "right",
    scan_frames: int | None = None,
) -> RigReport:
    """Checks a recording's cameras, videos and labels.

    Looked at are: number of cameras, fields of view, baselines and angles between
    the cameras, mistakes in the extrinsics, frame counts, rates and time stamps,
    missing frames, whether the background stands still, number of labels, side, size,
    rigidity and order of joints of the labelled hand, in how many views it is seen, and
    reprojection error. With 2D labels the error is measured per camera, and
    synchronisation is tested by shifting one camera against the others. Without any,
    the images alone tell black, repeated and frozen frames, cameras that are late or
    lost frames, and wrong, exchanged or outdated calibrations: see `check_images`.

    Args:
        recording: `Recording`.
        labels: Optional dict from camera name to `ViewLabels`, as `read_view_labels`
            returns it.
        num_frames: Frames per camera to look at for the background; 0 reads none.
        side: `"right"` or `"left"`: the hand of the 2D labels.
        scan_frames: Frames per camera to look through for faults of images and of
            time; 0 reads none, by default 12000 in all cameras together.

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
    pixels = labels and {name: view.frames for name, view in labels.items()}
    findings = [
        *check_cameras(recording),
        *check_frames(recording),
        *check_time(recording),
        *check_recorded_times(recording),
        *(check_background(recording, num_frames) if num_frames else ()),
        *(check_images(recording, scan_frames) if scan_frames != 0 else ()),
        *check_view_labels(recording, labels, side),
        *check_labels(recording, pixels),
        *check_shape(recording),
        *check_coverage(recording),
        *check_reprojection(recording, pixels),
        *check_synchronisation(recording, pixels),
    ]
    return RigReport(recording.name, tuple(findings))
