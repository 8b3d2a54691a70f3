"""The lens of one camera from its views of a board, alone."""

from typing import Any

import cv2
import numpy as np

from hand_geo_keras.calibration.board import Board
from hand_geo_keras.calibration.board_videos import BoardTrack
from hand_geo_keras.calibration.choose_views import (
    choose_frames,
    sharp_frames,
    view_features,
    view_quality,
)
from hand_geo_keras.errors import CalibrationError
from hand_geo_keras.geometry import Camera

NUM_VIEWS = 30
MIN_VIEWS = 6
# A view is dropped if its error is so many times the median and so many pixels.
_OUTLYING, _OUTLYING_PX = 3.0, 1.0
_ROUNDS = 4
_SIMPLE_LENS = cv2.CALIB_FIX_K2 | cv2.CALIB_FIX_K3 | cv2.CALIB_ZERO_TANGENT_DIST
_CLOSE_TO_PINHOLE = _SIMPLE_LENS | cv2.CALIB_FIX_K1 | cv2.CALIB_FIX_PRINCIPAL_POINT


def calibrate_lens(track: BoardTrack, board: Board, dropped: Any) -> Camera:
    """Estimates focal lengths, principal point and k1 from varied sharp views.

    A start for `adjust_bundle`, which estimates all coefficients.

    Args:
        track: `BoardTrack`.
        board: `Board`.
        dropped: list to which `(camera, frame, reason)` of outlying views is added.

    Returns:
        `Camera` at the world's origin.

    Raises:
        CalibrationError: If too few different views show the board.
    """
    frames = calibration_frames(track, board, NUM_VIEWS)
    if len(frames) < MIN_VIEWS:
        raise CalibrationError(
            f"{track.path}: only {len(track.views)} of {track.num_frames} frames show "
            f"the board, but at least {MIN_VIEWS} different views are needed; film it "
            "near and far, tilted to all sides and in all corners of the image."
        )
    for _ in range(_ROUNDS):
        K, distortion, errors = _calibrate(track, board, frames)
        limit = max(_OUTLYING * np.median(errors), _OUTLYING_PX)
        good = [frame for frame, error in zip(frames, errors) if error <= limit]
        if len(good) == len(frames) or len(good) < MIN_VIEWS:
            break
        for frame in set(frames) - set(good):
            dropped.append((track.name, frame, "its corners do not fit the lens"))
        frames = good
    return Camera(
        track.name, K, distortion.ravel()[:5], np.eye(3), np.zeros(3), track.resolution
    )


def calibration_frames(track: Any, board: Any, count: int) -> list:
    """Frames of one camera to calibrate with, see `choose_frames`."""
    frames = sharp_frames(track)
    quality = view_quality(track)
    features = [
        view_features(board, track.views[frame], track.resolution) for frame in frames
    ]
    return choose_frames(frames, features, [quality[f] for f in frames], count)  # type: ignore[arg-type]


def _calibrate(track, board, frames):
    """`(K, distortion, error of each view in pixels)`."""
    points = [board.corners[track.views[f].ids].astype(np.float32) for f in frames]
    pixels = [track.views[f].pixels.astype(np.float32) for f in frames]
    size = track.resolution
    try:
        # First without distortion: k1 and the focal length are easily confused.
        _, K, distortion, *_ = cv2.calibrateCamera(
            points, pixels, size, None, None, flags=_CLOSE_TO_PINHOLE
        )
        flags = _SIMPLE_LENS | cv2.CALIB_USE_INTRINSIC_GUESS
        result = cv2.calibrateCameraExtended(
            points, pixels, size, K, distortion, flags=flags
        )
    except cv2.error as error:
        raise CalibrationError(
            f"{track.path}: no lens fits its {len(frames)} views of the board, which "
            "are too much alike; film it near and far and tilted to all sides."
        ) from error
    _, K, distortion, *_, errors = result
    return K, distortion, errors.ravel()
