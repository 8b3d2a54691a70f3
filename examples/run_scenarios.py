"""Fills Table 1: label budgets x configurations x seeds, with figures and a report.

    python examples/run_scenarios.py                      # a quarter of an hour
    python examples/run_scenarios.py --profile=full --out_dir=runs/full

The default renders a small synthetic dome, prepares it, pre-trains encoders without
labels, fills the table for two label budgets and writes results.csv, table1.md,
fig3.png, fig4.png and report.html to --out_dir. Stop it at any time; the same
command goes on where it was, and finished cells are never trained again.
"""

import logging
import shlex
import sys

from absl import app, flags

from hand_geo_keras.cli.scripts import resumable_script
from hand_geo_keras.scenarios.grid_executors import EXECUTORS
from hand_geo_keras.scenarios.grid_jobs import CONFIGURATIONS
from hand_geo_keras.scenarios.grid_profiles import GRID_PROFILES
from hand_geo_keras.scenarios.grid_run import run_scenarios

FLAGS = flags.FLAGS
flags.DEFINE_enum("profile", "mini", list(GRID_PROFILES), "Size of everything.")
flags.DEFINE_string(
    "dataset",
    None,
    "synthetic_tiny, synthetic_mini, synthetic_full, or a folder of recordings with "
    "a splits.json that names train, validation and test subjects; by default the "
    "profile's.",
)
flags.DEFINE_string("out_dir", None, "Folder to write to; runs/<profile> by default.")
flags.DEFINE_string(
    "data_dir", None, "Folder of rendered and prepared data; <out_dir>/data by default."
)
flags.DEFINE_list("seeds", None, "Seeds; by default the profile's.")
flags.DEFINE_list("budgets", None, "Rows of Table 1, by the paper's counts.")
flags.DEFINE_list("configurations", None, f"Columns, of {', '.join(CONFIGURATIONS)}.")
flags.DEFINE_enum("executor", "local", list(EXECUTORS), "Where cells are trained.")
flags.DEFINE_string(
    "features",
    "auto",
    "ImageNet ResNet-18 weights of the feature loss: a file (.pth, .safetensors, .npz, "
    ".weights.h5), 'imagenet' (downloaded once), 'auto' (pixels only where they cannot "
    "be had), 'off' (pixels only) or 'none' (random).",
)
flags.DEFINE_list(
    "add_results",
    [],
    "results.csv files of other machines, whose cells join the table and Fig. 3.",
)


def main(_):
    # It warns of every new model's new graph, which is what a grid consists of.
    logging.getLogger("tensorflow").setLevel(logging.ERROR)
    out_dir = FLAGS.out_dir or f"runs/{FLAGS.profile}"
    with resumable_script(ValueError, ImportError):
        run_scenarios(
            FLAGS.profile,
            out_dir,
            FLAGS.dataset,
            FLAGS.data_dir,
            None if FLAGS.seeds is None else [int(seed) for seed in FLAGS.seeds],
            FLAGS.budgets,
            FLAGS.configurations,
            FLAGS.executor,
            None if FLAGS.features == "none" else FLAGS.features,
            command=shlex.join(["python", *sys.argv]),
            add_results=FLAGS.add_results,
        )
    with open(f"{out_dir}/table1.md") as table:
        print(table.read())
    print(f"Wrote {out_dir}/report.html, results.csv, table1.md, fig3.png, fig4.png")


if __name__ == "__main__":
    app.run(main)
