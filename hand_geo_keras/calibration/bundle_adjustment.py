"""Lenses, cameras and boards that fit all corners best, together."""

import dataclasses
from collections.abc import Sequence
from typing import Any

import numpy as np
from scipy import sparse
from scipy.linalg import solve_triangular
from scipy.optimize import least_squares
from scipy.sparse.linalg import LinearOperator, aslinearoperator

from hand_geo_keras.calibration.projection import (
    LENS_SIZE,
    lens_of,
    project,
    rotations,
)
from hand_geo_keras.geometry import Camera

_POSE_SIZE = 6
# Weak expectations, as std of k1, k2, p1, p2, k3: they hold what the
# views do not tell, and vanish beside what they do.
_DISTORTION_STD = np.array([1.0, 1.0, 0.02, 0.02, 1.0])
_CENTRE_STD = 0.1  # of the principal point, relative to the image's width
# Corners whose error is so many robust stds do not belong.
_OUTLYING = 4.0
_MIN_CORNERS = 5
_MAX_EVALUATIONS = 100


@dataclasses.dataclass(frozen=True)
class Corners:
    """Corners seen by several cameras at several instants, one per row.

    Args:
        camera: `[N]` int index of the camera.
        instant: `[N]` int index of the board's pose.
        points: `[N, 3]` place on the board in mm.
        pixels: `[N, 2]` where it was seen.
    """

    camera: np.ndarray
    instant: np.ndarray
    points: np.ndarray
    pixels: np.ndarray

    def __len__(self) -> int:
        return len(self.camera)

    def keep(self, mask: Any) -> "Corners":
        """Those of a `[N]` bool mask."""
        return Corners(*(getattr(self, f.name)[mask] for f in dataclasses.fields(self)))


@dataclasses.dataclass(frozen=True)
class Adjustment:
    """Outcome of a bundle adjustment.

    Args:
        cameras: list of `Camera`; the first one is at the world's origin.
        boards: `(R [M, 3, 3], t [M, 3])`, board to world.
        corners: `Corners` that were kept.
        errors: `[N, 2]` projected minus seen pixels of those.
        kept: `[N0]` bool mask of the corners given.
        lens_std: `[C, 9]` standard errors of the lenses, see `lens_of`.
        center_std: `[C]` standard error of the cameras' places in mm, 0 for the first.
    """

    cameras: list
    boards: tuple
    corners: Corners
    errors: np.ndarray
    kept: np.ndarray
    lens_std: np.ndarray
    center_std: np.ndarray


def adjust_bundle(
    cameras: Sequence[Camera], boards: Any, corners: Corners
) -> Adjustment:
    """Refines lenses, camera poses and board poses by their reprojection errors.

    Robust least squares with a sparse Jacobian (SciPy's trust region), once with all
    corners and once without those that do not fit.

    Args:
        cameras: list of `Camera`, a start; the first must be at the world's origin.
        boards: `(R [M, 3, 3], t [M, 3])` board to world, a start.
        corners: `Corners`; each board must be seen.

    Returns:
        `Adjustment`.

    Reference:
        Triggs et al., "Bundle adjustment - a modern synthesis", 1999.
    """
    everything = corners
    problem = _Problem(cameras, boards, corners)
    x = problem.solve(_scale(problem.pixel_errors(None)))
    lengths = np.linalg.norm(problem.pixel_errors(x), axis=1)
    kept = lengths <= _OUTLYING * _scale(lengths) + 0.1
    kept &= _of_whole_views(corners, kept)
    cameras, boards = problem.cameras(x), problem.boards(x)
    seen, renumbered = np.unique(corners.instant[kept], return_inverse=True)
    corners = dataclasses.replace(corners.keep(kept), instant=renumbered)
    problem = _Problem(cameras, (boards[0][seen], boards[1][seen]), corners)
    x = problem.solve(3 * _scale(problem.pixel_errors(None)))
    lens_std, center_std = problem.standard_errors(x)
    return Adjustment(
        problem.cameras(x),
        problem.boards(x),
        everything.keep(kept),
        problem.pixel_errors(x),
        kept,
        lens_std,
        center_std,
    )


def _of_whole_views(corners, kept):
    """`[N]` mask of the corners whose view keeps enough of them to fix a pose."""
    views = np.stack([corners.camera, corners.instant], 1)
    _, view = np.unique(views, axis=0, return_inverse=True)
    return np.bincount(view.ravel(), kept)[view.ravel()] >= _MIN_CORNERS


def _scale(errors):
    """Robust std of errors around 0."""
    return max(1e-3, 1.4826 * float(np.median(np.abs(errors))))


class _Problem:
    """Residuals and Jacobian; all parameters are changes, 0 at the start."""

    def __init__(self, cameras: Any, boards: Any, corners: Any) -> None:
        self._start, (self._R, self._t), self._corners = cameras, boards, corners
        self._lenses = np.array([lens_of(camera) for camera in cameras])
        self._num_cameras, self._num_boards = len(cameras), len(self._R)
        self._first_pose = LENS_SIZE * self._num_cameras
        # The first camera does not move.
        self._first_board = self._first_pose + _POSE_SIZE * (self._num_cameras - 1)
        self.size = self._first_board + _POSE_SIZE * self._num_boards
        self._camera_R = np.array([camera.R for camera in cameras])
        self._camera_t = np.array([camera.t for camera in cameras])
        self._expected = self._lenses.copy()
        widths = np.array([camera.resolution for camera in cameras], float)
        self._expected[:, 2:4] = (widths - 1) / 2
        self._expected[:, 4:] = 0
        spread = np.full(self._lenses.shape, np.inf)
        spread[:, 2:4] = _CENTRE_STD * widths[:, :1]
        spread[:, 4:] = _DISTORTION_STD
        self._pull = 1 / spread
        self._places = self._positions()

    def solve(self, scale):
        """The parameters that fit best; errors above `scale` pixels count less."""
        # Focal lengths, distances and tilts trade off against each other, which makes
        # the iterations inside of the trust region slow. In parameters in which the
        # normal matrix is the identity at the start they are few.
        jacobian = self._jacobian(np.zeros(self.size))
        normal = (jacobian.T @ jacobian).toarray()
        normal[np.diag_indices(self.size)] *= 1 + 1e-9
        factor = np.linalg.cholesky(normal)
        unscale = LinearOperator(
            normal.shape,
            matvec=lambda z: solve_triangular(factor, z, trans="T", lower=True),
            rmatvec=lambda x: solve_triangular(factor, x, lower=True),
            dtype=float,
        )
        z = least_squares(
            lambda z: self._residuals(unscale.matvec(z)),
            np.zeros(self.size),
            lambda z: aslinearoperator(self._jacobian(unscale.matvec(z))) @ unscale,
            method="trf",
            loss="soft_l1",
            f_scale=scale,
            tr_solver="lsmr",
            ftol=1e-8,
            xtol=1e-8,
            max_nfev=_MAX_EVALUATIONS,
        ).x
        return unscale.matvec(z)

    def pixel_errors(self, x):
        """`[N, 2]` projected minus seen pixels."""
        x = np.zeros(self.size) if x is None else x
        return self._projected(x)[0] - self._corners.pixels

    def cameras(self, x):
        """list of `Camera` of the parameters."""
        lenses, R, t = self._of_cameras(x)[:3]
        return [
            Camera(
                camera.name,
                np.array([[lens[0], 0, lens[2]], [0, lens[1], lens[3]], [0, 0, 1]]),
                lens[4:],
                R[index],
                t[index],
                camera.resolution,
            )
            for index, (camera, lens) in enumerate(zip(self._start, lenses))
        ]

    def boards(self, x):
        """`(R, t)` of the boards."""
        R, t, _, _ = self._of_boards(x)
        return R, t

    def standard_errors(self, x):
        """Standard errors `[C, 9]` of the lenses and `[C]` of the cameras' places."""
        jacobian = self._jacobian(x)
        freedom = max(1, 2 * len(self._corners) - self.size)
        variance = (self.pixel_errors(x) ** 2).sum() / freedom
        normal = (jacobian.T @ jacobian).toarray()
        # Pixels, radians and mm differ by powers of ten: compare them without units.
        unit = np.sqrt(np.maximum(np.diag(normal), 1e-12))
        values, vectors = np.linalg.eigh(normal / unit / unit[:, None])
        # What the views leave open is uncertain without end.
        values = np.maximum(values, 1e-14)
        std = np.sqrt(variance * (vectors**2 / values).sum(1)) / unit
        poses = std[self._first_pose : self._first_board].reshape(-1, _POSE_SIZE)
        centers = np.linalg.norm(poses[:, 3:], axis=1)
        return std[: self._first_pose].reshape(-1, LENS_SIZE), np.r_[0.0, centers]

    def _of_cameras(self, x):
        lenses = self._lenses + x[: self._first_pose].reshape(-1, LENS_SIZE)
        poses = np.zeros((self._num_cameras, _POSE_SIZE))
        poses[1:] = x[self._first_pose : self._first_board].reshape(-1, _POSE_SIZE)
        turn, by_turn = rotations(poses[:, :3])
        by_turn = np.einsum("nijk,njl->nilk", by_turn, self._camera_R)
        return lenses, turn @ self._camera_R, self._camera_t + poses[:, 3:], by_turn

    def _of_boards(self, x):
        poses = x[self._first_board :].reshape(-1, _POSE_SIZE)
        turn, by_turn = rotations(poses[:, :3])
        by_turn = np.einsum("nijk,njl->nilk", by_turn, self._R)
        return turn @ self._R, self._t + poses[:, 3:], by_turn, poses

    def _projected(self, x):
        camera, board = self._corners.camera, self._corners.instant
        points = self._corners.points
        lenses, camera_R, camera_t, camera_by = self._of_cameras(x)
        board_R, board_t, board_by, _ = self._of_boards(x)
        world = np.einsum("nij,nj->ni", board_R[board], points) + board_t[board]
        local = np.einsum("nij,nj->ni", camera_R[camera], world) + camera_t[camera]
        # A board behind a camera is out of reach; keep the numbers finite on the way.
        local[:, 2] = np.maximum(local[:, 2], 1.0)
        pixels, by_point, by_lens = project(local, lenses[camera])
        by_camera = np.einsum("nijk,nj->nik", camera_by[camera], world)
        by_board = camera_R[camera] @ np.einsum("nijk,nj->nik", board_by[board], points)
        return pixels, (
            by_lens,
            by_point @ by_camera,
            by_point,
            by_point @ by_board,
            by_point @ camera_R[camera],
        )

    def _residuals(self, x):
        lenses = self._lenses + x[: self._first_pose].reshape(-1, LENS_SIZE)
        pulls = (lenses - self._expected) * self._pull
        return np.concatenate([self.pixel_errors(x).ravel(), pulls.ravel()])

    def _positions(self):
        """Rows and columns of the Jacobian's entries, in the order of `_values`."""
        camera, board = self._corners.camera, self._corners.instant
        pose = self._first_pose + _POSE_SIZE * (camera - 1)
        board = self._first_board + _POSE_SIZE * board
        blocks = (
            (LENS_SIZE * camera, LENS_SIZE),
            (pose, _POSE_SIZE),
            (board, _POSE_SIZE),
        )
        columns = np.concatenate(
            [start[:, None] + np.arange(size) for start, size in blocks], axis=1
        )
        columns = np.repeat(columns[:, None], 2, axis=1)
        rows = np.broadcast_to(
            np.arange(2 * len(camera)).reshape(-1, 2, 1), columns.shape
        )
        moves = np.ones(columns.shape, bool)
        moves[camera == 0, :, LENS_SIZE : LENS_SIZE + _POSE_SIZE] = False
        pulls = 2 * len(camera) + np.arange(self._first_pose)
        return (
            np.r_[rows[moves], pulls],
            np.r_[columns[moves], np.arange(self._first_pose)],
            moves,
        )

    def _jacobian(self, x):
        rows, columns, moves = self._places
        values = np.concatenate(self._projected(x)[1], axis=2)[moves]
        return sparse.csr_matrix(
            (np.r_[values, self._pull.ravel()], (rows, columns)),
            (2 * len(self._corners) + self._first_pose, self.size),
        )
