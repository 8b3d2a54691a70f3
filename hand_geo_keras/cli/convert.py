"""Converts a camera calibration from one format to another.

Read are a rig's calibration.json, CMU Panoptic's, Anipose's and Lightning Pose's TOML,
OpenCV's YAML, XML and JSON (also as intrinsics and extrinsics), EasyMocap's intri.yml
and extri.yml, Kalibr's camchain and JARVIS' folder of one YAML per camera; the content
tells which it is. The ending of the target chooses what is written: .json is a rig's
calibration.json, .toml Anipose's, .yml, .yaml and .xml OpenCV's.
"""

import argparse

from hand_geo_keras.cli.arguments import UNIT_HELP, pairs, size, unit, whole

SUMMARY = "convert a calibration: OpenCV, Anipose, Kalibr, EasyMocap, JARVIS, rig"
EXAMPLE = "hand-geo convert calibration.toml my_rig/calibration.json --unit=mm"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "source",
        nargs="+",
        help="calibration to read: a file, several that complete each other, or a "
        "folder",
    )
    parser.add_argument("target", help="calibration to write, in mm")
    parser.add_argument("--unit", type=unit, help=UNIT_HELP)
    parser.add_argument(
        "--resolution",
        type=size,
        metavar="WxH",
        help="size of the images where the calibration does not say",
    )
    parser.add_argument("--fps", type=float, help="frames per second, for a rig")
    parser.add_argument(
        "--videos",
        nargs="+",
        default=[],
        metavar="CAMERA=FILE",
        help="videos beside a rig's calibration, if not named like the cameras",
    )
    parser.add_argument(
        "--frame_offsets",
        nargs="+",
        default=[],
        metavar="CAMERA=FRAMES",
        help="by how many frames a camera's video started too early",
    )


def run(args: argparse.Namespace) -> None:
    from hand_geo_keras.recordings.calibration_files import convert_calibration
    from hand_geo_keras.recordings.calibration_files.rig_json import recording_of

    offsets = {name: whole(value) for name, value in pairs(args.frame_offsets).items()}
    stated = [o for file in args.source for o in recording_of(file).offsets.items()]
    cameras = convert_calibration(
        args.source if len(args.source) > 1 else args.source[0],
        args.target,
        unit=args.unit,
        resolution=args.resolution,
        fps=args.fps,
        videos=pairs(args.videos),
        offsets=offsets,
    )
    names = ", ".join(camera.name for camera in cameras)
    print(f"{args.target}: {len(cameras)} cameras ({names}), lengths in mm")
    written = recording_of(args.target).offsets.items()
    lost = [offset for offset in stated if offset not in written]
    if lost and not offsets:
        told = " ".join(f"{name}={offset}" for name, offset in lost)
        print(
            f"NOTE: {args.source[0]} has frame offsets, which belong to its videos and "
            f"are not carried over; for the same videos say --frame_offsets {told}"
        )
