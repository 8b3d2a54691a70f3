"""Shows the hands of a webcam while they move, smoothed, with ms per frame.

The overlay appears on a local page, or with --window in a window; a video given in
place of a device's number is played like a camera. Stop with Ctrl-C: what each stage of
a frame took is printed at the end. Nothing leaves this computer.
"""

import argparse
from typing import Any

from hand_geo_keras.cli.pages import add_page_arguments, check_port
from hand_geo_keras.cli.prediction_arguments import (
    add_prediction_arguments,
    camera_of,
    size_assumption,
    smoothing_of,
)

SUMMARY = "follow the hands of a webcam on a page or in a window"
EXAMPLE = "hand-geo live 0 --hands=2"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "source", nargs="?", default="0", help="number of a camera (0), or a video"
    )
    add_prediction_arguments(parser)
    parser.add_argument(
        "--window", action="store_true", help="a window instead of a page"
    )
    parser.add_argument(
        "--max_frames", type=int, help="stop after so many frames (default: never)"
    )
    add_page_arguments(parser)


def run(args: argparse.Namespace) -> Any:
    from hand_geo_keras.prediction import HandSmoother
    from hand_geo_keras.prediction.open_predictor import open_predictor
    from hand_geo_keras.viewer.live import CameraStream, LatencyBudget, run_live

    check_port(args)
    settings = smoothing_of(args.smoothing)
    camera = camera_of(args)
    predictor = open_predictor(
        args.model, camera, args.side, args.hand_size_mm, False, args.bone_length_mm
    )
    assumption = size_assumption(args, camera)
    if assumption:
        print(assumption)
    _warm_up(predictor)
    most = 1 if args.hands is None else args.hands
    follow = predictor.tracker(most, in_background=True)  # type: ignore[union-attr]
    smooth = None if settings is None else HandSmoother(settings)
    budget = LatencyBudget()
    with _shown(args) as show, CameraStream(args.source) as stream:
        try:
            run_live(stream, follow, smooth, show, budget, args.max_frames)  # type: ignore[arg-type]
        except KeyboardInterrupt:
            print("Stopped.")
    print(budget.table())
    return 0 if len(budget) else 1


def _warm_up(predictor):
    """Traces the network, so that the first image does not wait for it."""
    import numpy as np

    predictor([np.zeros((64, 64, 3), np.uint8)], [(32.0, 32.0, 48.0)])


def _shown(args):
    """Context of a function that shows overlays, on a page or in a window."""
    import contextlib

    if args.window:
        from hand_geo_keras.viewer.live.window import check_display, show_in_window

        check_display()
        return contextlib.nullcontext(show_in_window)
    return _page(args)


def _page(args):
    import contextlib
    import webbrowser

    from hand_geo_keras.viewer import live
    from hand_geo_keras.viewer.page import PageServer, static_files

    @contextlib.contextmanager
    def served():
        name = f"camera {args.source}" if args.source.isdecimal() else args.source
        session = live.LiveSession(name)
        with PageServer(session, args.port, static_files(live.__name__)) as server:
            server.start()
            print(f"{server.url} - stop with Ctrl-C", flush=True)
            if not args.no_browser:
                webbrowser.open(server.url)
            try:
                yield session.show
            finally:
                session.end()

    return served()
