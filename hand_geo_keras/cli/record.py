"""Records several webcams at once, so that frames of one number belong together.

Exposure, white balance and focus are locked where the driver allows it, and what is not
locked is said. Frames are put on common instants by their time stamps, which are
written to timestamps.csv; dropped frames are counted. While recording, the sharpness of
each camera is shown: focus so that it is largest. Stop with Ctrl-C; the files are
whole. Videos may be given in place of cameras.
"""

import argparse
import re

from hand_geo_keras.cli.arguments import size

SUMMARY = "record several webcams at once, aligned by time stamps"
EXAMPLE = "hand-geo record --cameras 0 2 --names left right --out=board --seconds=60"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--cameras",
        nargs="+",
        required=True,
        type=_device,
        metavar="CAMERA",
        help="numbers of the devices, or videos in place of them",
    )
    parser.add_argument("--out", required=True, help="folder to write the videos to")
    parser.add_argument("--names", nargs="+", help="names of the cameras, in order")
    parser.add_argument("--seconds", type=float, help="until Ctrl-C if not given")
    parser.add_argument("--fps", type=float, help="frames per second of the videos")
    parser.add_argument(
        "--resolution", type=size, metavar="WxH", help="size to ask the cameras for"
    )
    parser.add_argument(
        "--overwrite", action="store_true", help="replace earlier videos"
    )


def _device(text):
    """The number of a device, also of `/dev/video2`; else the path of a video."""
    match = re.fullmatch(r"(?:/dev/video)?(\d{1,3})", text)
    return int(match[1]) if match else text


def run(args: argparse.Namespace) -> None:
    from hand_geo_keras.recordings.capture import record_cameras

    capture = record_cameras(
        args.cameras,
        args.out,
        args.names,
        args.seconds,
        args.fps,
        args.resolution,
        args.overwrite,
    )
    print(capture.text())
