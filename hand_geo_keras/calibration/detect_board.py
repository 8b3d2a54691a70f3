"""Corners of a board in an image, by OpenCV's detectors."""

import cv2
import numpy as np

from hand_geo_keras.calibration.board import Board, BoardView

_MIN_CORNERS = 6
# Fast where there is no board; boards of other numbers of squares are not found.
_CHESSBOARD = (
    cv2.CALIB_CB_ADAPTIVE_THRESH
    | cv2.CALIB_CB_NORMALIZE_IMAGE
    | cv2.CALIB_CB_FAST_CHECK
)
_REFINEMENT = (cv2.TERM_CRITERIA_EPS | cv2.TERM_CRITERIA_MAX_ITER, 40, 1e-3)
# The bits of markers in images that are no larger are read at twice the size.
_SMALL_SIDE = 1000
# Median distance from a plane's image, relative to the board's size in the image.
_FLATNESS = 0.02
# Corners in one line fix no pose.
_MIN_SPREAD = 0.15


class BoardDetector:
    """Finds the corners of a board.

    Args:
        board: `Board`.

    Example:
        ```python
        view = BoardDetector(Board())(grey)
        if view is not None:
            print(len(view.ids), "corners")
        ```
    """

    def __init__(self, board: Board) -> None:
        self._board = board
        self._find = self._chessboard
        if board.kind == "charuco":
            self._find = self._charuco
            parameters = cv2.aruco.CharucoParameters()
            # Finds markers by their places beside those that were read.
            parameters.tryRefineMarkers = True
            self._detector = cv2.aruco.CharucoDetector(board.charuco, parameters)

    def __call__(self, grey: np.ndarray) -> BoardView | None:
        """Searches an image.

        Args:
            grey: `[H, W]` uint8.

        Returns:
            `BoardView`, or None where fewer than six corners, corners in one line, or
            corners that do not lie as on the board, are seen.
        """
        view = self._find(grey)
        if view is None or len(view.ids) < _MIN_CORNERS:
            return None
        flat = self._board.corners[view.ids, :2]
        spread = np.linalg.svd(flat - flat.mean(0), compute_uv=False)
        in_a_line = spread[1] <= _MIN_SPREAD * spread[0]
        return None if in_a_line or not _lies_flat(flat, view.pixels) else view

    def _charuco(self, grey):
        scale = 2 if max(grey.shape) <= _SMALL_SIDE else 1
        large = grey
        if scale > 1:
            large = cv2.resize(
                grey, None, fx=scale, fy=scale, interpolation=cv2.INTER_CUBIC
            )
        pixels, ids, _, _ = self._detector.detectBoard(large)
        if ids is None:
            return None
        ids, pixels = ids.ravel(), (pixels.reshape(-1, 2) + 0.5) / scale - 0.5
        order = np.argsort(ids)
        ids, pixels = ids[order], pixels[order]
        # Nearer to the markers than this, their edges pull the corners off.
        gap = (1 - self._board.marker_mm / self._board.square_mm) / 2
        half = int(np.clip(0.9 * gap * self._square_pixels(ids, pixels), 2, 11))
        return BoardView(ids, _refined(grey, pixels, half))

    def _square_pixels(self, ids, pixels):
        """The shortest side of a square in the image, infinite if none is seen."""
        row, column = np.divmod(ids, self._board.columns - 1)
        apart = np.abs(row[:, None] - row) + np.abs(column[:, None] - column)
        lengths = np.linalg.norm(pixels[:, None] - pixels, axis=-1)
        return lengths[apart == 1].min(initial=np.inf)

    def _chessboard(self, grey):
        shape = (self._board.columns - 1, self._board.rows - 1)
        found, pixels = cv2.findChessboardCorners(grey, shape, flags=_CHESSBOARD)
        if not found:
            return None
        ids, pixels = np.arange(shape[0] * shape[1]), pixels.reshape(-1, 2)
        # A window that reaches into the next corner would be pulled to it.
        half = int(np.clip(self._square_pixels(ids, pixels) / 3, 1, 11))
        grid = _refined(grey, pixels, half).reshape(shape[1], shape[0], 2)
        return BoardView(ids, _right_way(grey, grid))


def _refined(grey, pixels, half):
    """`[N, 2]` corners, refined in a window of `2 half + 1` pixels."""
    start = pixels.astype(np.float32)[:, None].copy()
    refined = cv2.cornerSubPix(grey, start, (half, half), (-1, -1), _REFINEMENT)
    return refined[:, 0].astype(float)


def _lies_flat(flat, pixels):
    """Whether corners lie as on a plane, but for the lens's distortion.

    They do not where the board has other squares than was said.
    """
    H, _ = cv2.findHomography(flat, pixels, cv2.LMEDS)
    if H is None:
        return False
    mapped = cv2.perspectiveTransform(flat[:, None], H)[:, 0]
    errors = np.linalg.norm(mapped - pixels, axis=1)
    return np.median(errors) < _FLATNESS * np.ptp(pixels, axis=0).max()


def _right_way(grey, grid):
    """`[N, 2]` corners from the upper left on: the square before the first is black.

    The detector begins at either of two opposite corners of the board.
    """
    forward = _brightness(grey, grid[0, 0], grid[1, 1])
    backward = _brightness(grey, grid[-1, -1], grid[-2, -2])
    # The inner square next to the first corner is black like the one at the rim.
    grid = grid if forward < backward else grid[::-1, ::-1]
    return grid.reshape(-1, 2)


def _brightness(grey, corner, opposite):
    """Brightness at the centre of a square between two of its corners."""
    centre = tuple(map(float, (corner + opposite) / 2))
    return float(cv2.getRectSubPix(grey, (3, 3), centre).mean())
