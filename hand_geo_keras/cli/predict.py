"""Predicts the hands in images, in a video, or in all views of a rig.

    hand-geo predict photo.jpg

finds the hands in a photo, says which is left and which is right, and how probable
each is. Writes keypoints.json and keypoints.csv (2D in pixels, 3D in mm) and annotated
images or a video. With the calibration of the camera the joints are placed in its
frame, at a distance that is as right as the size of the hand. For the folder of a rig
all views are fused, and hands3d.json is written in the world frame. Videos are smoothed
over time; --export writes the motion in formats of 3D programs. Exits with 1 if no hand
is found.
"""

import argparse
from pathlib import Path
from typing import Any

from hand_geo_keras.cli.arguments import add_detector_arguments, open_detector
from hand_geo_keras.cli.prediction_arguments import (
    add_prediction_arguments,
    camera_of,
    size_assumption,
    smoothing_of,
)
from hand_geo_keras.errors import LabelError

_MOST_LINES = 20  # of hands on the terminal; files hold all
_MOST_NAMES = 3  # of images skipped for one reason
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
        "--out_dir", default="predicted", help="folder to write to (default: predicted)"
    )
    parser.add_argument(
        "--boxes",
        help="where the hand is: cx,cy,side in pixels, a JSON or CSV file with one box "
        "per frame, or 'center' for the largest square in the centre; if it "
        "is left out, hand_128 finds the hand for models that cannot",
    )
    add_detector_arguments(parser)
    add_prediction_arguments(parser)
    parser.add_argument(
        "--export",
        default="",
        metavar="FORMATS",
        help="also write the motion: any of csv,trc,c3d,bvh,gltf (c3d needs the extra "
        "'c3d')",
    )
    parser.add_argument(
        "--no_images", action="store_true", help="write no annotated images"
    )


def run(args: argparse.Namespace) -> Any:
    from hand_geo_keras.prediction.image_sources import is_image

    first = Path(args.input[0])
    if len(args.input) == 1 and _is_recording(first):
        return _predict_recording(args)
    if len(args.input) > 1 or is_image(first):
        return _predict_images(args)
    return _predict_video(args, first)


def _predict_video(args, video):
    from hand_geo_keras.prediction import predict_video

    camera = camera_of(args)
    found = predict_video(
        args.model,
        video,
        _finder_of_boxes(args),
        camera,
        most=_most(args, 1),
        smoothing=smoothing_of(args.smoothing),
        formats=_formats(args),
        **_of_every_image(args),
    )
    tracks = len({hand.track for hand in found.hands})
    lines = [f"{tracks} tracks"] if tracks > 1 else []
    lines += _jitter_lines(found.jitter, camera is not None)
    return _report(args, len(found.hands), found, lines, camera)


def _predict_images(args):
    from hand_geo_keras.prediction import predict_images

    if args.export or args.smoothing not in ("on", "off"):
        raise LabelError(
            "--export and --smoothing need a video or a rig: images are no motion."
        )
    camera = camera_of(args)
    found = predict_images(
        args.model,
        args.input,
        _finder_of_boxes(args, follow=False),
        camera,
        most=_most(args, 2),
        **_of_every_image(args),
    )
    lines = [f"{hand.source}: {hand.summary()}" for hand in found.hands]
    lines = lines if len(lines) <= _MOST_LINES else []
    return _report(args, len(found.hands), found, lines, camera)


def _most(args, default):
    return default if args.hands is None else args.hands


def _of_every_image(args):
    return {
        "side": args.side,
        "hand_size_mm": args.hand_size_mm,
        "bone_length_mm": args.bone_length_mm,
        "out_dir": args.out_dir,
        "annotate": not args.no_images,
    }


def _predict_recording(args):
    from hand_geo_keras.prediction import predict_rig
    from hand_geo_keras.prediction.rig_hands import has_boxes
    from hand_geo_keras.recordings import open_recording

    if args.boxes or args.calibration or args.camera:
        raise LabelError(
            "a rig has its own calibration and takes hand boxes from its boxes.json "
            "or from --detector; leave --boxes, --calibration and --camera away."
        )
    recording, sides = open_recording(args.input[0]), _sides(args)
    detector = open_detector(args)
    if detector is None and not has_boxes(recording):
        detector = _preset_detector(args, *sides)
    found = predict_rig(
        args.model,
        recording,
        sides,
        detector,
        hand_size_mm=args.hand_size_mm,
        bone_length_mm=args.bone_length_mm,
        smoothing=smoothing_of(args.smoothing),
        out_file=Path(args.out_dir) / "hands3d.json",
        formats=_formats(args),
    )
    lines = [f"{side}: {len(hands)} hands" for side, hands in found.hands.items()]
    lines += [
        f"jitter {_change(found.jitter['raw'], found.jitter['smoothed'])} mm/frame"
    ]
    count = sum(map(len, found.hands.values()))
    return _report(args, count, found, lines, None)


def _finder_of_boxes(args, follow=True):
    """Boxes or a detector, or None for a model that finds hands by itself."""
    given = hand_boxes(args.boxes) or open_detector(args)
    return given or _preset_detector(args, args.side or "right", follow=follow)


def _preset_detector(args, *sides, follow=True):
    """The shipped model as a detector for one that finds no hands, else None."""
    from hand_geo_keras.prediction import PresetDetector
    from hand_geo_keras.prediction.compiled_model import compiled_model

    if len(sides) > 1 or compiled_model(args.model).reads_joints:
        return None
    (side,) = sides
    print(f"{args.model} finds no hands by itself: hand_128 finds the {side} one")
    return PresetDetector(side, follow=follow)


def _sides(args):
    """Sides of a rig's hands: one hand of each is predicted."""
    if args.hands not in (None, 1, 2):
        raise LabelError(
            "--hands: a rig has 1 or 2 hands, a right and a left one. Received: "
            f"{args.hands}"
        )
    if args.hands == 2:
        if args.side:
            raise LabelError("--side chooses one hand; leave it or --hands=2 away.")
        return "right", "left"
    return (args.side or "right",)


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


def _formats(args):
    from hand_geo_keras.motion_files import checked_formats

    return checked_formats(name for name in args.export.split(",") if name)


def _jitter_lines(jitter, is_placed):
    raw, smoothed = jitter["raw"], jitter["smoothed"] or {}
    names = {"joints_mm": "jitter of the pose {} mm/frame"}
    if is_placed:
        names["wrist_mm"] = "jitter of the position {} mm/frame"
    return [
        text.format(_change(raw[name], smoothed.get(name)))
        for name, text in names.items()
        if raw[name] is not None
    ]


def _change(raw, smoothed):
    if raw is None:
        return "unknown"
    after = "" if smoothed is None else f", smoothed {smoothed:.2f}"
    return f"{raw:.2f}{after}"


def _report(args, count, found, lines, camera):
    """Prints what was done; the exit code says whether there was any hand."""
    noun = "hand" if count == 1 else "hands"
    print(f"{count} {noun} predicted" if count else "no hand found")
    assumption = size_assumption(args, camera)
    for line in [*lines, *([assumption] if assumption and count else [])]:
        print(f"  {line}")
    if not count and not args.boxes and not args.detector:
        place = "boxes.json" if _is_recording(Path(args.input[0])) else "--boxes"
        print(f"  if there is one, say where ({place}), or try --fetch-detector")
    for reason, number in sorted(found.skipped.items()):
        print(f"  skipped: {reason}: {number}{_names(found, reason)}")
    for file in found.files:
        print(f"wrote {file}")
    return 0 if count else 1


def _names(found, reason):
    """Which images were skipped for a reason; `keypoints.json` has all of them."""
    skipped = getattr(found, "skipped_images", {})  # a rig's instants are counted
    names = [name for name, why in skipped.items() if why == reason]
    shown = [*names[:_MOST_NAMES], *(["..."] if len(names) > _MOST_NAMES else [])]
    return f" ({', '.join(shown)})" if names else ""
