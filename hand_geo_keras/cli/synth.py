"""Renders hands with perfect labels: a dome, or single hands in any room.

`tiny`, `mini` and `full` are a dome of cameras in CMU Panoptic's format; `wild` writes
prepared instants, crops of hands from everywhere, to train a model of real hands with.
Interrupt it at will: the same command resumes where it stopped.
"""

import argparse

from hand_geo_keras.cli.arguments import seed

SUMMARY = "render synthetic hands"
EXAMPLE = "hand-geo synth --variant=tiny --cameras=0,8 --out_dir=dome"
_DOME_ONLY = ("cameras", "frames")
_WILD_ONLY = ("instants", "views", "backgrounds", "contact_sheet")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--out_dir", required=True, help="folder to write")
    parser.add_argument(
        "--variant",
        choices=("tiny", "mini", "full", "wild"),
        default="mini",
        help="what is rendered",
    )
    parser.add_argument("--seed", type=seed, default=0, help="others are other people")
    parser.add_argument("--workers", type=int, default=1, help="number of processes")
    dome = parser.add_argument_group("dome")
    dome.add_argument("--cameras", help="comma-separated camera numbers 0..30")
    dome.add_argument(
        "--frames",
        choices=("videos", "images"),
        help="write hdVideos/*.mp4 (default) or hdImgs/*.jpg",
    )
    wild = parser.add_argument_group("wild")
    wild.add_argument("--instants", type=int, help="number of instants (2500)")
    wild.add_argument("--views", type=int, help="views of each instant (4)")
    wild.add_argument(
        "--backgrounds", help="folder of your photographs to put behind half of them"
    )
    wild.add_argument("--contact_sheet", help="PNG of 60 views to write as well")


def run(args: argparse.Namespace) -> None:
    from pathlib import Path

    out_dir = Path(args.out_dir).expanduser()
    (_wild if args.variant == "wild" else _dome)(args, out_dir)


def _dome(args, out_dir):
    from hand_geo_keras.synthetic import sequences_of, write_dome

    _refuse(args, _WILD_ONLY)
    cameras = None
    if args.cameras is not None:
        cameras = [_number(text) for text in args.cameras.split(",")]
    sequences = sequences_of(args.variant, cameras)
    frames = args.frames or "videos"
    done = write_dome(out_dir, sequences, args.seed, frames, args.workers)
    print(
        f"{out_dir}: {len(done['rendered'])} sequences rendered, "
        f"{len(done['skipped'])} already there, {done['images']} images"
    )


def _wild(args, out_dir):
    from hand_geo_keras.datasets import write_wild

    _refuse(args, _DOME_ONLY)
    done = write_wild(
        out_dir,
        2500 if args.instants is None else args.instants,
        args.seed,
        4 if args.views is None else args.views,
        args.backgrounds,
        args.workers,
    )
    print(
        f"{out_dir}: {done['instants']} instants, {done['views']} views; "
        f"{done['rendered']} shards rendered now"
    )
    if args.contact_sheet is not None:
        _write_contact_sheet(args)


def _write_contact_sheet(args):
    from hand_geo_keras.datasets.wild_hands import WILD_PREPARATION
    from hand_geo_keras.io import write_image
    from hand_geo_keras.synthetic.wild import Backdrops
    from hand_geo_keras.synthetic.wild.contact_sheet import wild_contact_sheet

    backdrops = Backdrops(args.backgrounds)
    sheet = wild_contact_sheet(backdrops, WILD_PREPARATION, seed=args.seed)
    write_image(args.contact_sheet, sheet)
    print(f"{args.contact_sheet}: one view each of 60 people")


def _refuse(args, names):
    given = [f"--{name}" for name in names if getattr(args, name) is not None]
    if given:
        raise ValueError(
            f"{', '.join(given)} cannot be used with --variant={args.variant}; leave "
            "it out or choose another variant."
        )


def _number(text):
    if not text.strip().isdecimal():
        raise ValueError(f"--cameras must be numbers like 0,8. Received: {text!r}")
    return int(text)
