"""Where a board was when a camera saw it."""

import dataclasses

import cv2
import numpy as np

from hand_geo_keras.calibration.board import Board, BoardView
from hand_geo_keras.geometry import Camera


@dataclasses.dataclass(frozen=True)
class BoardPose:
    """A board's place in a camera's frame: `x_camera = R x_board + t`.

    Args:
        R: `[3, 3]` rotation.
        t: `[3]` translation in mm.
        error_px: Root mean square of the corners' reprojection errors in pixels.
    """

    R: np.ndarray
    t: np.ndarray
    error_px: float


def board_pose(board: Board, view: BoardView, camera: Camera) -> BoardPose | None:
    """Estimates a board's pose from one image.

    A plane has two poses that nearly fit; both are tried and refined, the better kept.

    Args:
        board: `Board`.
        view: `BoardView`.
        camera: `Camera`; its own place in the world is not used.

    Returns:
        `BoardPose`, or None where no pose puts the board in front of the camera.
    """
    points = board.corners[view.ids]
    lens = camera.K, camera.distortion
    _, turns, shifts, _ = cv2.solvePnPGeneric(
        points, view.pixels, *lens, flags=cv2.SOLVEPNP_IPPE
    )
    poses = []
    for turn, shift in zip(turns, shifts):
        turn, shift = cv2.solvePnPRefineLM(points, view.pixels, *lens, turn, shift)
        if not np.isfinite(turn).all() or shift[2, 0] <= 0:
            continue
        seen = cv2.projectPoints(points, turn, shift, *lens)[0].reshape(-1, 2)
        error = np.sqrt(((seen - view.pixels) ** 2).sum(1).mean())
        poses.append(BoardPose(cv2.Rodrigues(turn)[0], shift.ravel(), float(error)))
    return min(poses, key=lambda pose: pose.error_px, default=None)


def relative_pose(a: BoardPose, b: BoardPose) -> tuple[np.ndarray, np.ndarray]:
    """`(R, t)` from the frame of the camera of `a` to that of `b`, of one instant."""
    R = b.R @ a.R.T
    return R, b.t - R @ a.t


def mean_pose(R: np.ndarray, t: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Robust mean of poses.

    Iteratively reweighted: a pose counts by the inverse of its distance from the mean,
    so that single ones that are far off hardly matter.

    Args:
        R: `[N, 3, 3]` rotations.
        t: `[N, 3]` translations in mm.

    Returns:
        `(R, t)`: `[3, 3]` and `[3]`.

    Reference:
        Hartley et al., "L1 rotation averaging using the Weiszfeld algorithm",
        CVPR 2011.
    """
    weights = np.ones(len(R))
    for _ in range(10):
        U, _, Vt = np.linalg.svd(np.einsum("n,nij->ij", weights, R))
        mean = U @ np.diag([1, 1, np.linalg.det(U @ Vt)]) @ Vt
        distance = np.linalg.norm(R - mean, axis=(1, 2))
        weights = 1 / np.maximum(distance, max(1e-6, 0.1 * np.median(distance)))
    # Translations of poses with a wrong rotation are wrong as well.
    near = distance <= 2 * np.median(distance) + 1e-9
    return mean, np.median(t[near], axis=0)
