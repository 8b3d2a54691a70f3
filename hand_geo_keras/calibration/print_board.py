"""A board to print, at true scale."""

from pathlib import Path

from matplotlib.figure import Figure

from hand_geo_keras.calibration.board import Board
from hand_geo_keras.errors import CalibrationError
from hand_geo_keras.io import replacing

# Width and height in mm, landscape.
PAPERS = {
    "A4": (297.0, 210.0),
    "A3": (420.0, 297.0),
    "A2": (594.0, 420.0),
    "letter": (279.4, 215.9),
    "tabloid": (431.8, 279.4),
}
_MM_PER_INCH = 25.4
_DPI = 300
# White around the board that detectors need, and room for the ruler below it.
_MARGIN_MM, _FOOT_MM = 8.0, 16.0
_RULER_MM = 100
# Whole pixels for each of the 6 bits of a marker, which fills 0.7 of its square.
_SQUARE_PIXELS = 120


def print_board(path: str | Path, board: Board, paper: str = "A4") -> None:
    """Writes a page with a board, a ruler and what to give to `hand-geo calibrate`.

    Args:
        path: File to write, `.pdf` (to print) or `.png` (300 dpi, the size is in the
            file).
        board: `Board`.
        paper: `"A4"`, `"A3"`, `"A2"`, `"letter"` or `"tabloid"`, landscape.

    Raises:
        CalibrationError: If the board does not fit on the paper, or the ending is of
            another format.
        StorageError: If the file cannot be written.

    Example:
        ```python
        print_board("board.pdf", Board("charuco", 10, 7, square_mm=25))
        ```
    """
    path = Path(path)
    if path.suffix.lower() not in (".pdf", ".png"):
        raise CalibrationError(
            f"{path}: a board is written as .pdf or .png; choose one of these endings."
        )
    figure = _page(board, paper)
    # Equal boards are equal files: without the time of writing.
    metadata = {"CreationDate": None} if path.suffix.lower() == ".pdf" else None
    with replacing(path) as partial:
        figure.savefig(partial, dpi=_DPI, metadata=metadata, facecolor="white")


def _page(board, paper):
    width, height = _paper_size(paper)
    board_width, board_height = board.size_mm
    free = height - board_height - 2 * _MARGIN_MM - _FOOT_MM
    if board_width > width - 2 * _MARGIN_MM or free < -_MARGIN_MM:
        raise CalibrationError(
            f"A board of {board_width:g} x {board_height:g} mm does not fit on {paper} "
            f"({width:g} x {height:g} mm, landscape); choose squares of at most "
            f"{_largest_square(board, width, height):g} mm, fewer squares, or a larger "
            f"paper ({', '.join(PAPERS)})."
        )
    figure = Figure(figsize=(width / _MM_PER_INCH, height / _MM_PER_INCH))
    # Axes over the whole page: a unit is a mm, y down.
    axes = figure.add_axes((0, 0, 1, 1))
    axes.set(xlim=(0, width), ylim=(height, 0))
    axes.axis("off")
    left = (width - board_width) / 2
    top = max(_MARGIN_MM, (height - _FOOT_MM - board_height) / 2)
    axes.imshow(
        board.image(_SQUARE_PIXELS),
        cmap="gray",
        vmin=0,
        vmax=255,
        extent=(left, left + board_width, top + board_height, top),
        interpolation="none",
        aspect="auto",
    )
    foot = top + board_height + (height - top - board_height) / 2
    _plot_ruler(axes, left, foot)
    _write_words(axes, board, left + _RULER_MM + 14, foot)
    return figure


def _paper_size(paper):
    sizes = {name.lower(): size for name, size in PAPERS.items()}
    if paper.lower() not in sizes:
        raise CalibrationError(
            f"The paper must be one of {', '.join(PAPERS)}. Received: {paper!r}"
        )
    return sizes[paper.lower()]


def _largest_square(board, width, height):
    side = min(
        (width - 2 * _MARGIN_MM) / board.columns,
        (height - _MARGIN_MM - _FOOT_MM) / board.rows,
    )
    return int(10 * side) / 10


def _plot_ruler(axes, left, y):
    style = {"color": "black", "linewidth": 0.8, "solid_capstyle": "butt"}
    axes.plot([left, left + _RULER_MM], [y, y], **style)
    for mm in range(0, _RULER_MM + 1, 10):
        long = 3 if mm % 50 == 0 else 1.8
        axes.plot([left + mm, left + mm], [y - long, y], **style)
        if mm % 50 == 0:
            axes.text(left + mm, y + 1, f"{mm}", ha="center", va="top", fontsize=7)
    axes.text(left + _RULER_MM + 3, y, "mm", va="center", fontsize=7)


def _write_words(axes, board, left, y):
    command = f"hand-geo calibrate BOARD_DIR --board={board.kind}"
    command += (
        f" --squares={board.columns}x{board.rows} --square_mm={board.square_mm:g}"
    )
    if board.kind == "charuco" and board != Board(
        "charuco", board.columns, board.rows, board.square_mm
    ):
        command += f" --marker_mm={board.marker_mm:g} --dictionary={board.dictionary}"
        command += " --legacy_pattern" if board.legacy else ""
    lines = (
        board.description,
        "Print at 100 % (actual size), check with a ruler, glue to something flat.",
        command,
    )
    axes.text(left, y, "\n".join(lines), va="center", fontsize=6.5, linespacing=1.5)
