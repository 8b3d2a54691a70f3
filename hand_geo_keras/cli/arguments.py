"""Arguments that several subcommands share, and the values they stand for."""

import argparse
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from hand_geo_keras.errors import CalibrationError, LabelError, WeightsError
from hand_geo_keras.precision import PRECISION_HELP, PRECISIONS

DETECTOR_HELP = (
    "hand detector instead of boxes: mediapipe:<hand_landmarker.task> (needs the "
    "extra 'detector')"
)
_FETCHED = "fetch"
UNIT_HELP = (
    "unit of length of the calibration where it does not say: mm, cm, m or a number "
    "of mm"
)


def unit(text: str) -> Any:
    """`"mm"`, `"cm"`, `"m"` or a positive number of mm."""
    if text in ("mm", "cm", "m"):
        return text
    try:
        return float(text)
    except ValueError as reason:
        raise argparse.ArgumentTypeError(
            f"must be mm, cm, m or a number of mm, not {text!r}"
        ) from reason


def size(text: str) -> tuple[Any, ...]:
    """`(width, height)` from `640x480`."""
    match = re.fullmatch(r"([1-9]\d{0,5})x([1-9]\d{0,5})", text.lower())
    if match is None:
        raise argparse.ArgumentTypeError(f"must be like 640x480, not {text!r}")
    return int(match[1]), int(match[2])


def whole(text: str) -> int:
    """A whole number, also a negative one, such as a frame offset."""
    if not re.fullmatch(r"[-+]?\d{1,9}", text.strip()):
        raise CalibrationError(
            f"a frame offset must be a whole number of frames. Received: {text!r}"
        )
    return int(text)


def seed(text: str) -> int:
    """A seed that all random generators take, 0 to 2**32 - 1."""
    if not re.fullmatch(r"\d{1,10}", text.strip()) or int(text) >= 2**32:
        raise argparse.ArgumentTypeError(
            f"must be a whole number from 0 to {2**32 - 1}, not {text!r}"
        )
    return int(text)


def pairs(texts: Sequence[str]) -> dict[Any, Any]:
    """dict from `["cam0=a.csv", "cam1=b.csv"]`."""
    split = [text.partition("=") for text in texts]
    if not all(name and value for name, _, value in split):
        raise LabelError(
            f"must be given as <camera>=<value>, one per camera. Received: {texts}"
        )
    names = [name for name, _, _ in split]
    repeated = sorted({name for name in names if names.count(name) > 1})
    if repeated:
        raise LabelError(
            f"gives {repeated} more than once; give one value per camera. "
            f"Received: {texts}"
        )
    return {name: value for name, _, value in split}


def add_detector_arguments(
    parser: argparse.ArgumentParser, default: Any = None, text: str = DETECTOR_HELP
) -> None:
    """Adds `--detector`, and `--fetch-detector`, which stands for one of its values.

    Args:
        parser: `argparse.ArgumentParser`.
        default: The detector where neither is given.
        text: Help of `--detector`.
    """
    group = parser.add_mutually_exclusive_group()
    group.add_argument("--detector", default=default, help=text)
    group.add_argument(
        "--fetch-detector",
        dest="detector",
        action="store_const",
        const=_FETCHED,
        help="instead: MediaPipe's hand_landmarker.task, downloaded once and verified "
        "by its hash",
    )


def detector_of(text: str) -> str:
    """`--detector` with the place of the file where that is to be fetched.

    Raises:
        WeightsError: If it cannot be downloaded.
    """
    if text != _FETCHED:
        return text
    from hand_geo_keras.prediction import hand_landmarker_download as download

    path = download.fetch_hand_landmarker()
    print(f"{path}: from {download.URL}, SHA-256 {download.SHA256}")
    return f"mediapipe:{path}"


def open_detector(args: argparse.Namespace) -> Any:
    """The detector of `--detector`, or None; closed when the command has ended.

    Raises:
        WeightsError: If it is unknown, not installed or cannot be downloaded.
    """
    text = args.detector
    if text is None:
        return None
    kind, _, path = detector_of(text).partition(":")
    if kind != "mediapipe" or not path:
        raise WeightsError(
            "--detector must be mediapipe:<path of hand_landmarker.task>, or leave it "
            f"to --fetch-detector. Received: {text!r}"
        )
    from hand_geo_keras.prediction.mediapipe_detector import MediaPipeDetector

    return args.exit_stack.enter_context(MediaPipeDetector(path))


def labels_of(texts: Sequence[str]) -> Any:
    """A 3D label file, or a dict from camera to 2D label file."""
    if len(texts) == 1 and "=" not in texts[0]:
        return Path(texts[0])
    return pairs(texts)


def add_training_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds what every training can be asked for."""
    parser.add_argument(
        "--precision", choices=PRECISIONS, default="float32", help=PRECISION_HELP
    )
    parser.add_argument(
        "--clip_norm",
        type=float,
        metavar="NORM",
        help="scale gradients down whose norm is larger (default: none are, but those "
        "of tuned_joints at 5)",
    )
    parser.add_argument(
        "--deterministic",
        action="store_true",
        help="the same numbers in every run on this machine, see examples/guides/"
        "reliability.md for the cost; not for the workers of --executor=ray",
    )
