"""Predicts the hands in images, in a video, or in all views of a rig.

    hand-geo predict photo.jpg

finds the hands in a photo, says which is left and which is right, and how probable
each is. Writes keypoints.json and keypoints.csv (2D in pixels, 3D in mm) and annotated
images or a video. With the calibration of the camera the joints are placed in its
frame: approximately, since one image tells the distance only by the size of the box and
of the hand. For the folder of a rig, all views with a hand box are fused and
hands3d.json is written in the world frame. Exits with 1 if no hand is found.
"""

import argparse
from pathlib import Path
from typing import Any

from hand_geo_keras.cli.arguments import DETECTOR_HELP, UNIT_HELP, open_detector, unit
from hand_geo_keras.errors import CalibrationError, LabelError

_MOST_LINES = 20  # on the terminal; files hold all
SUMMARY = "predict keypoints in a video, images or a rig's views"
EXAMPLE = (
    "hand-geo predict my_rig/left.mp4 --model=runs/my_rig --boxes=48,48,90 "
    "--calibration=my_rig/calibration.json --camera=left --out_dir=predicted"
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "input", nargs="+", help="one video, images and folders of images, or one rig"
    )
    parser.add_argument(
        "--model",
        default="hand_128",
        help=".keras file, folder of a run, or preset (default: hand_128)",
    )
    parser.add_argument(
        "--out_dir", default="predicted", help="folder to write to (default: predicted)"
    )
    parser.add_argument(
        "--max_hands",
        type=int,
        help="most hands of an image that is searched (default: 2, in a video 1)",
    )
    parser.add_argument(
        "--boxes",
        help="where the hand is: cx,cy,side in pixels, a JSON or CSV file with one box "
        "per frame, or 'center' for the largest square in the centre; a model with "
        "named points, such as hand_128, finds and follows the hand if it is left out",
    )
    parser.add_argument("--detector", help=DETECTOR_HELP)
    parser.add_argument("--calibration", help="calibration of the camera")
    parser.add_argument("--camera", help="its name in the calibration")
    parser.add_argument("--unit", type=unit, help=UNIT_HELP)
    parser.add_argument(
        "--side",
        choices=("right", "left"),
        help="which hand; by default hand_128 tells, other models take a right one",
    )
    parser.add_argument(
        "--hand_size_mm",
        type=float,
        help="wrist to middle knuckle of the person; distances depend on it",
    )
    parser.add_argument(
        "--no_images", action="store_true", help="write no annotated images"
    )


def run(args: argparse.Namespace) -> Any:
    from hand_geo_keras.prediction.image_sources import is_image

    detector = open_detector(args.detector)
    first = Path(args.input[0])
    if len(args.input) == 1 and _is_recording(first):
        return _predict_recording(args, detector)
    boxes = hand_boxes(args.boxes) or detector
    camera = _camera(args)
    if len(args.input) > 1 or is_image(first):
        from hand_geo_keras.prediction import predict_images as predict

        source, most = args.input, 2
    else:
        from hand_geo_keras.prediction import predict_video as predict  # type: ignore[assignment]

        source, most = first, 1
    found = predict(
        args.model,
        source,
        boxes,
        camera,
        side=args.side,
        hand_size_mm=args.hand_size_mm,
        out_dir=args.out_dir,
        annotate=not args.no_images,
        most=_positive(args.max_hands or most),
    )
    if len(found.hands) <= _MOST_LINES:
        print("\n".join(map(str, found.hands)), end="\n" if found.hands else "")
    return _report(len(found.hands), found.skipped, found.files)


def _positive(number):
    if number < 1:
        raise ValueError(f"--max_hands must be 1 or more. Received: {number}")
    return number


def _predict_recording(args, detector):
    from hand_geo_keras.prediction import predict_recording
    from hand_geo_keras.recordings import open_recording

    if args.boxes or args.calibration or args.camera:
        raise LabelError(
            "a rig has its own calibration and takes hand boxes from its boxes.json "
            "or from --detector; leave --boxes, --calibration and --camera away."
        )
    recording = open_recording(args.input[0])
    if detector is None and not _has_boxes(recording):
        raise LabelError(
            f"{recording.path}: nothing says where the hand is; add a boxes.json (its "
            "fields are those of RigRecording) or give --detector."
        )
    out_file = Path(args.out_dir) / "hands3d.json"
    hands, skipped = predict_recording(
        args.model,
        recording,
        detector,
        side=args.side or "right",
        hand_size_mm=args.hand_size_mm,
        out_file=out_file,
    )
    return _report(len(hands), skipped, [out_file])


def _has_boxes(recording):
    return any(
        recording.boxes(camera.name, frame) is not None
        for camera in recording.cameras
        for frame in range(recording.num_frames)
    )


def _is_recording(path):
    return path.is_dir() and any(path.glob("calibration*.json"))


def hand_boxes(text: str) -> Any:
    """A box from `cx,cy,side`, the path of a file, or a function that finds it."""
    from hand_geo_keras.geometry import central_box

    if text is None:
        return None
    if text == "center":
        return lambda camera, image: central_box(image.shape[1::-1])
    if Path(text).suffix.lower() in (".json", ".csv"):
        return text
    try:
        return tuple(float(number) for number in text.split(","))
    except ValueError as reason:
        raise LabelError(
            "--boxes must be cx,cy,side in pixels, a .json or .csv file, or center. "
            f"Received: {text!r}"
        ) from reason


def _camera(args):
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


def _report(count, skipped, files):
    """Prints what was done; the exit code says whether there was any hand."""
    noun = "hand" if count == 1 else "hands"
    print(f"{count} {noun} predicted" if count else "no hand found")
    for reason, number in sorted(skipped.items()):
        print(f"  skipped: {reason}: {number}")
    for file in files:
        print(f"wrote {file}")
    return 0 if count else 1
