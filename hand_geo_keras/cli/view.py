"""Opens a page in the browser that shows what a model sees in an image of a hand.

Choose or upload an image, take the webcam, or go through a recording: the hand is
found, its skeleton lies over the image, and the novel view and the 3D skeleton rotate
as you drag. Nothing leaves this computer. Stop with Ctrl-C.
"""

import argparse

from hand_geo_keras.cli.pages import add_page_arguments, check_port, serve

SUMMARY = "see in the browser what a model sees, from every side"
EXAMPLE = "hand-geo view runs/my_rig"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "model", help="folder of a run, .keras file, or preset; with or without decoder"
    )
    parser.add_argument("--model2", help="another one, to be compared with it")
    parser.add_argument(
        "--samples",
        help="prepared folder to choose hands from; by default that of the run, else "
        "some are rendered",
    )
    parser.add_argument(
        "--recording", help="folder of a recording to go through, frame by frame"
    )
    add_page_arguments(parser)


def run(args: argparse.Namespace) -> None:
    from hand_geo_keras.recordings import open_recording
    from hand_geo_keras.viewer.page import PageServer, ViewerSession, load_view_model

    check_port(args)
    paths = [path for path in (args.model, args.model2) if path]
    recording = args.recording and open_recording(args.recording)
    models = [load_view_model(path) for path in paths]
    session = ViewerSession(models, _samples(args), recording=recording)
    with PageServer(session, args.port) as server:
        session.warm_up()
        serve(server, args)


def _samples(args):
    from pathlib import Path

    from hand_geo_keras.viewer.page import load_samples, render_samples

    if args.samples:
        return load_samples(args.samples)
    model = Path(args.model)
    prepared = (model if model.is_dir() else model.parent) / "prepared"
    if (prepared / "preparation.json").is_file():
        return load_samples(prepared)
    return render_samples()
