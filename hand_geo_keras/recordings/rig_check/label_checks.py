"""Checks of the 3D labels: number, size of the hand, visibility, reprojection."""

import numpy as np

from hand_geo_keras.geometry.skeleton import EDGES, WRIST
from hand_geo_keras.geometry.triangulation import reprojection_error
from hand_geo_keras.recordings.rig_check.finding import Finding
from hand_geo_keras.recordings.rig_check.label_joints import label_joints

_MIDDLE_MCP = 9
# Wrist to middle knuckle: small child to very large adult.
_PALM_MM = (55, 120)
_MAX_LENGTH_SPREAD = 0.12
_MIN_LABELS = 16
_GOOD_ERROR_PX = 0.01  # of the image's width
_BAD_ERROR_PX = 0.03


def check_labels(recording, pixels=None):
    """Finding on how many frames have a usable label."""
    frames = [frame for frame in recording.labelled_frames if recording.hands(frame)]
    message = f"{len(frames)} of {recording.num_frames} frames have 3D labels"
    if pixels and not frames:
        message += f", {len(set().union(*pixels.values()))} have 2D labels"
    if len(frames) < _MIN_LABELS:
        yield Finding(
            "labels",
            "warning",
            message,
            "view synthesis needs no labels (but then hand boxes or a detector); "
            f"label {_MIN_LABELS} to 64 frames, spread in time, to train a pose head.",
        )
    else:
        yield Finding("labels", "ok", message)


def check_hand_size(recording):
    """Findings on bone lengths in mm: catches wrong units and noisy labels."""
    joints = label_joints(recording)
    palms = np.linalg.norm(joints[:, _MIDDLE_MCP] - joints[:, WRIST], axis=-1)
    palms = palms[np.isfinite(palms)]
    if not palms.size:
        return
    palm = np.median(palms)
    message = f"wrist to middle knuckle {palm:.3g} mm in the median"
    low, high = _PALM_MM
    if low <= palm <= high:
        yield Finding("hand size", "ok", message)
    else:
        yield Finding("hand size", "error", message, _unit_fix(palm))
    yield _rigidity(joints)


def _unit_fix(palm):
    low, high = _PALM_MM
    for factor in (10, 1000, 0.1, 0.001, 100, 0.01, 25.4):
        if low <= palm * factor <= high:
            return (
                f"lengths seem too {'small' if factor > 1 else 'large'} by a factor of "
                f"{max(factor, 1 / factor):g}: correct 'unit' in calibration.json and "
                "hands3d.json."
            )
    return (
        f"a hand has {low} to {high} mm there: check the size of the calibration "
        "board's squares and the order of the joints (wrist, thumb, …, little)."
    )


def _rigidity(joints):
    parents, children = np.array(EDGES).T
    lengths = np.linalg.norm(joints[:, parents] - joints[:, children], axis=-1)
    with np.errstate(invalid="ignore"):
        median = np.nanmedian(lengths, axis=0)
        spread = np.nanmedian(np.abs(lengths - median) / median)
    message = f"bone lengths vary by {spread:.1%} around their median"
    if spread > _MAX_LENGTH_SPREAD:
        return Finding(
            "bone lengths",
            "warning",
            message,
            "bones are rigid: look for wrong joint order, views out of "
            "synchronisation, several subjects, or a poor 2D detector.",
        )
    return Finding("bone lengths", "ok", message)


def check_coverage(recording):
    """Finding on the number of views that see the whole labelled hand."""
    joints = label_joints(recording)
    if not joints.size:
        return
    inside = np.stack([_share_inside(camera, joints) for camera in recording.cameras])
    whole = (inside > 0.8).sum(0)
    listed = ", ".join(
        f"{camera.name} {share:.0%}"
        for camera, share in zip(recording.cameras, (inside > 0.8).mean(1))
    )
    pairs = (whole >= 2).mean()
    message = (
        f"{pairs:.0%} of the labelled hands are in at least two views, "
        f"{whole.mean():.1f} on average ({listed})"
    )
    if pairs < 0.2:
        fix = "turn the cameras to a common volume and move the hand inside it."
        yield Finding("visibility", "error", message, fix)
    elif pairs < 0.7:
        fix = "keep the hand where the views overlap; the other frames train nothing."
        yield Finding("visibility", "warning", message, fix)
    else:
        yield Finding("visibility", "ok", message)


def _share_inside(camera, joints):
    known = np.nan_to_num(joints)
    front = camera.to_camera(known)[..., 2] > 0
    pixels = camera.project(
        np.where(front[..., None], known, camera.center + camera.R[2])
    )
    inside = ((pixels >= 0) & (pixels < np.array(camera.resolution))).all(-1) & front
    valid = np.isfinite(joints).all(-1)
    return (inside & valid).sum(1) / np.maximum(valid.sum(1), 1)


def check_reprojection(recording, pixels=None):
    """Findings per camera from 2D labels, else one from the errors in the file."""
    if pixels:
        yield from _measured(recording, pixels)
        return
    errors = [
        hand.reprojection_px[hand.valid]
        for frame in recording.labelled_frames
        for hand in recording.hands(frame)
    ]
    errors = np.concatenate(errors) if errors else np.zeros(0)
    errors = errors[errors > 0]  # zeros where the format has none
    if errors.size:
        width = max(camera.resolution[0] for camera in recording.cameras)
        yield _graded("reprojection", errors, width, "as noted in the label file")


def _measured(recording, pixels):
    for camera in recording.cameras:
        errors = [
            reprojection_error([camera], hand.joints[hand.valid], [seen[hand.valid]])[0]
            for frame, seen in pixels.get(camera.name, {}).items()
            for hand in recording.hands(frame)
        ]
        errors = np.concatenate(errors) if errors else np.zeros(0)
        errors = errors[np.isfinite(errors)]
        if errors.size:
            name = f"reprojection in {camera.name}"
            yield _graded(name, errors, camera.resolution[0], "against 2D labels")


def _graded(name, errors, width, source):
    median, high = np.median(errors), np.percentile(errors, 95)
    message = f"{median:.1f} px median, {high:.1f} px in 95 %, {source}"
    if median > _BAD_ERROR_PX * width:
        fix = "calibrate again (after the last time a camera was moved or refocused)."
        return Finding(name, "error", message, fix)
    if median > _GOOD_ERROR_PX * width:
        fix = "check calibration, synchronisation and the 2D labels; expect blur."
        return Finding(name, "warning", message, fix)
    return Finding(name, "ok", message)
