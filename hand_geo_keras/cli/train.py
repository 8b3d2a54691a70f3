"""Trains a monocular 3D hand model on one recording, and measures it.

By default the shipped model that reads real hands is trained further on a few
annotated images (tuned_joints). With --methods=fine_tuned nothing shipped is used: view
synthesis is trained without labels, all images get pseudo-labels from a few annotated
ones and several views, and one network is trained on all of it. Ends in report.html:
what was learned, errors beside baselines and the shipped model, the worst images, and
which labels would help most. Also writes Keras models, metrics.json, TensorBoard logs
and, with view synthesis, panel.png. A folder that hand-geo prepare wrote is taken as it
is, nothing is prepared again. Stop it at any time; the same command resumes.
"""

import argparse
import dataclasses
from pathlib import Path
from typing import Any

from hand_geo_keras.cli.arguments import (
    add_detector_arguments,
    add_training_arguments,
    open_detector,
    seed,
)
from hand_geo_keras.cli.label_arguments import (
    add_import_arguments,
    import_given,
    import_settings,
    refuse_labels_out_of_view,
)
from hand_geo_keras.errors import DatasetError, LabelError

SUMMARY = "train on a recording, measure and report"
EXAMPLE = "hand-geo train my_rig --out_dir=runs/my_rig"
# Named here so that --help needs no TensorFlow.
PROFILES = ("standard", "quick", "smoke")
_IMPORTED = "imported_labels.json"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "recording", help="folder of the recording, or one that hand-geo prepare wrote"
    )
    parser.add_argument("--out_dir", required=True, help="folder of the run")
    parser.add_argument(
        "--profile", choices=PROFILES, default=PROFILES[0], help="size of the run"
    )
    parser.add_argument(
        "--methods",
        nargs="+",
        metavar="METHOD",
        help="what is trained: columns of the registry (a wrong name lists all), such "
        "as fine_tuned and supervised, from nothing, or adapted and tuned_joints, "
        "which need --start; the first is the model of the run (default: tuned_joints "
        "from hand_128)",
    )
    parser.add_argument(
        "--label_budget",
        type=int,
        default=64,
        metavar="N",
        help="number of annotated images to use (default: 64); with 0, tuned_joints "
        "learns from what all cameras see together",
    )
    parser.add_argument(
        "--epochs",
        type=float,
        help="how often the trainings on labels see each annotated image, instead of "
        "what the profile says; view synthesis keeps its steps",
    )
    parser.add_argument(
        "--crop_size",
        type=int,
        help="side of the crops in pixels (default: 64, or that of --start or of the "
        "prepared folder)",
    )
    add_import_arguments(parser)
    add_detector_arguments(parser)
    parser.add_argument(
        "--start",
        help="trained preset or run to start from (hand_128 if no --methods are given; "
        "hand_128_mediapipe begins nearer to labels that MediaPipe made)",
    )
    parser.add_argument(
        "--features",
        default="auto",
        help="ImageNet ResNet-18 weights of the feature loss: a file, 'imagenet' "
        "(downloaded once), 'auto' (pixels only where they are not available), 'off' "
        "(pixels only) or 'none' (random)",
    )
    parser.add_argument("--seed", type=seed, default=0, help="of every random choice")
    add_training_arguments(parser)


def run(args: argparse.Namespace) -> None:
    _refuse_a_number_of_labels(args.labels)

    from hand_geo_keras.precision import resolve_precision, use_deterministic_ops
    from hand_geo_keras.scenarios.recording import summary, train_recording
    from hand_geo_keras.training.profiles import PROFILES

    _bring_in_labels(args)
    profile = PROFILES[args.profile].clipped(args.clip_norm)
    if args.epochs is not None:
        profile = profile.with_epochs(args.epochs)
    profile = dataclasses.replace(profile, precision=resolve_precision(args.precision))
    print(f"training in {profile.precision}")
    if args.deterministic:
        use_deterministic_ops()
    methods, start = _beginning(args)
    metrics = train_recording(
        args.recording,
        args.out_dir,
        profile,
        methods,
        args.label_budget,
        None if args.features == "none" else args.features,
        args.seed,
        start,
        crop_size=args.crop_size,
        detector=open_detector(args),
        command=args.command_line,
    )
    print(summary(metrics))
    print(f"wrote {args.out_dir}/metrics.json")
    print(f"wrote {args.out_dir}/report.html")


def _beginning(args):
    """`(methods, start)`; nobody who asks for nothing wants to begin from nothing."""
    if args.methods is not None:
        return args.methods, args.start
    return ["tuned_joints"], args.start or "hand_128"


def _refuse_a_number_of_labels(labels):
    """What `--labels=64` once meant, and what it would be taken for now."""
    if len(labels) == 1 and labels[0].isdecimal() and not Path(labels[0]).exists():
        raise LabelError(
            "--labels takes files with labels; the number of annotated images is "
            f"--label_budget={labels[0]}. Received: --labels={labels[0]}"
        )


def _bring_in_labels(args: argparse.Namespace) -> Any:
    """Stores given labels in the recording, once: the same command resumes."""
    from hand_geo_keras.datasets.prepared_data import is_prepared_one
    from hand_geo_keras.io import read_json, write_json
    from hand_geo_keras.recordings import open_recording

    if is_prepared_one(args.recording):
        if args.labels:
            raise LabelError(
                f"{args.recording}: is cut into crops with the labels it had; give "
                "--labels to hand-geo prepare, or train on the recording."
            )
        return
    if args.labels:
        mark, given = Path(args.out_dir) / _IMPORTED, import_settings(args)
        if read_json(mark, DatasetError, default={}) != given:
            import_given(args)
            write_json(mark, given)
    if args.detector is None:
        refuse_labels_out_of_view(open_recording(args.recording))
