"""From detections to one hand in 3D per frame."""

import dataclasses
from collections.abc import Sequence

import numpy as np

from hand_geo_keras.geometry.cameras import Camera
from hand_geo_keras.geometry.triangulation import reprojection_error
from hand_geo_keras.labelling.bone_lengths import PAIRS
from hand_geo_keras.labelling.detections import Detections
from hand_geo_keras.labelling.sequence_fit import Observations, fit_sequence

_CHUNK, _OVERLAP = 256, 16  # frames that are fitted together
_SAMPLE = 300  # frames from which the bones' lengths are taken
_GAP_SECONDS = 0.7  # over which a lost hand is expected on a straight line


@dataclasses.dataclass(frozen=True, eq=False)
class HandTrack:
    """One hand in T frames, and how well each was seen.

    Args:
        frames: `[T]` ascending int frame indices.
        joints: `[T, 21, 3]` mm, world frame.
        std: `[T, 21]` mm: how uncertain each joint is, given what was seen.
        errors: `[V, T, 21]` reprojection errors in pixels, NaN where not seen.
        trust: `[V, T, 21]` how far each view was believed, relative to the other views
            of the joint; 0 where not seen.
        extent: `[V, T]` extent of the hand in the views in pixels, NaN where not seen.
        views: `[T]` number of views that see the hand.
        score: `[T]` mean probability of a hand in these views.
        lengths: `[P]` mm, the constant lengths of the `PAIRS`.
    """

    frames: np.ndarray
    joints: np.ndarray
    std: np.ndarray
    errors: np.ndarray
    trust: np.ndarray
    extent: np.ndarray
    views: np.ndarray
    score: np.ndarray
    lengths: np.ndarray

    def __len__(self) -> int:
        return len(self.frames)


def track_hand(
    cameras: Sequence[Camera], detections: Detections, fps: float
) -> HandTrack:
    """Fits the hand in all frames in which two cameras see it.

    Args:
        cameras: V `Camera` objects.
        detections: `Detections`.
        fps: Frames per second.

    Returns:
        `HandTrack`.
    """
    frames = np.flatnonzero(detections.found.sum(0) >= 2)
    seen = Observations(
        frames,
        detections.pixels[:, frames].astype(np.float64),
        detections.std[:, frames].astype(np.float64),
        fps,
        detections.shapes[:, frames].astype(np.float64),
    )
    if not len(frames):
        joints, std, lengths = np.zeros((0, 21, 3)), np.zeros((0, 21)), None
        weights = np.zeros((len(cameras), 0, 21))
    else:
        lengths = _lengths(cameras, seen)
        joints, std, weights = _in_chunks(cameras, seen, lengths)
    errors = reprojection_error(cameras, joints, seen.pixels)
    found = detections.found[:, frames]
    views = found.sum(0)
    score = (detections.score[:, frames] * found).sum(0) / np.maximum(views, 1)
    extent = np.ptp(seen.pixels, axis=2).max(-1)
    lengths = np.full(len(PAIRS), np.nan) if lengths is None else lengths
    trust = np.where(weights > 0, weights / seen.std**2, 0)
    return HandTrack(frames, joints, std, errors, trust, extent, views, score, lengths)


def expected_hands(
    track: HandTrack, num_frames: int, fps: float
) -> dict[int, np.ndarray]:
    """Where the hand is in the tracked frames and, roughly, between them.

    Args:
        track: `HandTrack`.
        num_frames: Number of frames of the recording.
        fps: Frames per second.

    Returns:
        dict from frame to `[21, 3]` joints in mm, world frame.
    """
    expected = dict(zip(track.frames.tolist(), track.joints))
    reach = max(1, round(_GAP_SECONDS * fps))
    for number, (before, after) in enumerate(zip(track.frames, track.frames[1:])):
        for frame in range(before + 1, after if after - before <= reach else before):
            part = (frame - before) / (after - before)
            start, stop = track.joints[number : number + 2]
            expected[frame] = (1 - part) * start + part * stop
    # A hand that comes or goes is for a moment where it was first or last.
    for frame, joints in (*zip(track.frames[:1], track.joints[:1]), *_last(track)):
        for near in range(max(0, frame - 2), min(num_frames, frame + 3)):
            expected.setdefault(near, joints)
    return expected


def _last(track):
    return zip(track.frames[-1:], track.joints[-1:])


def _lengths(cameras, seen):
    """Lengths of the bones from frames spread over the recording."""
    count = len(seen.frames)
    some = np.unique(np.linspace(0, count - 1, min(count, _SAMPLE)).astype(int))
    return fit_sequence(cameras, seen.part(some)).lengths


def _in_chunks(cameras, seen, lengths):
    joints, std, weights = [], [], []
    count = len(seen.frames)
    for start in range(0, count, _CHUNK):
        stop = min(start + _CHUNK, count)
        first, last = max(0, start - _OVERLAP), min(count, stop + _OVERLAP)
        fitted = fit_sequence(cameras, seen.part(slice(first, last)), lengths)
        kept = slice(start - first, stop - first)
        joints.append(fitted.joints[kept])
        std.append(fitted.std[kept])
        weights.append(fitted.weights[:, kept])
    return np.concatenate(joints), np.concatenate(std), np.concatenate(weights, 1)
