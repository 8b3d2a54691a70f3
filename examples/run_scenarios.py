"""Runs a study: whole experiments from data to table, figures and report.

    python examples/run_scenarios.py                      # a quarter of an hour
    python examples/run_scenarios.py --profile=full --out_dir=runs/full
    python examples/run_scenarios.py --study=minutes --minutes=1,2,4

The default renders a small synthetic dome, prepares it, pre-trains encoders without
labels, fills Table 1 for two label budgets and writes results.csv, table1.md, fig3.png,
fig4.png and report.html to --out_dir. The studies are the files of examples/studies;
each says what it does, takes and finds. Stop any of them at any time; the same command
resumes, and what is finished is never trained again.
"""

import importlib
import logging
import shlex
import sys
from pathlib import Path

from absl import app, flags

from hand_geo_keras.cli.scripts import resumable_script
from hand_geo_keras.scenarios.run_jobs import EXECUTORS
from hand_geo_keras.training.profiles import PROFILES

sys.path.insert(0, str(Path(__file__).resolve().parent))
from studies.options import Options

STUDIES = ("table1", "ablations", "minutes", "fused_views", "real_rig")

FLAGS = flags.FLAGS
flags.DEFINE_enum("study", "table1", STUDIES, "File of examples/studies to run.")
flags.DEFINE_enum("profile", "mini", list(PROFILES), "Size of everything.")
flags.DEFINE_string(
    "dataset",
    None,
    "synthetic_tiny, synthetic_mini, synthetic_full, or a folder of recordings with "
    "a splits.json that names train, validation and test subjects; by default the "
    "profile's.",
)
flags.DEFINE_string(
    "out_dir",
    None,
    "Folder to write to; by default runs/<profile>, for other studies runs/<study>.",
)
flags.DEFINE_string(
    "data_dir", None, "Folder of rendered and prepared data; <out_dir>/data by default."
)
flags.DEFINE_list("seeds", None, "Seeds; by default the study's.")
flags.DEFINE_list("budgets", None, "Rows of Table 1, by the paper's counts.")
flags.DEFINE_list("configurations", None, "Columns; by default all of the study.")
flags.DEFINE_enum("executor", "local", list(EXECUTORS), "Where cells are trained.")
flags.DEFINE_string(
    "features",
    "auto",
    "ImageNet ResNet-18 weights of the feature loss: a file (.pth, .safetensors, .npz, "
    ".weights.h5), 'imagenet' (downloaded once), 'auto' (pixels only where they are "
    "not available), 'off' (pixels only) or 'none' (random).",
)
flags.DEFINE_list(
    "add_results",
    [],
    "results.csv files of other machines, whose cells join the table and Fig. 3.",
)
flags.DEFINE_list("labels", None, "Numbers of labels; by default the study's.")
flags.DEFINE_integer("steps", None, "Steps of pre-training.", lower_bound=1)
flags.DEFINE_float(
    "seconds", 240.0, "Seconds of each model that is compared by time.", lower_bound=1
)
flags.DEFINE_list("minutes", ["1", "2", "4", "8"], "Minutes of pre-training.")
flags.DEFINE_string(
    "imagenet",
    None,
    "ImageNet ResNet-18 weights of an ablation's row: a file, or 'imagenet' "
    "(downloaded once); the row is left out without them.",
)
flags.DEFINE_string(
    "preset",
    None,
    "Folder or name of a trained model, with encoder, decoder and pose head.",
)
flags.DEFINE_string("dome", None, "Folder of a prepared synthetic dataset.")
flags.DEFINE_list("views", ["1", "2", "4", "8"], "Numbers of views to fuse.")
flags.DEFINE_integer(
    "subsets", 12, "Random subsets per instant and number of views.", lower_bound=1
)
flags.DEFINE_string("recording", None, "Folder of a recording with 3D labels.")
flags.DEFINE_enum(
    "split", "test", ["validation", "test"], "What of the recording is measured."
)
_NUMBERS = {"seeds": int, "labels": int, "views": int, "minutes": float}
# Flags without which a study cannot run.
_REQUIRED = {"fused_views": ("preset", "dome"), "real_rig": ("recording", "preset")}


def options_of(study):
    """The flags as `Options`, checked against what a study takes.

    Raises:
        ValueError: If a flag does not belong to the study, or one is missing.
    """
    values = {
        name: FLAGS[name].value
        for name in Options.__dataclass_fields__
        if name in FLAGS
    }
    for name in values:
        if FLAGS[name].present and name not in study.USES:
            raise ValueError(f"--{name} does not belong to --study={FLAGS.study}")
    for name in _REQUIRED.get(FLAGS.study, ()):
        if not values[name]:
            raise ValueError(f"--study={FLAGS.study} needs --{name}")
    for name, number in _NUMBERS.items():
        if values[name] is not None:
            values[name] = [number(value) for value in values[name]]
    is_table = FLAGS.study == "table1"
    values["out_dir"] = (
        FLAGS.out_dir or f"runs/{FLAGS.profile if is_table else FLAGS.study}"
    )
    values["features"] = None if FLAGS.features == "none" else FLAGS.features
    values["command"] = shlex.join(["python", *sys.argv])
    return Options(**values)


def main(_):
    # It warns of every new model's new graph, which is what a study consists of.
    logging.getLogger("tensorflow").setLevel(logging.ERROR)
    study = importlib.import_module(f"studies.{FLAGS.study}")
    with resumable_script(ValueError, ImportError):
        options = options_of(study)
        study.run(options)
    table = next(file for file in study.FILES if file.endswith(".md"))
    print((options.folder / table).read_text())
    print(f"Wrote {options.out_dir}/{', '.join(study.FILES)}")


if __name__ == "__main__":
    app.run(main)
