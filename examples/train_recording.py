"""Trains a monocular 3D hand model on one multi-camera recording.

    python examples/train_recording.py --recording=my_rig --out_dir=runs/my_rig

The same as `hand-geo train my_rig --out_dir=runs/my_rig`, whose --help tells the rest.
Stop it at any time; the same command resumes.
"""

import argparse
import sys

from hand_geo_keras.cli import main

if __name__ == "__main__":
    parser = argparse.ArgumentParser(add_help=False)
    parser.add_argument("--recording")
    known, others = parser.parse_known_args()
    recording = [known.recording] if known.recording else []
    sys.exit(main(["train", *recording, *others]))
