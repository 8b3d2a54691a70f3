"""Few labels of a real recording, with and without a model from the synthetic dome.

    python examples/real_rig_table.py --recording=my_rig --preset=my_hands \\
        --dome=runs/full/data/synthetic_full_64 --out_dir=runs/real_rig

Measures four methods on the last stretch of a recording, for 0, 16, 64 and 200
labelled images: trained from scratch; the dome's model as it is; fine-tuned; and
adapted to the recording without labels before it is fine-tuned. Writes real_rig.csv,
real_rig.md, real_rig_curves.png and real_rig_panel.png. Stop it at any time; the same
command goes on where it was, and finished cells are never trained again.

Settings are chosen with --stretch=validation, which never looks at the test stretch.
"""

import logging

from absl import app, flags

from hand_geo_keras.cli.scripts import resumable_script
from hand_geo_keras.scenarios.real_rig_data import STRETCHES
from hand_geo_keras.scenarios.real_rig_jobs import METHODS
from hand_geo_keras.scenarios.real_rig_profiles import REAL_RIG_PROFILES
from hand_geo_keras.scenarios.real_rig_run import run_real_rig

FLAGS = flags.FLAGS
flags.DEFINE_string(
    "recording", None, "Folder of a recording with 3D labels.", required=True
)
flags.DEFINE_string(
    "preset",
    None,
    "Folder or name of the dome's model, with encoder, decoder and pose head.",
    required=True,
)
flags.DEFINE_string(
    "dome",
    None,
    "Folder of a prepared dome, whose labelled images are rehearsed while the model is "
    "adapted and fine-tuned, so that it forgets no pose that the labels do not show.",
)
flags.DEFINE_string("out_dir", "runs/real_rig", "Folder to write to.")
flags.DEFINE_enum("profile", "standard", list(REAL_RIG_PROFILES), "Size of the run.")
flags.DEFINE_enum("stretch", "test", list(STRETCHES), "What is measured on.")
flags.DEFINE_list("seeds", None, "Seeds; by default the profile's.")
flags.DEFINE_list("labels", None, "Numbers of labelled images; the profile's.")
flags.DEFINE_list("methods", None, f"Columns, of {', '.join(METHODS)}.")
flags.DEFINE_string(
    "features",
    "auto",
    "ImageNet ResNet-18 weights of the feature loss: a file (.safetensors, .npz, "
    ".weights.h5), 'imagenet' (downloaded once), 'auto' (pixels only where they cannot "
    "be had), 'off' (pixels only) or 'none' (random).",
)


def main(_):
    # It warns of every new model's new graph, which is what a table consists of.
    logging.getLogger("tensorflow").setLevel(logging.ERROR)
    with resumable_script():
        _, text = run_real_rig(
            FLAGS.recording,
            FLAGS.preset,
            FLAGS.out_dir,
            REAL_RIG_PROFILES[FLAGS.profile],
            FLAGS.dome,
            FLAGS.stretch,
            *(
                None if flag is None else [int(value) for value in flag]
                for flag in (FLAGS.seeds, FLAGS.labels)
            ),
            FLAGS.methods,
            None if FLAGS.features == "none" else FLAGS.features,
        )
    print(text)
    print(f"Wrote {FLAGS.out_dir}/real_rig.csv, .md, _curves.png and _panel.png")


if __name__ == "__main__":
    app.run(main)
