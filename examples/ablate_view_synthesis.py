"""Compares image losses, backgrounds and models of view synthesis.

    python examples/ablate_view_synthesis.py --imagenet=resnet18-f37072fd.pth

Renders and prepares the mini dome if need be, pre-trains without labels once per row,
trains pose heads on 64 and 640 labels on each frozen encoder, and writes three tables
to --out_dir: ablations.md and ablations.csv. Stop it at any time; the same command goes
on where it was.
"""

import dataclasses
import logging
import shlex
import sys

from absl import app, flags

from hand_geo_keras.cli.scripts import resumable_script
from hand_geo_keras.scenarios.ablations_run import run_ablations
from hand_geo_keras.scenarios.grid_profiles import GRID_PROFILES

FLAGS = flags.FLAGS
flags.DEFINE_enum(
    "profile", "mini", list(GRID_PROFILES), "Networks and trainings of all rows."
)
flags.DEFINE_string(
    "dataset", None, "As of run_scenarios.py; by default the profile's."
)
flags.DEFINE_string("out_dir", "runs/ablations", "Folder to write to.")
flags.DEFINE_string(
    "data_dir", None, "Folder of rendered and prepared data; <out_dir>/data by default."
)
flags.DEFINE_integer(
    "steps",
    None,
    "Steps of pre-training in the tables of losses and backgrounds; by default the "
    "profile's.",
    lower_bound=1,
)
flags.DEFINE_float(
    "seconds",
    240.0,
    "Seconds of pre-training of each model in the table of models.",
    lower_bound=1.0,
)
flags.DEFINE_list("labels", ["64", "640"], "Numbers of labels of the pose heads.")
flags.DEFINE_string(
    "imagenet",
    None,
    "ImageNet ResNet-18 weights: a file, or 'imagenet' (downloaded once); the row is "
    "left out without them.",
)
flags.DEFINE_integer("seed", 0, "Seed of all rows.")


def main(_):
    # It warns of every new model's new graph, which is what a grid consists of.
    logging.getLogger("tensorflow").setLevel(logging.ERROR)
    profile = GRID_PROFILES[FLAGS.profile]
    if FLAGS.steps:
        training = dataclasses.replace(profile.pre_training, steps=FLAGS.steps)
        profile = dataclasses.replace(profile, pre_training=training)
    with resumable_script(ValueError):
        run_ablations(
            profile,
            FLAGS.out_dir,
            FLAGS.dataset,
            FLAGS.data_dir,
            [int(count) for count in FLAGS.labels],
            FLAGS.seconds,
            FLAGS.imagenet,
            FLAGS.seed,
            command=shlex.join(["python", *sys.argv]),
        )
    with open(f"{FLAGS.out_dir}/ablations.md") as table:
        print(table.read())
    print(f"Wrote {FLAGS.out_dir}/ablations.md and ablations.csv")


if __name__ == "__main__":
    app.run(main)
