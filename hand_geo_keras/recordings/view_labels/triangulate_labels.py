"""3D hands from the 2D labels of several calibrated views."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from hand_geo_keras.errors import LabelError
from hand_geo_keras.geometry.cameras import Camera
from hand_geo_keras.geometry.skeleton import NUM_JOINTS
from hand_geo_keras.geometry.triangulation import reprojection_error, triangulate
from hand_geo_keras.recordings.recording import Hand, Recording
from hand_geo_keras.recordings.view_labels.label_diagnosis import (
    diagnose_labels,
    in_front,
)
from hand_geo_keras.recordings.view_labels.triangulation_report import (
    TriangulationReport,
)


def triangulate_labels(
    cameras: Sequence[Camera],
    labels: dict[Any, Any],
    max_error_px: float = 10.0,
    side: str = "right",
    subject: str | None = "",
) -> tuple[Any, ...]:
    """Triangulates joints; views and joints that contradict the others are dropped.

    Where three or more views see a joint and the largest reprojection error exceeds
    the limit, the view whose absence helps most is dropped, and again. With two
    views left that disagree, the joint is invalid: nothing says which one is right. So
    is a joint behind a camera that sees it: the views agree, but the calibration is
    wrong.

    Args:
        cameras: `Camera` objects.
        labels: dict from camera name to a dict from instant to `[21, 2]` pixels, as
            `read_view_labels` returns it.
        max_error_px: Largest accepted reprojection error in pixels.
        side: `"right"` or `"left"`.
        subject: Name of the person.

    Returns:
        `(hands, report)`: a dict from instant to a tuple of one `Hand`, as
        `write_hands3d` takes it, and a `TriangulationReport`.

    Raises:
        LabelError: If fewer than two cameras have labels of the same instant.
    """
    cameras = [camera for camera in cameras if camera.name in labels]
    instants = sorted({i for of_camera in labels.values() for i in of_camera})
    pixels = _stack(cameras, labels, instants)
    if len(cameras) < 2 or not (np.isfinite(pixels).all(-1).sum(0) >= 2).any():
        raise LabelError(
            "No joint is labelled in two views of the same instant, so none can be "
            "triangulated; label the same frames in several cameras. "
            f"Received: cameras={[camera.name for camera in cameras]}"
        )
    labelled = np.isfinite(pixels).all(-1).sum(0)
    points, pixels, rejected_views = _robust(cameras, pixels, max_error_px)
    errors = reprojection_error(cameras, points, pixels)  # [V, I, 21]
    with np.errstate(invalid="ignore"):
        consistent = np.fmax.reduce(errors, axis=0) <= max_error_px
    valid = consistent & in_front(cameras, points, np.isfinite(errors))
    hands = {
        instant: (_hand(points[i], valid[i], errors[:, i], side, subject),)
        for i, instant in enumerate(instants)
        if valid[i].any()
    }
    report = _report(
        cameras, hands, valid, consistent, labelled, errors, rejected_views
    )
    return hands, report


def diagnosis(
    recording: Recording, labels: Any, max_error_px: float = 10.0, side: str = "right"
) -> Any:
    """What makes 2D labels fit the cameras, see `diagnose_labels`.

    Args:
        recording: `Recording`.
        labels, max_error_px, side: See `triangulate_labels`.

    Returns:
        One sentence, or None.
    """
    cameras = [camera for camera in recording.cameras if camera.name in labels]
    instants = sorted({i for of_camera in labels.values() for i in of_camera})
    pixels = _stack(cameras, labels, instants)
    return diagnose_labels(cameras, pixels, max_error_px, side)


def _stack(cameras, labels, instants):
    """`[V, I, 21, 2]` pixels, NaN where not labelled."""
    nothing = np.full((NUM_JOINTS, 2), np.nan)
    return np.array(
        [
            [labels[camera.name].get(instant, nothing) for instant in instants]
            for camera in cameras
        ]
    ).reshape(len(cameras), len(instants), NUM_JOINTS, 2)


def _robust(cameras, pixels, max_error_px):
    """Drops the worst view of joints with too large an error while two stay."""
    pixels = pixels.copy()
    points = triangulate(cameras, pixels)
    rejected = 0
    for _ in range(len(cameras) - 2):
        worst = np.fmax.reduce(reprojection_error(cameras, points, pixels), axis=0)
        seen = np.isfinite(pixels).all(-1).sum(0)
        bad = np.argwhere((worst > max_error_px) & (seen > 2))
        for place in map(tuple, bad):
            view = _view_to_drop(cameras, pixels[(slice(None), *place)])
            pixels[(view, *place)] = np.nan
            points[place] = triangulate(cameras, pixels[(slice(None), *place)])
        rejected += len(bad)
    return points, pixels, rejected


def _view_to_drop(cameras, pixels):
    """The view without which the others agree best, for one joint `[V, 2]`."""
    worst = {}
    for view in np.flatnonzero(np.isfinite(pixels).all(-1)):
        others = pixels.copy()
        others[view] = np.nan
        point = triangulate(cameras, others)
        worst[view] = np.nanmax(reprojection_error(cameras, point, others))
    return min(worst, key=worst.get)


def _hand(points, valid, errors, side, subject):
    seen = np.isfinite(errors)
    mean = np.nansum(errors, axis=0) / np.maximum(seen.sum(0), 1)
    return Hand(
        side=side,
        subject=subject,
        joints=np.where(valid[:, None], points, np.nan),
        valid=valid,
        score=valid.astype(np.float32),
        reprojection_px=np.where(valid, mean, 0).astype(np.float32),
    )


def _report(cameras, hands, valid, consistent, labelled, errors, rejected_views):
    accepted = np.where(valid, errors, np.nan)
    everywhere = accepted[np.isfinite(accepted)]
    medians = {
        camera.name: round(float(np.nanmedian(of_view)), 3)
        for camera, of_view in zip(cameras, accepted)
        if np.isfinite(of_view).any()
    }
    return TriangulationReport(
        frames=len(hands),
        frames_without_hand=len(valid) - len(hands),
        joints=int(valid.sum()),
        too_few_views=int((labelled == 1).sum()),
        rejected_views=rejected_views,
        rejected_joints=int(((labelled >= 2) & ~consistent).sum()),
        behind_cameras=int(((labelled >= 2) & consistent & ~valid).sum()),
        error_px=float(np.median(everywhere)) if everywhere.size else float("nan"),
        error_px_95=(
            float(np.percentile(everywhere, 95)) if everywhere.size else float("nan")
        ),
        error_px_of_camera=medians,
    )
