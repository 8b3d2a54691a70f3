"""Trains a monocular 3D hand model on one multi-camera recording.

    python examples/train_recording.py --recording=my_rig --out_dir=runs/my_rig

Reads a rig folder (calibration.json, one video per camera, hands3d.json with a few
labels) or a CMU Panoptic tree, trains view synthesis without labels, then pose from
a few labels, and writes metrics.json, panel.png, Keras models and TensorBoard logs.
Stop it at any time; the same command goes on where it was.
"""

from absl import app, flags, logging

from hand_geo_keras.cli.scripts import resumable_script
from hand_geo_keras.precision import PRECISION_HELP, PRECISIONS, set_precision
from hand_geo_keras.scenarios.recording_profiles import PROFILES
from hand_geo_keras.scenarios.recording_run import run_recording, summary

FLAGS = flags.FLAGS
flags.DEFINE_string("recording", None, "Folder of the recording.", required=True)
flags.DEFINE_string("out_dir", None, "Folder to write to.", required=True)
flags.DEFINE_enum("profile", "standard", list(PROFILES), "Size of the run.")
flags.DEFINE_string(
    "features",
    "auto",
    "ImageNet ResNet-18 weights of the feature loss: a file (.pth, .safetensors, .npz, "
    ".weights.h5), 'imagenet' (downloaded once), 'auto' (pixels only where they cannot "
    "be had), 'off' (pixels only) or 'none' (random).",
)
flags.DEFINE_enum(
    "precision",
    "float32",
    PRECISIONS,
    f"{PRECISION_HELP[0].upper()}{PRECISION_HELP[1:]}.",
)
flags.DEFINE_integer("seed", 0, "Seed of every random choice.")


def main(_):
    features = None if FLAGS.features == "none" else FLAGS.features
    logging.info("Training in %s", set_precision(FLAGS.precision))
    with resumable_script():
        metrics = run_recording(
            FLAGS.recording,
            FLAGS.out_dir,
            PROFILES[FLAGS.profile],
            features,
            FLAGS.seed,
        )
    print(summary(metrics))
    logging.info("Wrote %s/metrics.json and %s/panel.png", *[FLAGS.out_dir] * 2)


if __name__ == "__main__":
    app.run(main)
