"""Calibration boards: their corners in mm, and how an image shows them."""

import dataclasses
import functools
from typing import Any

import cv2
import numpy as np

from hand_geo_keras.errors import CalibrationError

# Number of markers to dictionary; each begins with the markers of the one before.
_DICTIONARIES = {
    50: "DICT_4X4_50",
    100: "DICT_4X4_100",
    250: "DICT_4X4_250",
    1000: "DICT_4X4_1000",
}
KINDS = ("charuco", "chessboard")
# Larger markers are read from farther away, smaller ones leave the squares' corners
# free.
_MARKER = 0.7
_MIN_SQUARES, _MAX_SQUARES = 3, 40


@dataclasses.dataclass(frozen=True)
class BoardView:
    """Corners of a board in one image.

    Args:
        ids: `[N]` int corner numbers, ascending, row by row from the upper left.
        pixels: `[N, 2]` float64 pixels of the corners.
    """

    ids: np.ndarray
    pixels: np.ndarray


@dataclasses.dataclass(frozen=True)
class Board:
    """A flat ChArUco board or chessboard.

    The board's frame has its origin at the outer corner of the upper left square, x to
    the right, y down and z away from whoever looks at it, in mm.

    Args:
        kind: `"charuco"` or `"chessboard"`.
        columns: Squares in a row, all of them counted, also those at the rim.
        rows: Squares in a column. Of a chessboard's `columns` and `rows` one must be
            even and one odd: others look the same when rotated by half a turn.
        square_mm: Side of a square in mm.
        marker_mm: Side of a ChArUco marker; 0.7 of a square if None.
        dictionary: Name of the markers' dictionary in `cv2.aruco`; the smallest of
            `DICT_4X4_*` with enough markers if None.
        legacy: Whether a ChArUco board with an even number of rows begins with a white
            square, as OpenCV printed it before 4.6 and other makers still do.

    Raises:
        CalibrationError: If a length or a number of squares is impossible.

    Example:
        >>> board = Board("chessboard", 10, 7, 25.0)
        >>> board.corners.shape, board.corners[0].tolist()
        ((54, 3), [25.0, 25.0, 0.0])
    """

    kind: str = "charuco"
    columns: int = 10
    rows: int = 7
    square_mm: float = 25.0
    marker_mm: float | None = None
    dictionary: str | None = None
    legacy: bool = False

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise CalibrationError(
                f"The board must be one of {', '.join(KINDS)}. Received: {self.kind!r}"
            )
        if not np.isfinite(self.square_mm) or not 1 <= self.square_mm <= 1000:
            raise CalibrationError(
                "The side of a square must be 1 to 1000 mm; measure it with a ruler. "
                f"Received: square_mm={self.square_mm}"
            )
        sides = (self.columns, self.rows)
        if not all(_MIN_SQUARES <= side <= _MAX_SQUARES for side in sides):
            raise CalibrationError(
                f"A board must have {_MIN_SQUARES} to {_MAX_SQUARES} squares in each "
                f"direction. Received: {self.columns}x{self.rows}"
            )
        if self.kind == "charuco":
            self._complete_charuco()
        elif (self.columns + self.rows) % 2 == 0:
            raise CalibrationError(
                f"A chessboard of {self.columns}x{self.rows} squares looks the same "
                "when rotated by half a turn, so that its corners cannot be told "
                "apart; use one with an even and an odd number of squares, like 10x7 "
                "(squares are counted, not inner corners), or a ChArUco board."
            )

    def _complete_charuco(self):
        if self.marker_mm is None:
            object.__setattr__(self, "marker_mm", _MARKER * self.square_mm)
        if not 0.2 <= self.marker_mm / self.square_mm <= 0.95:
            raise CalibrationError(
                f"A marker must be smaller than its square of {self.square_mm:g} mm. "
                f"Received: marker_mm={self.marker_mm:g}"
            )
        count = self.columns * self.rows // 2
        if self.dictionary is None:
            smallest = next((n for n in _DICTIONARIES if n >= count), 1000)
            object.__setattr__(self, "dictionary", _DICTIONARIES[smallest])
        code = getattr(cv2.aruco, self.dictionary, None)
        if not self.dictionary.startswith("DICT_") or code is None:
            known = [name for name in dir(cv2.aruco) if name.startswith("DICT_")]
            raise CalibrationError(
                f"The dictionary must be one of {', '.join(known)}. "
                f"Received: {self.dictionary!r}"
            )
        held = len(cv2.aruco.getPredefinedDictionary(code).bytesList)
        if held < count:
            raise CalibrationError(
                f"{self.dictionary} has {held} markers, but a board of "
                f"{self.columns}x{self.rows} squares needs {count}; choose a larger "
                "one."
            )

    @functools.cached_property
    def corners(self) -> np.ndarray:
        """`[(columns - 1) (rows - 1), 3]` inner corners in mm, row by row."""
        x, y = np.meshgrid(np.arange(1, self.columns), np.arange(1, self.rows))
        flat = self.square_mm * np.stack([x, y], -1).reshape(-1, 2).astype(float)
        return np.pad(flat, ((0, 0), (0, 1)))

    @property
    def outline(self) -> np.ndarray:
        """`[4, 3]` outer corners of the board in mm, clockwise."""
        width, height = self.size_mm
        corners = [(0.0, 0, 0), (width, 0, 0), (width, height, 0), (0, height, 0)]
        return np.array(corners)

    @property
    def size_mm(self) -> tuple[Any, ...]:
        """`(width, height)` of all squares in mm."""
        return self.columns * self.square_mm, self.rows * self.square_mm

    @property
    def description(self) -> str:
        """The board in words, as it is printed beside it."""
        text = f"{self.columns} x {self.rows} squares of {self.square_mm:g} mm"
        if self.kind == "chessboard":
            return f"chessboard, {text}"
        return f"ChArUco, {text}, markers of {self.marker_mm:g} mm, {self.dictionary}"

    @functools.cached_property
    def charuco(self) -> Any:
        """The board as a `cv2.aruco.CharucoBoard`."""
        board = cv2.aruco.CharucoBoard(
            (self.columns, self.rows),
            self.square_mm,
            self.marker_mm,  # type: ignore[arg-type]
            self.aruco,
        )
        board.setLegacyPattern(self.legacy)
        return board

    @functools.cached_property
    def aruco(self) -> Any:
        """The `cv2.aruco.Dictionary` of the markers."""
        return cv2.aruco.getPredefinedDictionary(getattr(cv2.aruco, self.dictionary))  # type: ignore[arg-type]

    def image(self, square_pixels: Any) -> Any:
        """The board as `[rows * square_pixels, columns * square_pixels]` uint8 grey."""
        size = (self.columns * square_pixels, self.rows * square_pixels)
        if self.kind == "charuco":
            return self.charuco.generateImage(size, marginSize=0, borderBits=1)
        squares = np.indices((self.rows, self.columns)).sum(0) % 2
        return np.kron(squares, np.full((square_pixels,) * 2, 255)).astype(np.uint8)
