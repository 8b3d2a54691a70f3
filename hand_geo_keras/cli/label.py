"""Labels a recording in 3D from its videos and calibration alone.

The hand is found in every view, triangulated, and fitted over the whole video with
bones of constant length; frames in which the views contradict each other are rejected.
Writes hands3d.json, which prepare, train and check read, and hands3d_quality.csv, one
row per frame. Frames that were corrected by hand-geo correct are kept. Exits with 1 if
most frames that show a hand are rejected. Stop it at any time; the same command
resumes.
"""

import argparse
from typing import Any

from hand_geo_keras.cli.arguments import (
    add_detector_arguments,
    detector_of,
    open_detector,
)
from hand_geo_keras.errors import LabelError, WeightsError

SUMMARY = "label a recording in 3D, without a person"
EXAMPLE = "hand-geo label my_rig --side=right --choose=64 --overlay"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("recording", help="folder of the rig")
    add_detector_arguments(
        parser,
        "hand_128",
        "what finds the joints in each view: a model with named points (a preset "
        "or a run's folder; default: hand_128), or mediapipe:<hand_landmarker.task> "
        "(needs the extra 'detector', and one hand in the scene)",
    )
    parser.add_argument(
        "--side", choices=("right", "left"), default="right", help="the hand to label"
    )
    parser.add_argument("--subject", help="name of the person")
    parser.add_argument(
        "--choose",
        type=int,
        default=0,
        metavar="N",
        help="also write the N frames that are most worth correcting by hand, as "
        "frames_to_correct.csv",
    )
    parser.add_argument(
        "--overlay",
        action="store_true",
        help="also write a video of the labels over each camera's images",
    )
    parser.add_argument(
        "--overwrite_labels",
        action="store_true",
        help="replace labels that come from elsewhere",
    )


def run(args: argparse.Namespace) -> int:
    if args.choose < 0:
        raise LabelError(f"--choose must not be negative. Received: {args.choose}")

    from hand_geo_keras.labelling import (
        choose_frames,
        label_recording,
        write_chosen_frames,
        write_overlays,
    )
    from hand_geo_keras.recordings import open_recording

    recording = open_recording(args.recording, labels=False)
    reader = open_reader(args)
    labelling = label_recording(
        recording, reader, args.side, args.subject, args.overwrite_labels
    )
    print(labelling.text())
    print(f"wrote {recording.path / 'hands3d.json'}")
    if args.choose:
        known = [
            frame
            for frame, hands in labelling.hands.items()
            if any(hand.corrected and hand.side == args.side for hand in hands)
        ]
        chosen = choose_frames(labelling.track, args.choose, known, recording.cameras)
        path = write_chosen_frames(recording.path, chosen)
        print(f"wrote {path}: {len(chosen)} frames, see hand-geo correct")
    if args.overlay:
        for path in write_overlays(recording, labelling, recording.path / "labelling"):
            print(f"wrote {path}")
    if labelling.mostly_rejected:
        print("most frames that show a hand could not be labelled, see above")
        return 1
    return 0


def open_reader(args: argparse.Namespace) -> Any:
    """What finds joints in images: a model with named points, or MediaPipe.

    Raises:
        WeightsError: If there is no such model, or it finds no hands.
    """
    from hand_geo_keras.labelling import LandmarkReader, PresetReader

    text = args.detector = detector_of(args.detector)
    if text.startswith("mediapipe:"):
        return LandmarkReader(open_detector(args), text)
    try:
        return PresetReader(text, args.side)
    except WeightsError:
        raise
    except ValueError as reason:
        raise WeightsError(
            f"{text}: finds no hands by itself; give a model with named points, such "
            "as hand_128, or mediapipe:<hand_landmarker.task>."
        ) from reason
