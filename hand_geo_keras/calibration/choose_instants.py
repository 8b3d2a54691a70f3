"""Instants that tell most about lenses and places of several cameras."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from hand_geo_keras.calibration.board import Board
from hand_geo_keras.calibration.board_videos import BoardTrack
from hand_geo_keras.calibration.choose_views import (
    choose_frames,
    sharp_frames,
    view_features,
    view_quality,
)
from hand_geo_keras.calibration.frame_offsets import all_pairs

_PER_CAMERA = 30
# Of all pairs together, and of each.
_OF_PAIRS, _MOST_PER_PAIR, _LEAST_PER_PAIR = 120, 30, 6


def choose_instants(
    tracks: Sequence[BoardTrack],
    offsets: dict[Any, Any],
    poses: np.ndarray,
    board: Board,
) -> list:
    """Chooses sharp, varied instants: some of each camera, and some of each pair.

    Args:
        tracks: list of `BoardTrack`.
        offsets: dict from camera name to frame offset.
        poses: List of one dict per camera from instant to `BoardPose`; views without
            one are not chosen.
        board: `Board`.

    Returns:
        Ascending list of instants.
    """
    views = [
        _described(track, offsets[track.name], known, board)
        for track, known in zip(tracks, poses)
    ]
    chosen = set()
    for described in views:
        chosen.update(_choose([described], _PER_CAMERA))
    pairs = all_pairs(len(tracks))
    each = _OF_PAIRS // max(1, len(pairs))
    each = int(np.clip(each, _LEAST_PER_PAIR, _MOST_PER_PAIR))
    for a, b in pairs:
        chosen.update(_choose([views[a], views[b]], each))
    return sorted(chosen)


def _described(track, offset, known, board):
    """dict from instant to `(features, quality)` of its sharp views."""
    quality = view_quality(track)
    return {
        frame - offset: (
            view_features(board, track.views[frame], track.resolution),
            quality[frame],
        )
        for frame in sharp_frames(track)
        if frame - offset in known
    }


def _choose(views, count):
    """Instants that are sharp in all of some cameras."""
    common = sorted(set.intersection(*(set(described) for described in views)))
    features = [np.concatenate([view[i][0] for view in views]) for i in common]
    quality = [min(view[i][1] for view in views) for i in common]
    return choose_frames(common, features, quality, count)
