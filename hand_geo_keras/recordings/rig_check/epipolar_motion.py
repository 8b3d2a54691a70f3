"""Where two cameras see motion, as both of them must see it: over epipolar planes.

Whatever moves lies in one plane with both camera centres, and both cameras see it in
that plane at the same instant. So the motion per plane is the same for both if they run
synchronously and stand where the calibration says, whoever moves and without finding
any joint.
"""

import dataclasses
from typing import Any

import numpy as np
from scipy import fft, ndimage, sparse

from hand_geo_keras.geometry.cameras import Camera
from hand_geo_keras.recordings.rig_check.camera_checks import axes_center
from hand_geo_keras.recordings.rig_check.frame_scan import CameraScan

_PLANES = 64
_CHUNK = 128
_MIN_RANGE = np.radians(3)
# Grey levels that noise seldom reaches: at least this, else a multiple of the median.
_MIN_NOISE, _NOISE, _NOISE_OF_FRAME = 2.0, 3.0, 4.0
# Part of all pixels that more than usual, and times as many as usual, change at once.
_ALL_OVER, _SUDDENLY = 0.1, 1.4
# Frames around one over which its motion is averaged and taken off.
_AROUND = 9
_QUIET = 0.3
_CLEARLY_TURNED = 1.4
# Of what both cameras look at, if their axes tell; and how much nearer or further it
# may be.
_DEPTHS_MM, _USUAL_DEPTH_MM, _NEARNESS = (150.0, 6000.0), 1000.0, (0.85, 1.0, 1.2)


@dataclasses.dataclass(frozen=True, eq=False)
class EpipolarMotion:
    """Motion of two cameras over P common epipolar planes.

    Args:
        profiles: Two `[T, P]` float64, the square roots of the motion.
        told: Two `[T]` bool: frames whose motion is known; it is interpolated in the
            others.
        radians: Angle between neighbouring planes.
    """

    profiles: tuple[np.ndarray, np.ndarray]
    told: tuple[np.ndarray, np.ndarray]
    radians: float

    def over_time(self, most: int, reach: int) -> tuple[np.ndarray, np.ndarray]:
        """Two `[T, P]` in which only what is new in each frame is left.

        The product of both, summed over the planes, is 1 on average at the right shift
        in time if both see the same, and 0 at a wrong one. If one camera is turned
        about the baseline, its planes are moved to where they agree best.

        Args:
            most: Largest shift in time that is thought of, in frames.
            reach: Most planes by which the second camera's motion is moved.
        """
        first, second = (
            _changes(profile) * told[:, None]
            for profile, told in zip(self.profiles, self.told)
        )
        return first, _moved(second, _best_move(first, second, most, reach))

    def agreement(self, reach: int) -> np.ndarray:
        """How well the views agree if one is turned about the baseline.

        Args:
            reach: Most planes N by which the second camera's motion is moved.

        Returns:
            `[T, 2N+1]` correlations over the planes, -1 to 1; NaN where nothing moves.
        """
        first, second = self.profiles
        columns = []
        for move in range(-reach, reach + 1):
            low, high = max(0, -move), _PLANES - max(0, move)
            columns.append(
                _correlation(first[:, low:high], second[:, low + move : high + move])
            )
        both = self.told[0] & self.told[1]
        return np.where(both[:, None], np.stack(columns, axis=1), np.nan)


def epipolar_motion(
    cameras: tuple[Camera, Camera], scans: tuple[CameraScan, CameraScan]
) -> EpipolarMotion | None:
    """Motion of two cameras over their common epipolar planes.

    Args:
        cameras: Two `Camera`s.
        scans: The `CameraScan` of each.

    Returns:
        `EpipolarMotion`; None if the cameras have no planes in common.
    """
    angles = _plane_angles(cameras, scans)
    if angles is None:
        return None
    shared = [
        _in_both(camera, other, scan.thumbs.shape[1:])
        for camera, other, scan in zip(cameras, cameras[::-1], scans)
    ]
    if not all(mask.any() for mask in shared):
        return None
    low = max(float(angle[mask].min()) for angle, mask in zip(angles, shared))
    high = min(float(angle[mask].max()) for angle, mask in zip(angles, shared))
    if high - low < _MIN_RANGE:
        return None
    planes = [
        np.floor((angle - low) / (high - low) * _PLANES).astype(int) for angle in angles
    ]
    told = tuple(scan.known_step & ~is_key_frame(scan) for scan in scans)
    first, second = (
        _filled(_profile(scan, np.where(mask, plane, -1)), known)
        for scan, plane, mask, known in zip(scans, planes, shared, told)
    )
    return EpipolarMotion((first, second), told, (high - low) / _PLANES)


def _plane_angles(cameras, scans):
    """Angle of the epipolar plane of every thumb's pixel, two `[h, w]` in radians."""
    baseline = cameras[1].center - cameras[0].center
    length = np.linalg.norm(baseline)
    if length < 1e-6:
        return None
    baseline = baseline / length
    ahead = sum(camera.R[2] for camera in cameras)
    ahead = ahead - (ahead @ baseline) * baseline
    if np.linalg.norm(ahead) < 1e-3:  # they look at each other: any direction will do
        ahead = np.cross(baseline, np.eye(3)[np.argmin(np.abs(baseline))])
    ahead = ahead / np.linalg.norm(ahead)
    aside = np.cross(baseline, ahead)
    angles = []
    for camera, scan in zip(cameras, scans):
        rays = _rays(camera, scan.thumbs.shape[1:])
        angles.append(np.arctan2(rays @ aside, rays @ ahead))
    return angles


def _in_both(camera, other, shape):
    """`[h, w]` bool: pixels that show what the other camera has in its image as well.

    What moves beyond the border of one view would be missed in it. Looked at is some
    way before and behind the place that both look at.
    """
    pixels = thumb_pixels(camera, shape)
    center = axes_center([camera, other])
    depth = camera.to_camera(center)[2]
    if not _DEPTHS_MM[0] < depth < _DEPTHS_MM[1]:
        depth = _USUAL_DEPTH_MM
    inside = np.ones(shape, bool)
    for nearness in _NEARNESS:
        points = camera.unproject(pixels, np.full(shape, nearness * depth))
        with np.errstate(divide="ignore", invalid="ignore"):
            seen = other.project(points)
        inside &= other.to_camera(points)[..., 2] > 0
        inside &= ((seen > 0) & (seen < other.resolution)).all(-1)
    return inside


def _rays(camera: Camera, shape: Any) -> np.ndarray:
    """`[h, w, 3]` directions in the world of a thumb's pixels."""
    pixels = thumb_pixels(camera, shape)
    return camera.unproject(pixels, np.ones(pixels.shape[:-1])) - camera.center


def thumb_pixels(camera: Camera, shape: Any) -> np.ndarray:
    """`[h, w, 2]` places of a thumb's pixels in the camera's image."""
    v, u = np.mgrid[: shape[0], : shape[1]] + 0.5
    width, height = camera.resolution
    return np.stack([u * width / shape[1] - 0.5, v * height / shape[0] - 0.5], axis=-1)


def moving(scan: CameraScan, start: int, stop: int) -> np.ndarray:
    """`[N, h, w]` float32 grey levels by which frames change beyond their noise."""
    steps = scan.steps(start, stop).astype(np.float32)
    some = steps[:, ::2, ::2]  # enough for a median
    noise = _NOISE_OF_FRAME * np.median(some, axis=(1, 2), keepdims=True)
    return np.maximum(steps - np.maximum(noise, noise_level(scan)), 0)


def noise_level(scan: CameraScan) -> float:
    """Grey levels that differences of frames seldom exceed where nothing moves."""
    some = np.linspace(1, len(scan.thumbs) - 1, min(50, len(scan.thumbs))).astype(int)
    typical = np.median([np.mean(scan.steps(frame, frame + 1)) for frame in some])
    return max(_MIN_NOISE, _NOISE * float(typical))


def is_key_frame(scan: CameraScan) -> np.ndarray:
    """`[T]` bool: frames in which suddenly pixels all over the image change.

    Encoders refresh the whole image now and then, in all videos at the same frame
    numbers. That is no motion, and would tell that late cameras are in step.
    """
    usual = ndimage.median_filter(scan.changed, _AROUND, mode="nearest")
    return scan.changed > np.maximum(_ALL_OVER + usual, _SUDDENLY * usual)


def _filled(profile, known):
    """Values between the known frames, so that none of them looks like a pause."""
    if known.all() or not known.any():
        return profile
    frames, given = np.arange(len(known)), np.flatnonzero(known)
    columns = [np.interp(frames, given, values[given]) for values in profile.T]
    return np.stack(columns, axis=1)


def _profile(scan, planes):
    """`[T, P]` square roots of the motion in every plane."""
    count, inside = len(scan.thumbs), (planes >= 0) & (planes < _PLANES)
    pixels = np.flatnonzero(inside)
    total = sparse.csr_matrix(
        (np.ones(len(pixels), np.float32), (planes[inside], pixels)),
        shape=(_PLANES, planes.size),
    )
    profile = np.zeros((count, _PLANES))
    for start in range(0, count, _CHUNK):
        stop = min(start + _CHUNK, count)
        motion = moving(scan, start, stop).reshape(stop - start, -1)
        profile[start:stop] = (total @ motion.T).T
    return np.sqrt(profile)


def _changes(profile):
    """What is new in every frame, of length 1 on average."""
    length = np.linalg.norm(profile, axis=1, keepdims=True)
    usual = np.median(length[length > 0]) if (length > 0).any() else 1.0
    profile = profile / (length + _QUIET * usual)
    profile = profile - ndimage.uniform_filter1d(profile, _AROUND, 0, mode="nearest")
    size = np.sqrt((profile**2).sum(1).mean())
    return profile / size if size > 0 else profile


def _best_move(first, second, most, reach):
    """Planes by which the second is to be moved, at whatever shift in time.

    Of a hand that moves steadily, frames late are like planes aside: only a clear gain
    tells that a camera is turned.
    """
    size = (len(first) + most, _PLANES + reach)
    product = fft.rfft2(second, size) * np.conj(fft.rfft2(first, size))
    fits = fft.irfft2(product, size)
    shifts, moves = np.arange(-most, most + 1), np.arange(-reach, reach + 1)
    best = fits[np.ix_(shifts, moves)].max(0)
    move = int(np.argmax(best))
    return int(moves[move]) if best[move] > _CLEARLY_TURNED * best[reach] else 0


def _moved(series, move):
    """`[T, P]` whose plane `p` is what was plane `p + move`."""
    moved = np.zeros_like(series)
    low, high = max(0, -move), _PLANES - max(0, move)
    moved[:, low:high] = series[:, low + move : high + move]
    return moved


def _correlation(first, second):
    first = first - first.mean(1, keepdims=True)
    second = second - second.mean(1, keepdims=True)
    size = np.sqrt((first**2).sum(1) * (second**2).sum(1))
    product = (first * second).sum(1)
    return np.divide(product, size, np.full(len(size), np.nan), where=size > 1e-9)
