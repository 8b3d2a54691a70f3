"""Arguments that describe a calibration board."""

import argparse
from typing import Any

from hand_geo_keras.cli.arguments import size


def add_board_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds what `board` reads; squares are counted, not inner corners."""
    parser.add_argument(
        "--board", choices=("charuco", "chessboard"), default="charuco", help="its kind"
    )
    parser.add_argument(
        "--square_mm", type=float, default=25.0, help="side of a square as measured"
    )
    parser.add_argument(
        "--squares",
        type=_squares,
        default=(10, 7),
        metavar="CxR",
        help="squares per row and column, all of them counted (default 10x7)",
    )
    parser.add_argument(
        "--marker_mm", type=float, help="side of a ChArUco marker (default 0.7 square)"
    )
    parser.add_argument(
        "--dictionary", help="ChArUco markers, like DICT_5X5_100 (default DICT_4X4_*)"
    )
    parser.add_argument(
        "--legacy_pattern",
        action="store_true",
        help="ChArUco board with an even number of rows and a white upper left square",
    )


def _squares(text):
    try:
        return size(text)
    except argparse.ArgumentTypeError as reason:
        raise argparse.ArgumentTypeError(f"must be like 10x7, not {text!r}") from reason


def board_of(args: argparse.Namespace) -> Any:
    """The `Board` of parsed arguments."""
    from hand_geo_keras.calibration import Board

    return Board(  # type: ignore[call-arg]
        args.board,
        *args.squares,
        args.square_mm,
        args.marker_mm,
        args.dictionary,
        args.legacy_pattern,
    )
