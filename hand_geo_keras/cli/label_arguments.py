"""Arguments of the subcommands that read label files."""

import argparse
from pathlib import Path
from typing import Any

from hand_geo_keras.cli.arguments import labels_of, size

_FORMATS = (
    "CSV of DeepLabCut, Lightning Pose or SLEAP, plain columns like wrist_x, COCO "
    "JSON, or DeepLabCut's H5"
)

_IMPORT_FLAGS = (
    *("recording", "labels", "side", "individual", "first_frame", "joint_order"),
    *("label_size", "max_error_px", "no_shape_check", "subject"),
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


def add_import_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds `--labels`, and how they are brought into a recording, see `import_given`.

    Args:
        parser: `argparse.ArgumentParser`.
    """
    add_label_arguments(parser, formats_3d=True)
    parser.add_argument(
        "--overwrite_labels",
        action="store_true",
        help="replace labels that the recording has already",
    )
    parser.add_argument(
        "--max_error_px",
        type=float,
        default=10.0,
        help="2D labels that reproject worse are rejected",
    )
    parser.add_argument(
        "--no_shape_check",
        action="store_true",
        help="take hands whose side, size or order of joints looks wrong",
    )
    parser.add_argument("--subject", help="name of the person, for labels without one")


def import_settings(args: argparse.Namespace) -> dict[str, str]:
    """What decides which labels `import_given` stores: all flags, and the files.

    Returns:
        dict from name to text, without `--overwrite_labels`.
    """
    from hand_geo_keras.recordings.content_fingerprint import content_fingerprint

    labels = labels_of(args.labels)
    files = labels.values() if isinstance(labels, dict) else [labels]
    there = [path for path in map(Path, files) if path.is_file()]
    given = {name: str(getattr(args, name)) for name in _IMPORT_FLAGS}
    return {**given, "files": content_fingerprint(there, ())}


def import_given(args: argparse.Namespace) -> Any:
    """Stores the labels of `--labels` in the recording's folder and prints a report.

    Returns:
        `LabelReport`, or None where no labels are given.

    Raises:
        LabelError: If they are malformed, do not fit, or are there already.
    """
    from hand_geo_keras.recordings.view_labels import import_labels

    if not args.labels:
        return None
    report = import_labels(
        args.recording,
        labels_of(args.labels),
        subject=args.subject,
        max_error_px=args.max_error_px,
        overwrite=args.overwrite_labels,
        check_shape=not args.no_shape_check,
        choice=label_choice(args),
    )
    print(report.text())
    return report


def refuse_labels_out_of_view(recording: Any) -> None:
    """Looks at some labelled frames before anything is cut.

    Args:
        recording: `Recording`.

    Raises:
        LabelError: If no camera sees the labelled hands.
    """
    from hand_geo_keras.recordings.hands_in_view import refuse_hands_out_of_view

    frames = recording.labelled_frames
    some = frames[:: max(1, len(frames) // 200)]
    hands = [hand for frame in some for hand in recording.all_hands(frame)]
    refuse_hands_out_of_view(recording.cameras, hands, recording.path)


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
