"""Boards: their corners, their detection, and their print at true scale."""

import re
import zlib

import cv2
import numpy as np
import pytest
from PIL import Image

from hand_geo_keras.calibration import Board, BoardDetector, print_board
from hand_geo_keras.errors import CalibrationError

MARGIN, SIDE = 40, 30


def shown(board):
    return np.pad(board.image(SIDE), MARGIN, constant_values=255)


@pytest.mark.parametrize("kind", ["charuco", "chessboard"])
@pytest.mark.parametrize("quarters", range(4))
def test_corners_are_told_apart_whatever_the_rotation(kind, quarters):
    board = Board(kind)
    grey = np.ascontiguousarray(np.rot90(shown(board), quarters))
    view = BoardDetector(board)(grey)
    x, y = (board.corners[:, :2] / 25 * SIDE + MARGIN - 0.5).T
    height, width = shown(board).shape
    for _ in range(quarters):  # counterclockwise
        x, y = y, width - 1 - x
        width, height = height, width
    assert len(view.ids) == 9 * 6
    np.testing.assert_allclose(view.pixels, np.stack([x, y], 1)[view.ids], atol=0.1)


def test_a_partly_hidden_charuco_board_is_used():
    board = Board()
    grey = shown(board)
    grey[:, : grey.shape[1] // 2] = 128
    view = BoardDetector(board)(grey)
    assert 20 <= len(view.ids) < 54
    true = board.corners[view.ids, :2] / 25 * SIDE + MARGIN - 0.5
    np.testing.assert_allclose(view.pixels, true, atol=0.2)


def test_other_images_show_no_board():
    grey = np.random.default_rng(0).integers(0, 255, (200, 300), dtype=np.uint8)
    for kind in ("charuco", "chessboard"):
        assert BoardDetector(Board(kind))(grey) is None


@pytest.mark.parametrize(
    ("arguments", "match"),
    [
        ({"kind": "dots"}, "one of charuco, chessboard"),
        ({"square_mm": 0}, "1 to 1000 mm"),
        ({"square_mm": float("nan")}, "1 to 1000 mm"),
        ({"columns": 2}, "3 to 40 squares"),
        ({"kind": "chessboard", "columns": 8, "rows": 6}, "rotated by half a turn"),
        ({"marker_mm": 25}, "smaller than its square"),
        ({"dictionary": "DICT_9X9"}, "DICT_4X4_50"),
        ({"dictionary": "DICT_4X4_50", "columns": 20}, "needs 70"),
    ],
)
def test_impossible_boards(arguments, match):
    with pytest.raises(CalibrationError, match=match):
        Board(**arguments)


def test_the_smallest_dictionary_is_taken():
    assert Board(columns=10, rows=10).dictionary == "DICT_4X4_50"
    assert Board(columns=11, rows=10).dictionary == "DICT_4X4_100"


@pytest.mark.parametrize("kind", ["charuco", "chessboard"])
def test_the_png_has_true_scale(tmp_path, kind):
    path = tmp_path / "board.png"
    board = Board(kind, 8, 5, square_mm=30)
    print_board(path, board)
    with Image.open(path) as page:
        assert page.size == (3507, 2480)  # A4 at 300 dpi
        assert page.info["dpi"] == pytest.approx((300, 300), abs=0.1)
        grey = np.array(page.convert("L"))
    view = BoardDetector(board)(cv2.GaussianBlur(grey, (0, 0), 1))
    assert len(view.ids) == 7 * 4
    mm = view.pixels * 25.4 / 300
    lengths = np.linalg.norm(mm[:, None] - mm, axis=-1)
    true = np.linalg.norm(board.corners[:, None] - board.corners, axis=-1)
    np.testing.assert_allclose(lengths, true, atol=0.1)


def test_the_ruler_is_a_hundred_millimetres_long(tmp_path):
    print_board(tmp_path / "board.png", Board())
    with Image.open(tmp_path / "board.png") as page:
        grey = np.array(page.convert("L"))
    dark = grey[2150:, :1480] < 100  # below the board, left of the words
    line = max(dark, key=np.sum)
    assert np.ptp(np.flatnonzero(line)) == pytest.approx(100 / 25.4 * 300, abs=3)


def test_the_pdf_has_true_scale(tmp_path):
    print_board(tmp_path / "a.pdf", Board())
    print_board(tmp_path / "b.pdf", Board())
    content = (tmp_path / "a.pdf").read_bytes()
    assert content == (tmp_path / "b.pdf").read_bytes()
    box = re.search(rb"/MediaBox \[ ?0 0 ([\d.]+) ([\d.]+)", content)
    points = np.array([float(box[1]), float(box[2])])
    np.testing.assert_allclose(points / 72 * 25.4, [297, 210], atol=0.01)
    # The board is the one image: its matrix has width and height in points.
    streams = re.findall(rb"stream\r?\n(.*?)\r?\nendstream", content, re.DOTALL)
    pages = [
        text for text in map(_inflated, streams) if b" cm" in text and b"Do" in text
    ]
    matrix = re.search(rb"([\d.]+) 0 0 (-[\d.]+)\s[\d.]+\s[\d.]+ cm /I1 Do", pages[0])
    size = np.abs([float(matrix[1]), float(matrix[2])]) / 72 * 25.4
    np.testing.assert_allclose(size, [250, 175], atol=0.01)


def _inflated(stream):
    try:
        return zlib.decompress(stream)
    except zlib.error:
        return stream


def test_boards_that_cannot_be_printed(tmp_path):
    with pytest.raises(CalibrationError, match=r"squares of at most 26\.\d mm"):
        print_board(tmp_path / "board.pdf", Board(square_mm=40))
    with pytest.raises(CalibrationError, match="The paper must be one of A4"):
        print_board(tmp_path / "board.pdf", Board(), "B5")
    with pytest.raises(CalibrationError, match="choose one of these endings"):
        print_board(tmp_path / "board.svg", Board())
    print_board(tmp_path / "board.pdf", Board(square_mm=35), "a3")
    assert [file.name for file in tmp_path.iterdir()] == ["board.pdf"]
