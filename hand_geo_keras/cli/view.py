"""Opens a page in the browser on which hands can be rotated.

Choose or upload an image and drag: the view from another side, the latent points and
the skeleton follow. Nothing leaves this computer. Stop with Ctrl-C.
"""

import argparse

from hand_geo_keras.cli.pages import add_page_arguments, check_port, serve

SUMMARY = "rotate hands in the browser and see what a model sees"
EXAMPLE = "hand-geo view runs/my_rig"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "model", help="folder of a run, .keras file of a ViewSynthesizer, or preset"
    )
    parser.add_argument("--model2", help="another one, to be compared with it")
    parser.add_argument(
        "--samples",
        help="prepared folder to choose hands from; by default that of the run, else "
        "some are rendered",
    )
    add_page_arguments(parser)


def run(args: argparse.Namespace) -> None:
    from hand_geo_keras.viewer.page import PageServer, ViewerSession, load_view_model

    check_port(args)
    paths = [path for path in (args.model, args.model2) if path]
    session = ViewerSession([load_view_model(p) for p in paths], _samples(args))
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
