"""Trains a monocular 3D hand model on one recording, and measures it.

View synthesis is trained without labels, then a pose head on a few labelled images.
Writes Keras models, metrics.json, panel.png and TensorBoard logs. Stop it at any
time; the same command goes on where it was.
"""

from hand_geo_keras.precision import PRECISION_HELP, PRECISIONS

SUMMARY = "train on a recording and measure"
EXAMPLE = "hand-geo train my_rig --out_dir=runs/my_rig"
# Named here so that --help needs no TensorFlow.
PROFILES = ("standard", "quick", "smoke")


def add_arguments(parser):
    parser.add_argument("recording", help="folder of the recording")
    parser.add_argument("--out_dir", required=True, help="folder of the run")
    parser.add_argument(
        "--profile", choices=PROFILES, default=PROFILES[0], help="size of the run"
    )
    parser.add_argument(
        "--features",
        default="auto",
        help="ImageNet ResNet-18 weights of the feature loss: a file, 'imagenet' "
        "(downloaded once), 'auto' (pixels only where they cannot be had), 'off' "
        "(pixels only) or 'none' (random)",
    )
    parser.add_argument(
        "--precision", choices=PRECISIONS, default="float32", help=PRECISION_HELP
    )
    parser.add_argument("--seed", type=int, default=0, help="of every random choice")


def run(args):
    from hand_geo_keras.precision import set_precision
    from hand_geo_keras.scenarios.recording_profiles import PROFILES
    from hand_geo_keras.scenarios.recording_run import run_recording, summary

    print(f"training in {set_precision(args.precision)}")
    features = None if args.features == "none" else args.features
    metrics = run_recording(
        args.recording, args.out_dir, PROFILES[args.profile], features, args.seed
    )
    print(summary(metrics))
    print(f"wrote {args.out_dir}/metrics.json and {args.out_dir}/panel.png")
