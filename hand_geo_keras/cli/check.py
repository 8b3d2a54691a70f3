"""Says what is wrong with a rig before anyone trains on it.

Looks at cameras, videos and labels: baselines and angles, frame counts and rates,
whether the background stands still, side, size and order of joints of the labelled
hand, whether it is in front of the cameras, reprojection errors. With 2D labels per
view it also tells errors per camera, mistakes in the extrinsics, and views that are
out of synchronisation. From the images alone it tells black, frozen and repeated
frames, cameras that are late or lost frames, and calibrations that are exchanged or
outdated. Exits with 1 if it finds an error.
"""

import argparse
from typing import Any

from hand_geo_keras.cli.arguments import pairs
from hand_geo_keras.cli.label_arguments import add_label_arguments, label_choice

SUMMARY = "say what is wrong with a rig before anyone trains"
EXAMPLE = "hand-geo check my_rig"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("recording", help="folder of the recording")
    add_label_arguments(parser)
    parser.add_argument(
        "--frames", type=int, default=8, help="frames per camera to look at"
    )
    parser.add_argument(
        "--scan",
        type=int,
        metavar="N",
        help="frames per camera to look through for faults of images and of time; 0 "
        "for none (default: 12000 in all cameras together)",
    )
    parser.add_argument(
        "--report", help="file to write the findings to: .json, or .html for a page"
    )


def run(args: argparse.Namespace) -> Any:
    import json

    from hand_geo_keras.io import write_text
    from hand_geo_keras.recordings import open_recording
    from hand_geo_keras.recordings.rig_check import check_rig
    from hand_geo_keras.recordings.view_labels import read_view_labels

    recording = open_recording(args.recording)
    labels = None
    if args.labels:
        labels = read_view_labels(pairs(args.labels), recording, label_choice(args))
    report = check_rig(recording, labels, args.frames, args.side, args.scan)
    if args.report and args.report.endswith((".html", ".htm")):
        from hand_geo_keras.visualization.rig_report_page import rig_report_page

        write_text(args.report, rig_report_page(report))
    elif args.report:
        write_text(args.report, json.dumps(report.to_dict(), indent=1))
    print(report.text())
    return 1 if report.level == "error" else 0
