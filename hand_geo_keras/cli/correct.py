"""Opens a page in the browser on which the joints of a rig's labels are corrected.

Drag a joint in two or more views; its place in 3D follows, and the epipolar line in the
other views shows where it can be. Frames of frames_to_correct.csv (see hand-geo label
--choose) come first. Corrected frames are saved into hands3d.json, marked, and kept by
hand-geo label. Nothing leaves this computer. Stop with Ctrl-C.
"""

import argparse

from hand_geo_keras.cli.pages import add_page_arguments, check_port, serve

SUMMARY = "correct labels by dragging joints in several views"
EXAMPLE = "hand-geo correct my_rig"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("recording", help="folder of the rig")
    parser.add_argument(
        "--side", choices=("right", "left"), default="right", help="the hand to correct"
    )
    add_page_arguments(parser)


def run(args: argparse.Namespace) -> None:
    from hand_geo_keras.viewer.correct import correction_server

    check_port(args)
    with correction_server(args.recording, args.side, args.port) as server:
        serve(server, args)
