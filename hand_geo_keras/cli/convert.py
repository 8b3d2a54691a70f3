"""Converts a camera calibration from one format to another.

The endings of the files choose the formats: .json is a rig's calibration.json, .toml
is Anipose or Lightning Pose, .yml, .yaml and .xml are OpenCV stereo files.
"""

from hand_geo_keras.cli.arguments import UNIT_HELP, pairs, size, unit

SUMMARY = "convert a calibration: OpenCV YAML, Anipose TOML, rig JSON"
EXAMPLE = "hand-geo convert calibration.toml my_rig/calibration.json --unit=mm"


def add_arguments(parser):
    parser.add_argument("source", help="calibration to read")
    parser.add_argument("target", help="calibration to write, in mm")
    parser.add_argument("--unit", type=unit, help=UNIT_HELP)
    parser.add_argument(
        "--resolution",
        type=size,
        metavar="WxH",
        help="size of the images where an OpenCV file does not say",
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


def run(args):
    from hand_geo_keras.recordings.calibration_files import convert_calibration

    offsets = {name: int(value) for name, value in pairs(args.frame_offsets).items()}
    cameras = convert_calibration(
        args.source,
        args.target,
        unit=args.unit,
        resolution=args.resolution,
        fps=args.fps,
        videos=pairs(args.videos),
        offsets=offsets,
    )
    names = ", ".join(camera.name for camera in cameras)
    print(f"{args.target}: {len(cameras)} cameras ({names}), lengths in mm")
