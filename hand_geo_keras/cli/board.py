"""Writes a calibration board to print at true scale, with a ruler below it.

A ChArUco board may be partly hidden and is the better choice; a chessboard must be seen
whole. Print it at 100 %, check it with a ruler and glue it to something flat.
"""

import argparse

from hand_geo_keras.cli.board_arguments import add_board_arguments, board_of

SUMMARY = "print a board to calibrate cameras with"
EXAMPLE = "hand-geo board --board=charuco --square_mm=25 --out=board.pdf"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_board_arguments(parser)
    parser.add_argument("--out", required=True, help="file to write, .pdf or .png")
    parser.add_argument(
        "--paper", default="A4", help="A4, A3, A2, letter or tabloid (default A4)"
    )


def run(args: argparse.Namespace) -> None:
    from hand_geo_keras.calibration import print_board

    board = board_of(args)
    print_board(args.out, board, args.paper)
    print(
        f"{args.out}: {board.description}; print it at 100 % on {args.paper} and check "
        "it with a ruler"
    )
