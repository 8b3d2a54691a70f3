"""Cuts the instants out of one frame: every hand, in every camera that sees it."""

import collections
from typing import Any

import numpy as np

from hand_geo_keras.datasets.preparation import Preparation
from hand_geo_keras.geometry import (
    box_inside_fraction,
    square_box,
    virtual_camera,
    warp_crops,
)
from hand_geo_keras.geometry.skeleton import NUM_JOINTS
from hand_geo_keras.recordings.recording import Recording

# Of the hand's extent: large images of hands have large errors.
_REPROJECTION = 0.25


def cut_instants(
    recording: Recording,
    frame: int,
    images: dict[Any, Any],
    backgrounds: dict[Any, Any],
    preparation: Preparation,
    detector: Any = None,
) -> tuple[Any, ...]:
    """Cuts all instants of one frame.

    A hand is located by its 3D label where there is one, else by the box that the
    user gave for the camera and frame, else by the detector. Unlabelled hands are
    taken as one right hand of an unnamed subject.

    Args:
        recording: The `Recording`.
        frame: 0-based frame index.
        images: dict from camera name to `[H, W, 3]` uint8 RGB, or None if the
            frame is missing in this camera. Only these cameras' views are cut.
        backgrounds: dict from camera name to `[H, W, 3]` uint8 RGB.
        preparation: `Preparation` settings.
        detector: Optional callable `(camera, image) -> (centre x, centre y, side)`
            in pixels, or None where it finds no hand.

    Returns:
        `(instants, dropped)`: a list of dicts as described by `instant_features`,
        and a `collections.Counter` of dropped hands and views by reason.
    """
    numbered, dropped = cut_numbered_instants(
        recording, frame, images, backgrounds, preparation, detector
    )
    return [instant for _, instant in numbered], dropped


def cut_numbered_instants(
    recording: Recording,
    frame: int,
    images: Any,
    backgrounds: Any,
    preparation: Preparation,
    detector: Any = None,
) -> tuple[Any, ...]:
    """`cut_instants`, with each instant as `(number of the hand, instant)`.

    The number counts the frame's hands, so that instants which were cut from
    different cameras in different places can be put together.
    """
    dropped = collections.Counter()
    instants = []
    cameras = [camera for camera in recording.cameras if camera.name in images]
    hands = recording.hands(frame)
    for number, hand in enumerate(hands):
        valid = _usable_joints(hand, recording.cameras, preparation)
        if valid.sum() < preparation.min_valid_joints:
            dropped["hand: too few valid joints"] += 1
            continue
        boxes = {
            camera.name: _label_box(camera, hand.joints[valid], preparation)
            for camera in cameras
        }
        views = _cut_views(cameras, images, backgrounds, boxes, preparation, dropped)
        labels = (hand.side, hand.subject, np.where(valid[:, None], hand.joints, 0.0))
        if views:
            instant = _instant(recording, frame, views, *labels, valid)
            mark = {"corrected": True} if hand.corrected else {}
            instants.append((number, instant | mark))
    if not hands:
        boxes = _given_boxes(recording, cameras, frame, images, detector)
        views = _cut_views(cameras, images, backgrounds, boxes, preparation, dropped)
        labels = "right", "", np.zeros((NUM_JOINTS, 3)), np.zeros(NUM_JOINTS, bool)
        if views:
            instants.append((0, _instant(recording, frame, views, *labels)))
        else:
            dropped["frame: no hand located"] += 1
    return instants, dropped


def _instant(recording, frame, views, side, subject, joints, valid):
    return {
        "sequence": recording.name,
        "subject": subject,
        "side": side,
        "frame": frame,
        "joints": np.asarray(joints, np.float32),
        "valid": valid,
        "views": views,
    }


def _usable_joints(hand, cameras, preparation):
    good = hand.valid & (hand.score >= preparation.min_score)
    if hand.corrected:  # by a person, who saw the images
        return good
    limit = preparation.max_reprojection_px
    if (hand.reprojection_px[good] > limit).any():
        limit = max(limit, _REPROJECTION * _extent(cameras, hand.joints[good]))
    return good & (hand.reprojection_px <= limit)


def _extent(cameras, joints):
    """Extent in pixels of joints in the view that shows them largest."""
    views = [c for c in cameras if (c.to_camera(joints)[:, 2] > 0).all()]
    return max((np.ptp(c.project(joints), axis=0).max() for c in views), default=0.0)


def _label_box(camera, joints, preparation):
    if (camera.to_camera(joints)[:, 2] <= 0).any():
        return None
    return square_box(camera.project(joints), preparation.box_margin)


def _given_boxes(recording, cameras, frame, images, detector):
    boxes = {}
    for camera in cameras:
        box = recording.boxes(camera.name, frame)
        image = images[camera.name]
        if box is None and detector is not None and image is not None:
            box = detector(camera, image)
        boxes[camera.name] = box
    return boxes


def _cut_views(cameras, images, backgrounds, boxes, preparation, dropped):
    views = []
    for camera in cameras:
        image, box = images[camera.name], boxes[camera.name]
        reason = _reason_to_drop(camera, image, box, preparation)
        if reason:
            dropped[f"view: {reason}"] += 1
            continue
        crop = virtual_camera(camera, box, preparation.crop_size)
        views.append(
            _view(camera, crop, image, backgrounds[camera.name], box, preparation)
        )
    return views


def _reason_to_drop(camera, image, box, preparation):
    if image is None:
        return "frame missing or unreadable"
    if box is None:
        return "no hand located"
    if box[2] < preparation.min_box_side:
        return "box too small"
    if box_inside_fraction(box, camera.resolution) < preparation.min_inside:
        return "box outside the image"
    return None


def _view(camera, crop, image, background, box, preparation):
    stored = crop.with_size(preparation.stored_size)
    shown, behind = warp_crops([image, background], camera, stored)
    return {
        "camera": camera.name,
        "image": shown,
        "background": behind,
        "rotation": crop.R.astype(np.float32),
        "translation": crop.t.astype(np.float32),
        "focal": np.float32(crop.K[0, 0]),
        "box": np.asarray(box, np.float32),
    }
