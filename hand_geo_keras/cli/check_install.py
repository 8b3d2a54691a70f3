"""Says which versions are installed, and what does not fit together.

Two OpenCV packages at once overwrite each other (mediapipe brings a second one): that
is said, with the command that mends it. Also lists the shipped presets, what reads
hands with them and the devices that TensorFlow sees. Exits with 1 if there is a
problem.
"""

import argparse

SUMMARY = "say what is installed and whether it fits together"
EXAMPLE = "hand-geo check-install"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--no_devices", action="store_true", help="do not start TensorFlow"
    )


def run(args: argparse.Namespace) -> int:
    from hand_geo_keras.installation import installation_problems, installed_versions

    for name, version in installed_versions().items():
        print(f"{name:<32}{version}")
    problems = installation_problems()
    if not (args.no_devices or problems):
        _print_presets_and_devices()
    for problem in problems:
        print(f"PROBLEM  {problem}")
    print("all fits together" if not problems else f"{len(problems)} problem(s)")
    return 1 if problems else 0


def _print_presets_and_devices() -> None:
    import tensorflow as tf

    from hand_geo_keras.models import PoseEstimator
    from hand_geo_keras.prediction.lite_network import engine

    for name, preset in PoseEstimator.presets.items():
        metadata = preset["metadata"]
        size = f"{metadata['params']:,} weights, {metadata['bytes'] / 1e6:.1f} MB"
        print(f"{'preset ' + name:<32}{size}")
    print(f"{'hands are read by':<32}{engine()}")
    for device in tf.config.list_physical_devices():
        print(f"{'device':<32}{device.name}")
