"""Arguments that `predict` and `live` share."""

import argparse
from typing import Any

from hand_geo_keras.cli.arguments import UNIT_HELP, unit
from hand_geo_keras.errors import CalibrationError, LabelError


def add_prediction_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds model, camera, side, size of the hand, number of hands and smoothing."""
    parser.add_argument(
        "--model",
        default="hand_128",
        help=".keras file, folder of a run, or preset (default: hand_128; "
        "hand_128_mediapipe has the joints where MediaPipe has them)",
    )
    parser.add_argument("--calibration", help="calibration of the camera")
    parser.add_argument("--camera", help="its name in the calibration")
    parser.add_argument("--unit", type=unit, help=UNIT_HELP)
    parser.add_argument(
        "--side",
        choices=("right", "left"),
        help="which hand; by default hand_128 tells, other models take a right one",
    )
    parser.add_argument(
        "--hands",
        type=int,
        help="most hands at a time (default: 2 in images, 1 in a video or rig)",
    )
    size = parser.add_mutually_exclusive_group()
    size.add_argument(
        "--hand_size_mm",
        type=float,
        help="wrist to middle knuckle of the person; distances depend on it",
    )
    size.add_argument(
        "--bone_length_mm",
        type=float,
        help="instead: sum of the lengths of all 20 bones, wrist to fingertips; "
        "hand_128 assumes an average adult's 794",
    )
    parser.add_argument(
        "--smoothing",
        default="on",
        help="One-Euro filter over time of a video: on (default), off, or "
        "MIN_CUTOFF,BETA[,DERIVATIVE_CUTOFF] in Hz, Hz per mm/s, Hz",
    )


def smoothing_of(text: str) -> Any:
    """`OneEuroSettings` of `--smoothing`, or None for `off`.

    Raises:
        LabelError: If it is neither on, off, nor two or three numbers.
        ValueError: If the numbers are impossible.
    """
    from hand_geo_keras.prediction import OneEuroSettings

    if text == "off":
        return None
    if text == "on":
        return OneEuroSettings()
    try:
        numbers = [float(number) for number in text.split(",")]
    except ValueError:
        numbers = []
    if len(numbers) not in (2, 3):
        raise LabelError(
            "--smoothing must be on, off, or MIN_CUTOFF,BETA[,DERIVATIVE_CUTOFF]. "
            f"Received: {text!r}"
        )
    return OneEuroSettings(*numbers)


def camera_of(args: argparse.Namespace) -> Any:
    """The `Camera` of `--calibration` and `--camera`, or None.

    Raises:
        CalibrationError: If the file has no such camera, or it must be chosen.
    """
    from hand_geo_keras.recordings.calibration_files import read_calibration

    if args.calibration is None:
        return None
    cameras = {c.name: c for c in read_calibration(args.calibration, args.unit)}
    name = args.camera
    if name is None and len(cameras) == 1:
        (name,) = cameras
    if name not in cameras:
        raise CalibrationError(
            f"{args.calibration}: choose one of its cameras {sorted(cameras)} with "
            f"--camera. Received: {name!r}"
        )
    return cameras[name]


def size_assumption(args: argparse.Namespace, camera: Any) -> str | None:
    """A line that says on what size distances rest, or None where it was given."""
    if camera is None or args.hand_size_mm or args.bone_length_mm:
        return None
    return (
        "distances assume the model's hand size (hand_128: an average adult's bones of "
        "794 mm in all); --bone_length_mm or --hand_size_mm makes them this person's"
    )
