"""Arguments of the subcommands that read label files."""

import argparse
from typing import Any

from hand_geo_keras.cli.arguments import size

_FORMATS = (
    "CSV of DeepLabCut, Lightning Pose or SLEAP, plain columns like wrist_x, COCO "
    "JSON, or DeepLabCut's H5"
)


def add_label_arguments(
    parser: argparse.ArgumentParser, formats_3d: bool = False
) -> None:
    """Adds `--labels` and what chooses among the hands of a label file.

    Args:
        parser: `argparse.ArgumentParser`.
        formats_3d: Whether a single file with 3D labels is taken as well.
    """
    one_file = "one file with 3D labels (hands3d.json or Anipose's CSV), or "
    parser.add_argument(
        "--labels",
        nargs="+",
        default=[],
        metavar="FILE" if formats_3d else "CAMERA=FILE",
        help=(one_file if formats_3d else "")
        + "<camera>=<file> with 2D labels per view: "
        + _FORMATS,
    )
    parser.add_argument(
        "--side",
        choices=("right", "left"),
        default="right",
        help="the labelled hand; chooses among individuals, categories and names",
    )
    parser.add_argument(
        "--individual",
        help="the individual, track or category to take, if no name tells a side",
    )
    parser.add_argument(
        "--first_frame",
        type=int,
        default=0,
        help="number of a video's first frame in the label files, 0 or 1",
    )
    parser.add_argument(
        "--joint_order",
        help="order of the 21 joints where their names do not tell it: openpose, "
        "interhand, mano, fphab, ...",
    )
    parser.add_argument(
        "--label_size",
        type=size,
        metavar="WxH",
        help="size of the images that 2D labels were made on, if not the camera's; 1x1 "
        "for normalised coordinates",
    )


def label_choice(args: argparse.Namespace) -> Any:
    """The `LabelChoice` of the arguments."""
    from hand_geo_keras.recordings.view_labels import LabelChoice

    return LabelChoice(
        side=args.side,
        individual=args.individual,
        first_frame=args.first_frame,
        joint_order=args.joint_order,
        label_size=args.label_size,
    )
