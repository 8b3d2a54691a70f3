"""Renders a synthetic dome of hands in CMU Panoptic's format.

Footage with perfect labels to try everything on. Interrupt it at will: the same
command goes on with the first unfinished sequence.
"""

SUMMARY = "render a synthetic dome of hands"
EXAMPLE = "hand-geo synth --variant=tiny --cameras=0,8 --out_dir=dome"


def add_arguments(parser):
    parser.add_argument("--out_dir", required=True, help="folder for the sequences")
    parser.add_argument(
        "--variant",
        choices=("tiny", "mini", "full"),
        default="mini",
        help="how much is rendered",
    )
    parser.add_argument("--cameras", help="comma-separated camera numbers 0..30")
    parser.add_argument(
        "--frames",
        choices=("videos", "images"),
        default="videos",
        help="write hdVideos/*.mp4 or hdImgs/*.jpg",
    )
    parser.add_argument("--seed", type=int, default=0, help="others are other people")
    parser.add_argument("--workers", type=int, default=1, help="number of processes")


def run(args):
    from pathlib import Path

    from hand_geo_keras.synthetic import sequences_of, write_dome

    cameras = None
    if args.cameras is not None:
        cameras = [_number(text) for text in args.cameras.split(",")]
    sequences = sequences_of(args.variant, cameras)
    out_dir = Path(args.out_dir).expanduser()
    done = write_dome(out_dir, sequences, args.seed, args.frames, args.workers)
    print(
        f"{out_dir}: {len(done['rendered'])} sequences rendered, "
        f"{len(done['skipped'])} already there, {done['images']} images"
    )


def _number(text):
    if not text.strip().isdecimal():
        raise ValueError(f"--cameras must be numbers like 0,8. Received: {text!r}")
    return int(text)
