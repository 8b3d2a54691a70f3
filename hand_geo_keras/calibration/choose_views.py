"""Frames of a board worth calibrating with: sharp, still, and unlike each other."""

from typing import Any

import cv2
import numpy as np

from hand_geo_keras.calibration.board import Board, BoardView
from hand_geo_keras.calibration.board_videos import BoardTrack

# A board that moves by so many pixels a frame counts half.
_HALVING_SPEED = 4.0
# Relative to the good half of all views.
_MIN_QUALITY = 0.35
# A change of scale or tilt counts so much beside one of position across the image.
_SCALE_WEIGHT, _TILT_WEIGHT, _ROLL_WEIGHT = 1.0, 1.5, 0.2


def view_quality(track: BoardTrack) -> dict:
    """dict from frame to how sharp and still the board is, 0 to about 1.

    Args:
        track: `BoardTrack`.
    """
    return {
        frame: track.sharpness[frame] / (1 + track.speed[frame] / _HALVING_SPEED)
        for frame in track.views
    }


def sharp_frames(track: Any) -> list:
    """Frames whose board is not blurred beside the other frames of the camera."""
    quality = view_quality(track)
    if not quality:
        return []
    good = np.quantile(list(quality.values()), 0.75)
    return [frame for frame, value in quality.items() if value >= _MIN_QUALITY * good]


def choose_frames(
    candidates: Any, features: np.ndarray, quality: np.ndarray, count: int
) -> list:
    """Chooses frames that differ most from each other, good ones first.

    Greedy farthest points: each next frame is the one with the largest product of its
    quality and its distance from those chosen.

    Args:
        candidates: Frames.
        features: `[N, D]` description of each, see `view_features`.
        quality: `[N]` quality of each.
        count: Most frames to choose.

    Returns:
        Ascending list of frames.

    Example:
        >>> choose_frames([3, 5, 9], np.array([[0.0], [0.1], [1]]), np.ones(3), 2)
        [3, 9]
    """
    features, quality = np.asarray(features, float), np.asarray(quality, float)
    if not len(candidates):
        return []
    chosen = [int(np.argmax(quality))]
    distance = np.linalg.norm(features - features[chosen[0]], axis=1)
    while len(chosen) < min(count, len(candidates)):
        score = distance * quality
        score[chosen] = -1
        chosen.append(int(np.argmax(score)))
        new = np.linalg.norm(features - features[chosen[-1]], axis=1)
        distance = np.minimum(distance, new)
    return sorted(candidates[index] for index in chosen)


def view_features(
    board: Board, view: BoardView, resolution: tuple[int, int]
) -> np.ndarray:
    """`[7]` position, scale, tilt and roll of a board in an image, each about 0 to 1.

    Args:
        board: `Board`.
        view: `BoardView`.
        resolution: `(width, height)` of the image.
    """
    width, height = board.size_mm
    flat = board.corners[view.ids, :2] / max(width, height)
    pixels = view.pixels / max(resolution)
    H = cv2.findHomography(flat, pixels)[0]
    if H is None:
        return np.zeros(7)
    centre = np.array([width, height]) / max(width, height) / 2
    scale_at_centre = H[2, :2] @ centre + H[2, 2]
    place = (H[:2, :2] @ centre + H[:2, 2]) / scale_at_centre
    # The Jacobian at the centre has the scale and the roll, the last row the tilt.
    J = (H[:2, :2] - np.outer(place, H[2, :2])) / scale_at_centre
    size = np.sqrt(abs(np.linalg.det(J)))
    roll = np.arctan2(J[1, 0], J[0, 0])
    return np.array(
        [
            *place,
            _SCALE_WEIGHT * size,
            *_TILT_WEIGHT * H[2, :2] / scale_at_centre,
            *_ROLL_WEIGHT * np.array([np.cos(roll), np.sin(roll)]),
        ]
    )
