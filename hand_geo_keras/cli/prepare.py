"""Cuts a recording into crops, once, for training.

Labels can be brought along: 3D labels in the layout of hands3d.json or Anipose's, or 2D
labels of each view, which are triangulated; they are stored in the recording's folder.
Labels read, used and dropped are printed. Exits with 1 if most labels could not be
used.
"""

import argparse
from typing import Any

from hand_geo_keras.cli.arguments import add_detector_arguments, open_detector
from hand_geo_keras.cli.label_arguments import (
    add_import_arguments,
    import_given,
    refuse_labels_out_of_view,
)

SUMMARY = "cut crops out of a recording, import labels"
EXAMPLE = "hand-geo prepare my_rig --out_dir=prepared --crop_size=64"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("recording", help="folder of the recording")
    parser.add_argument("--out_dir", required=True, help="folder for the crops")
    parser.add_argument(
        "--crop_size", type=int, default=128, help="side of the crops in pixels"
    )
    add_import_arguments(parser)
    add_detector_arguments(parser)


def run(args: argparse.Namespace) -> Any:
    from hand_geo_keras.recordings import open_recording

    detector = open_detector(args)
    labels = import_given(args)
    recording = open_recording(args.recording)
    if detector is None:
        refuse_labels_out_of_view(recording)

    from hand_geo_keras.datasets import Preparation, prepare_recording

    preparation = Preparation(crop_size=args.crop_size)
    report = prepare_recording(recording, args.out_dir, preparation, detector)
    print(f"{args.out_dir}: {report['instants']} instants, {report['views']} views")
    for kind in ("dropped", "problems"):
        for reason, count in sorted(report[kind].items()):
            print(f"  {kind}: {reason}: {count}")
    return _mostly_dropped(labels, report)


def _mostly_dropped(labels, report):
    """1, with a line that says so, if most of the labels are not in the crops."""
    dropped = {r: n for r, n in report["dropped"].items() if r.startswith("hand: ")}
    if labels is not None and labels.mostly_dropped:
        print("most of the labels could not be used, see above")
        return 1
    if sum(dropped.values()) > report["instants"]:
        print(f"most of the labelled hands were dropped: {dropped}")
        return 1
    return 0
