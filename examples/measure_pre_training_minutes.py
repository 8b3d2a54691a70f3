"""Measures how the pose error falls with the minutes of pre-training.

    python examples/measure_pre_training_minutes.py --minutes=1,2,4,8

Renders and prepares the dome if need be, pre-trains one encoder without labels per
number of minutes, trains pose heads on 64 and 640 labels on each, and writes
pre_training_minutes.csv, .md and .png to --out_dir. Stop it at any time; the same
command goes on where it was.
"""

import logging
import shlex
import sys

from absl import app, flags

from hand_geo_keras.cli.scripts import resumable_script
from hand_geo_keras.scenarios.grid_profiles import GRID_PROFILES
from hand_geo_keras.scenarios.pre_training_minutes import measure_pre_training_minutes

FLAGS = flags.FLAGS
flags.DEFINE_enum("profile", "mini", list(GRID_PROFILES), "Networks and trainings.")
flags.DEFINE_list("minutes", ["1", "2", "4", "8"], "Minutes of pre-training.")
flags.DEFINE_string(
    "dataset", None, "As of run_scenarios.py; by default the profile's."
)
flags.DEFINE_string("out_dir", "runs/pre_training_minutes", "Folder to write to.")
flags.DEFINE_string(
    "data_dir", None, "Folder of rendered and prepared data; <out_dir>/data by default."
)
flags.DEFINE_list("labels", ["64", "640"], "Numbers of labels of the pose heads.")
flags.DEFINE_string("features", "auto", "As of run_scenarios.py.")
flags.DEFINE_integer("seed", 0, "Seed of everything.")


def main(_):
    # It warns of every new model's new graph, which is what a grid consists of.
    logging.getLogger("tensorflow").setLevel(logging.ERROR)
    with resumable_script(ValueError):
        text = measure_pre_training_minutes(
            GRID_PROFILES[FLAGS.profile],
            [float(minutes) for minutes in FLAGS.minutes],
            FLAGS.out_dir,
            FLAGS.dataset,
            FLAGS.data_dir,
            [int(count) for count in FLAGS.labels],
            None if FLAGS.features == "none" else FLAGS.features,
            FLAGS.seed,
            command=shlex.join(["python", *sys.argv]),
        )
    print(text)
    print(f"Wrote {FLAGS.out_dir}/pre_training_minutes.csv, .md and .png")


if __name__ == "__main__":
    app.run(main)
