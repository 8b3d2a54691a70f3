"""Cuts a recording into crops, once, for training.

Labels can be brought along: 3D labels in the layout of hands3d.json, or 2D labels of
each view, which are triangulated; they are stored in the recording's folder.
"""

from hand_geo_keras.cli.arguments import DETECTOR_HELP, labels_of, open_detector

SUMMARY = "cut crops out of a recording, import labels"
EXAMPLE = "hand-geo prepare my_rig --out_dir=prepared --crop_size=64"


def add_arguments(parser):
    parser.add_argument("recording", help="folder of the recording")
    parser.add_argument("--out_dir", required=True, help="folder for the crops")
    parser.add_argument(
        "--crop_size", type=int, default=128, help="side of the crops in pixels"
    )
    parser.add_argument(
        "--labels",
        nargs="+",
        default=[],
        metavar="FILE",
        help="one file with 3D labels, or <camera>=<file> with 2D labels per view "
        "(CSV of DeepLabCut or Lightning Pose, COCO JSON)",
    )
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
    parser.add_argument("--side", choices=("right", "left"), default="right")
    parser.add_argument("--subject", help="name of the person, for 2D labels")
    parser.add_argument("--detector", help=DETECTOR_HELP)


def run(args):
    from hand_geo_keras.recordings import open_recording

    detector = open_detector(args.detector)
    if args.labels:
        _import_labels(args)
    recording = open_recording(args.recording)

    from hand_geo_keras.datasets import Preparation, prepare_recording

    preparation = Preparation(crop_size=args.crop_size)
    report = prepare_recording(recording, args.out_dir, preparation, detector)
    print(f"{args.out_dir}: {report['instants']} instants, {report['views']} views")
    for kind in ("dropped", "problems"):
        for reason, count in sorted(report[kind].items()):
            print(f"  {kind}: {reason}: {count}")


def _import_labels(args):
    from hand_geo_keras.recordings.view_labels import import_labels

    report = import_labels(
        args.recording,
        labels_of(args.labels),
        side=args.side,
        subject=args.subject,
        max_error_px=args.max_error_px,
        overwrite=args.overwrite_labels,
    )
    print(report.text() if report else f"took the 3D labels of {args.labels[0]}")
