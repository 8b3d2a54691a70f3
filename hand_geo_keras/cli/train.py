"""Trains a monocular 3D hand model on one recording, and measures it.

By default view synthesis is trained without labels, all images get pseudo-labels from a
few annotated ones and several views, and one network is trained on all of it
(fine_tuned). Writes Keras models, metrics.json, panel.png and TensorBoard logs. Stop it
at any time; the same command resumes.
"""

import argparse

from hand_geo_keras.cli.arguments import add_training_arguments
from hand_geo_keras.precision import PRECISION_HELP, PRECISIONS

SUMMARY = "train on a recording and measure"
EXAMPLE = "hand-geo train my_rig --out_dir=runs/my_rig"
# Named here so that --help needs no TensorFlow.
PROFILES = ("standard", "quick", "smoke")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("recording", help="folder of the recording")
    parser.add_argument("--out_dir", required=True, help="folder of the run")
    parser.add_argument(
        "--profile", choices=PROFILES, default=PROFILES[0], help="size of the run"
    )
    parser.add_argument(
        "--methods",
        nargs="+",
        metavar="METHOD",
        default=["fine_tuned"],
        help="what is trained: columns of the registry, such as fine_tuned (the "
        "default) and supervised, or adapted and tuned_joints, which need --start (a "
        "wrong name lists all); the first is the model of the run",
    )
    parser.add_argument(
        "--labels", type=int, default=64, help="number of annotated images to use"
    )
    parser.add_argument(
        "--start", help="trained preset to start from, such as compact_128"
    )
    parser.add_argument(
        "--features",
        default="auto",
        help="ImageNet ResNet-18 weights of the feature loss: a file, 'imagenet' "
        "(downloaded once), 'auto' (pixels only where they are not available), 'off' "
        "(pixels only) or 'none' (random)",
    )
    parser.add_argument(
        "--precision", choices=PRECISIONS, default="float32", help=PRECISION_HELP
    )
    parser.add_argument("--seed", type=int, default=0, help="of every random choice")
    add_training_arguments(parser)


def run(args: argparse.Namespace) -> None:
    from hand_geo_keras.precision import set_precision, use_deterministic_ops
    from hand_geo_keras.scenarios.recording import summary, train_recording
    from hand_geo_keras.training.profiles import PROFILES

    print(f"training in {set_precision(args.precision)}")
    if args.deterministic:
        use_deterministic_ops()
    metrics = train_recording(
        args.recording,
        args.out_dir,
        PROFILES[args.profile].clipped(args.clip_norm),
        args.methods,
        args.labels,
        None if args.features == "none" else args.features,
        args.seed,
        args.start,
    )
    print(summary(metrics))
    print(f"wrote {args.out_dir}/metrics.json")
