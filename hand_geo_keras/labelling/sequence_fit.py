"""Fits one hand of constant bone lengths to what all cameras saw of it in a video."""

import dataclasses
from collections.abc import Sequence

import numpy as np
import scipy.sparse

from hand_geo_keras.geometry.cameras import Camera
from hand_geo_keras.geometry.robust_triangulation import triangulate_robustly
from hand_geo_keras.geometry.skeleton import EDGES, NUM_JOINTS
from hand_geo_keras.labelling.bone_lengths import PAIRS, TOLERANCE, bone_lengths

_SIZE = 3 * NUM_JOINTS
_ROUNDS = 4  # of bone lengths and of robust weights
_STEPS = 5  # of Gauss-Newton in a round
_STILL_MM = 0.3
_MOST_ITERATIONS, _ROUGHLY = 60, 0.02  # of the linear solver
_DAMPING_MM = 60.0
# Residuals of this many std count a quarter of what they would.
_OUTLIER = 3.0
# Unmodelled acceleration of a joint: fast hands have some 10 m/s².
_ACCELERATION = 10000.0  # mm/s²
# Of a bone's end in one view's own guess: weak, for it is wrong in depth most of all.
_SHAPE_MM = 20.0
_NEAREST_MM = 50.0  # in front of a camera


@dataclasses.dataclass(frozen=True, eq=False)
class Observations:
    """What V cameras saw of one hand in T frames.

    Args:
        frames: `[T]` ascending int frame indices.
        pixels: `[V, T, 21, 2]` joints in the cameras' (distorted) pixels, NaN where a
            camera does not see one.
        std: `[V, T, 21]` std in pixels.
        fps: Frames per second.
        shapes: Optional `[V, T, 21, 3]` joints as each view alone takes them to be, in
            mm relative to the wrist and in the world's axes; NaN where unknown.
    """

    frames: np.ndarray
    pixels: np.ndarray
    std: np.ndarray
    fps: float = 30.0
    shapes: np.ndarray | None = None

    def part(self, frames: np.ndarray | slice) -> "Observations":
        """The `Observations` of some frames, given by numbers or a slice."""
        shapes = None if self.shapes is None else self.shapes[:, frames]
        return Observations(
            self.frames[frames],
            self.pixels[:, frames],
            self.std[:, frames],
            self.fps,
            shapes,
        )


@dataclasses.dataclass(frozen=True, eq=False)
class FittedHands:
    """A hand in T frames.

    Args:
        joints: `[T, 21, 3]` mm, world frame.
        std: `[T, 21]` mm: how uncertain each joint is, given what was seen.
        weights: `[V, T, 21]` in 0..1: how far each observation was believed; 0 where
            there is none.
        lengths: `[P]` mm, constant lengths of the `PAIRS` of joints.
    """

    joints: np.ndarray
    std: np.ndarray
    weights: np.ndarray
    lengths: np.ndarray


def fit_sequence(
    cameras: Sequence[Camera],
    observations: Observations,
    lengths: np.ndarray | None = None,
) -> FittedHands:
    """Fits the joints of all frames together, by robust least squares.

    Residuals are the reprojection in every view over its std (with
    Geman-McClure weights, so that what contradicts the other views, the bones and the
    neighbouring frames does not count), the lengths of bones and across the palm
    against constant ones, accelerations, and, hardly, the directions of the bones in
    each view's own guess of the shape, which decide where fingers hide each other.
    Looking both ways in time, the fit smooths without lag. The constant lengths are
    estimated in turn with the joints.

    Args:
        cameras: V `Camera` objects.
        observations: `Observations` with at least two views of some joint in every
            frame.
        lengths: `[P]` mm if the lengths of the `PAIRS` are known.

    Returns:
        `FittedHands`.

    Example:
        ```python
        fitted = fit_sequence(rig.cameras, Observations(frames, pixels, std, fps=30))
        fitted.joints[0]  # [21, 3] mm
        ```
    """
    views = [
        _View(camera, pixels, std)
        for camera, pixels, std in zip(cameras, observations.pixels, observations.std)
    ]
    joints = _start(cameras, observations)
    weights = [view.seen.astype(float) for view in views]
    motion = _Motion(observations.frames, observations.fps)
    for _ in range(_ROUNDS):
        constant = bone_lengths(joints) if lengths is None else np.asarray(lengths)
        for _ in range(_STEPS):
            system, wanted = _bones(joints, constant)
            if observations.shapes is not None:
                _add_shapes(system, wanted, joints, constant, observations.shapes)
            for view, weight in zip(views, weights):
                view.add(system, wanted, joints, weight)
            step = motion.step(system, wanted, joints)
            joints = joints + step
            if np.abs(step).max() < _STILL_MM:
                break
        weights = [view.weights(joints) for view in views]
    return FittedHands(joints, _spread(system), np.stack(weights), constant)


class _View:
    """Reprojection into one camera, its lens removed beforehand."""

    def __init__(self, camera: Camera, pixels: np.ndarray, std: np.ndarray) -> None:
        self.seen = np.isfinite(pixels).all(-1)
        self._camera = camera
        self._ideal = camera.undistort(np.nan_to_num(pixels))
        self._precision = np.where(self.seen, 1 / np.maximum(std, 1e-3) ** 2, 0.0)

    def _projected(self, joints):
        """Residuals `[T, 21, 2]` and their derivatives `[T, 21, 2, 3]`."""
        camera = self._camera
        points = camera.to_camera(joints)
        depth = np.maximum(points[..., 2:], _NEAREST_MM)
        ideal = points[..., :2] / depth
        by_point = np.zeros((*points.shape[:-1], 2, 3))
        by_point[..., 0, 0] = by_point[..., 1, 1] = 1 / depth[..., 0]
        by_point[..., 2] = -ideal / depth
        focal = camera.K[:2, :2]
        residuals = ideal @ focal.T + camera.K[:2, 2] - self._ideal
        return residuals, focal @ by_point @ camera.R

    def add(self, system, wanted, joints, weights):
        residuals, by_joint = self._projected(joints)
        weighted = by_joint * (self._precision * weights)[..., None, None]
        blocks = np.swapaxes(weighted, -1, -2) @ by_joint
        gradient = np.einsum("tjki,tjk->tji", weighted, residuals)
        _add_diagonal(system, blocks)
        wanted -= gradient.reshape(wanted.shape)

    def weights(self, joints):
        """Geman-McClure weights `[T, 21]`; of both coordinates together."""
        residuals, _ = self._projected(joints)
        squares = (residuals**2).sum(-1) * self._precision
        return self.seen / (1 + squares / _OUTLIER**2) ** 2


class _Motion:
    """Accelerations between successive frames, and the solution of all frames."""

    def __init__(self, frames: np.ndarray, fps: float) -> None:
        count = len(frames)
        inner = np.flatnonzero((np.diff(frames) == 1)[:-1] & (np.diff(frames) == 1)[1:])
        rows = np.arange(len(inner))
        differences = scipy.sparse.csr_array(
            (
                np.repeat([1.0, -2.0, 1.0], len(inner)),
                (np.tile(rows, 3), np.concatenate([inner + i for i in range(3)])),
            ),
            (len(inner), count),
        )
        precision = 1 / (_ACCELERATION / fps**2) ** 2
        self._stiffness = differences.T @ differences * precision  # [T, T]

    def step(self, system, wanted, joints):
        """Solves for the step `[T, 21, 3]`.

        Args:
            system: `[T, 63, 63]` normal matrices of each frame by itself.
            wanted: `[T, 63]` right sides.
            joints: `[T, 21, 3]` present estimate.
        """
        shape, stiffness = wanted.shape, self._stiffness
        wanted = wanted - stiffness @ joints.reshape(shape)
        system = system + np.eye(_SIZE) / _DAMPING_MM**2
        alone = np.eye(_SIZE) * stiffness.diagonal()[:, None, None]
        inverse = np.linalg.inv(system + alone)

        step = _conjugate_gradients(
            lambda x: (system @ x[..., None])[..., 0] + stiffness @ x,
            lambda x: (inverse @ x[..., None])[..., 0],
            wanted,
        )
        return step.reshape(joints.shape)


def _conjugate_gradients(product, precondition, wanted):
    """Solves `product(x) = wanted` roughly; the next step mends the rest.

    SciPy's takes dot products by threaded BLAS, whose threads wait for each other for
    most of the time where the machine has other work.
    """
    solution, residual = np.zeros_like(wanted), wanted
    direction = preconditioned = precondition(residual)
    size = first = (residual * preconditioned).sum()
    for _ in range(_MOST_ITERATIONS):
        if size <= _ROUGHLY**2 * first:
            break
        image = product(direction)
        length = size / (direction * image).sum()
        solution = solution + length * direction
        residual = residual - length * image
        preconditioned = precondition(residual)
        size, before = (residual * preconditioned).sum(), size
        direction = preconditioned + size / before * direction
    return solution


def _bones(joints, lengths):
    """Normal matrices `[T, 63, 63]` and right sides `[T, 63]` of the `PAIRS`."""
    count = len(joints)
    system, wanted = np.zeros((count, _SIZE, _SIZE)), np.zeros((count, NUM_JOINTS, 3))
    # 1 mm for the knuckles of a child's fingertip, more for longer bones.
    precision = 1 / np.maximum(TOLERANCE * lengths, 1.0) ** 2
    for (one, other), length, weight in zip(PAIRS, lengths, precision):
        between = joints[:, other] - joints[:, one]
        distance = np.maximum(np.linalg.norm(between, axis=-1, keepdims=True), 1e-6)
        along = between / distance
        pull = weight * (distance - length) * along
        wanted[:, other] -= pull
        wanted[:, one] += pull
        block = weight * along[:, :, None] * along[:, None]
        first, second = slice(3 * one, 3 * one + 3), slice(3 * other, 3 * other + 3)
        system[:, first, first] += block
        system[:, second, second] += block
        system[:, first, second] -= block
        system[:, second, first] -= block
    return system, wanted.reshape(count, _SIZE)


def _add_shapes(system, wanted, joints, lengths, shapes):
    """Adds the directions of bones in the views' own guesses to `_bones`."""
    parents, children = np.array(EDGES).T
    guessed = shapes[:, :, children] - shapes[:, :, parents]  # [V, T, 20, 3]
    size = np.linalg.norm(guessed, axis=-1, keepdims=True)
    guessed = guessed / np.maximum(size, 1e-6) * lengths[: len(EDGES), None]
    known = np.isfinite(guessed).all(-1)
    precision = known.sum(0) / _SHAPE_MM**2  # [T, 20]
    mean = np.where(known[..., None], guessed, 0).sum(0)
    mean /= np.maximum(known.sum(0), 1)[..., None]
    between = joints[:, children] - joints[:, parents]
    pull = (between - mean) * precision[..., None]
    right = wanted.reshape(joints.shape)
    for bone, (parent, child) in enumerate(EDGES):
        right[:, child] -= pull[:, bone]
        right[:, parent] += pull[:, bone]
        for axis in range(3):
            one, other = 3 * parent + axis, 3 * child + axis
            system[:, one, one] += precision[:, bone]
            system[:, other, other] += precision[:, bone]
            system[:, one, other] -= precision[:, bone]
            system[:, other, one] -= precision[:, bone]


def _add_diagonal(system, blocks):
    for joint in range(NUM_JOINTS):
        place = slice(3 * joint, 3 * joint + 3)
        system[:, place, place] += blocks[:, joint]


def _spread(system):
    """Std `[T, 21]` in mm, of each frame by itself."""
    damped = system + np.eye(_SIZE) / _DAMPING_MM**2
    variances = np.diagonal(np.linalg.inv(damped), axis1=1, axis2=2)
    return np.sqrt(variances.reshape(-1, NUM_JOINTS, 3).sum(-1))


def _start(cameras, observations):
    """Triangulated joints; those that cannot be are taken from neighbours."""
    joints, _ = triangulate_robustly(
        cameras, observations.pixels, np.maximum(4 * observations.std, 1.0)
    )
    times = observations.frames
    for joint in range(NUM_JOINTS):
        known = np.isfinite(joints[:, joint]).all(-1)
        if known.any():
            for axis in range(3):
                track = joints[:, joint, axis]
                track[~known] = np.interp(times[~known], times[known], track[known])
    centre = np.nanmean(joints, axis=1, keepdims=True)
    return np.where(np.isfinite(joints), joints, centre)
