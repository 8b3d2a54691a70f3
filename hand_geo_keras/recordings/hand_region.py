"""The part of an image that a labelled hand and its forearm cover."""

import cv2
import numpy as np

from hand_geo_keras.geometry.cameras import Camera
from hand_geo_keras.geometry.skeleton import WRIST
from hand_geo_keras.recordings.recording import Recording

_MIDDLE_MCP = 9
_FOREARM_MM = 300.0
# The arm is rendered as discs that widen from wrist to elbow: the direction of the
# forearm is only guessed from the palm, and the error grows with the distance.
_WRIST_RADIUS_MM = 45.0
_ELBOW_RADIUS_MM = 110.0
_NUM_DISCS = 13


def hand_region(
    recording: Recording, camera: Camera, frame: int, margin: float = 0.3
) -> np.ndarray | None:
    """Mask of the hands of one frame, where their place is known.

    From a 3D label it is the padded convex hull of the projected valid joints and
    the forearm, which continues the line from the middle knuckle to the wrist. From
    a user's box it is the box.

    Args:
        recording: `Recording`.
        camera: `Camera` of the recording.
        frame: 0-based frame index.
        margin: Padding of the hull, relative to the longer side of the joints' box.

    Returns:
        bool `[H, W]`, True on a hand, or None if neither label nor box is there.
    """
    hands = recording.hands(frame)
    box = recording.boxes(camera.name, frame)
    if not hands and box is None:
        return None
    width, height = camera.resolution
    mask = np.zeros((height, width), np.uint8)
    for hand in hands:
        _fill_hand(mask, camera, hand, margin)
        _fill_forearm(mask, camera, hand)
    if box is not None:
        _fill_box(mask, box)
    return mask.astype(bool)


def _fill_hand(mask, camera, hand, margin):
    joints = _in_front(camera, hand.joints[hand.valid])
    if not len(joints):
        return
    pixels = camera.project(joints)
    padding = margin * np.ptp(pixels, axis=0).max()
    hull = cv2.convexHull(_clipped(pixels))
    cv2.fillConvexPoly(mask, hull, 1)
    cv2.polylines(mask, [hull], True, 1, thickness=max(1, round(2 * padding)))


def _fill_forearm(mask, camera, hand):
    if not (hand.valid[WRIST] and hand.valid[_MIDDLE_MCP]):
        return
    wrist = hand.joints[WRIST]
    direction = wrist - hand.joints[_MIDDLE_MCP]
    direction = direction / max(np.linalg.norm(direction), 1e-9)
    fractions = np.linspace(0, 1, _NUM_DISCS)
    points = wrist + fractions[:, None] * _FOREARM_MM * direction
    radii = _WRIST_RADIUS_MM + fractions * (_ELBOW_RADIUS_MM - _WRIST_RADIUS_MM)
    depths = camera.to_camera(points)[:, 2]
    for point, radius, depth in zip(points, radii, depths):
        if depth > radius:
            center = _clipped(camera.project(point))
            cv2.circle(mask, center, round(radius * camera.K[0, 0] / depth), 1, -1)


def _fill_box(mask, box):
    center, side = np.array(box[:2]), box[2]
    low, high = _clipped(center - side / 2), _clipped(center + side / 2)
    cv2.rectangle(mask, low, high, 1, -1)


def _in_front(camera, points):
    return points[camera.to_camera(points)[:, 2] > 0]


def _clipped(pixels):
    """Rounded to int32; far-away points are clipped, as OpenCV would overflow."""
    return np.clip(np.round(pixels), -20000, 20000).astype(np.int32)
