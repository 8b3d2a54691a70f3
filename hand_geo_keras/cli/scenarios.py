"""Runs a study: a whole experiment from data to table, figures and report.

    hand-geo scenarios                      # nine minutes or more
    hand-geo scenarios --profile=full --out_dir=runs/full
    hand-geo scenarios --study=minutes --minutes=1,2,4

The default renders a small synthetic dome, prepares it, pre-trains encoders without
labels, fills Table 1 for two label budgets and writes results.csv, table1.md, fig3.png,
fig4.png and report.html to --out_dir. The studies are the modules of
hand_geo_keras.studies; each says what it does, takes and finds. Stop any of them at any
time; the same command resumes, and what is finished is never trained again.
"""

import argparse
import math
from typing import Any

from hand_geo_keras.cli.arguments import add_training_arguments, seed

SUMMARY = "run a study: Table 1, ablations, minutes, steps, fused views, your rig"
EXAMPLE = "hand-geo scenarios --profile=mini --precision=auto --out_dir=runs/mini"
STUDIES = (
    *("table1", "ablations", "minutes", "training_steps"),
    *("fused_views", "real_rig"),
)
# Named here so that --help needs no TensorFlow.
PROFILES = ("smoke", "mini", "full", "preset", "standard", "quick", "paper")
EXECUTORS = ("local", "ray")
# Options without which a study cannot run.
_REQUIRED = {"fused_views": ("preset", "dome"), "real_rig": ("recording", "preset")}

# All others take one seed.
_OF_SEVERAL_SEEDS = ("table1", "real_rig")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("--study", choices=STUDIES, default=STUDIES[0], help="(default: table1)")
    add("--profile", choices=PROFILES, help="size of everything (default: mini)")
    add(
        "--dataset",
        help="synthetic_tiny, synthetic_mini, synthetic_full; synthetic_wild_tiny, "
        "synthetic_wild_mini, synthetic_wild_full, in any room; or a folder of "
        "recordings with a splits.json that names train, validation and test "
        "subjects; by default the profile's",
    )
    add(
        "--out_dir",
        help="folder to write to; by default runs/<profile>, for other studies "
        "runs/<study>",
    )
    add(
        "--data_dir",
        help="folder of rendered and prepared data; <out_dir>/data by default",
    )
    add("--seeds", type=_list_of(seed), help="seeds, one for most studies")
    add("--budgets", type=_list_of(str), help="rows of Table 1, by the paper's counts")
    add("--configurations", type=_list_of(str), help="columns; by default all")
    add("--executor", choices=EXECUTORS, help="where cells are trained")
    add(
        "--features",
        help="ImageNet ResNet-18 weights of the feature loss: a file (.pth, "
        ".safetensors, .npz, .weights.h5), 'imagenet' (downloaded once), 'auto' "
        "(pixels only where they are not available), 'off' (pixels only) or 'none' "
        "(random)",
    )
    add(
        "--add_results",
        type=_list_of(str),
        help="results.csv files of other machines, whose cells join table and Fig. 3",
    )
    add(
        "--labels",
        type=_list_of(_at_least(int, 0)),
        help="numbers of labels; the study's if absent",
    )
    add("--steps", type=_at_least(int, 1), help="steps of pre-training")
    add(
        "--seconds",
        type=_at_least(float, 1),
        help="seconds of each model that is compared by time (default: 240)",
    )
    add(
        "--minutes",
        type=_list_of(_at_least(float, 0.001)),
        help="minutes of pre-training (default: 1,2,4,8)",
    )
    add(
        "--training_steps",
        type=_list_of(_at_least(int, 1)),
        help="steps of trainings on labels (default: 1000,2000,4000,8000)",
    )
    add(
        "--imagenet",
        help="ImageNet ResNet-18 weights of an ablation's row: a file, or 'imagenet' "
        "(downloaded once); the row is left out without them",
    )
    add(
        "--preset",
        help="folder or name of a trained model, with encoder, decoder and pose head",
    )
    add("--dome", help="folder of a prepared synthetic dataset")
    add("--views", type=_list_of(_at_least(int, 1)), help="numbers of views to fuse")
    add(
        "--subsets",
        type=_at_least(int, 1),
        help="random subsets per instant and number of views (default: 12)",
    )
    add("--recording", help="folder of a recording with 3D labels")
    add_training_arguments(parser)
    parser.set_defaults(precision=None)  # not every study trains
    add(
        "--split",
        choices=("validation", "test"),
        help="what of the recording is measured (default: test)",
    )


def run(args: argparse.Namespace) -> None:
    import importlib
    import logging

    from hand_geo_keras.errors import HandGeoError
    from hand_geo_keras.precision import use_deterministic_ops

    # It warns of every new model's new graph, which is what a study consists of.
    logging.getLogger("tensorflow").setLevel(logging.ERROR)
    if args.deterministic:
        use_deterministic_ops()
    study = importlib.import_module(f"hand_geo_keras.studies.{args.study}")
    options = options_of(args, study)
    try:
        study.run(options)
    except ImportError as reason:  # an executor or extra that is not installed
        raise HandGeoError(str(reason)) from reason
    table = next(file for file in study.FILES if file.endswith(".md"))
    print((options.folder / table).read_text())
    written = [file for file in study.FILES if (options.folder / file).is_file()]
    print(f"wrote {options.out_dir}/{', '.join(written)}")


def options_of(args: argparse.Namespace, study: Any) -> Any:
    """The arguments as `Options`, checked against what a study takes.

    Args:
        args: What the parser made of the command line.
        study: Module of `hand_geo_keras.studies`.

    Returns:
        `Options`.

    Raises:
        ValueError: If an argument does not belong to the study, one is missing, or
            there are more seeds than it takes.
    """
    from hand_geo_keras.studies.options import Options

    names = [name for name in Options.__dataclass_fields__ if name != "command"]
    given = {name: getattr(args, name) for name in names}
    given = {
        name: value
        for name, value in given.items()
        if value is not None and value is not False
    }
    for name in given:
        if name not in study.USES:
            raise ValueError(f"--{name} does not belong to --study={args.study}")
    for name in _REQUIRED.get(args.study, ()):
        if name not in given:
            raise ValueError(f"--study={args.study} needs --{name}")
    if len(given.get("seeds", ())) > 1 and args.study not in _OF_SEVERAL_SEEDS:
        raise ValueError(
            f"--study={args.study} takes one seed; call it once per seed, each with an "
            f"--out_dir of its own. Received: --seeds={','.join(map(str, args.seeds))}"
        )
    if given.get("features") == "none":
        given["features"] = None
    profile = given.get("profile", Options.profile)
    run_name = profile if args.study == STUDIES[0] else args.study
    defaults = {"out_dir": f"runs/{run_name}", "command": args.command_line}
    return Options(**{**defaults, **given})


def _list_of(kind):
    def read(text):
        values = [kind(part.strip()) for part in text.split(",") if part.strip()]
        if not values:
            raise ValueError(text)
        return values

    read.__name__ = f"list of {kind.__name__} with commas between"
    return read


def _at_least(kind, least):
    def read(text):
        value = kind(text)
        if not least <= value < math.inf:
            raise ValueError(text)
        return value

    read.__name__ = f"{kind.__name__} of {least} or more"
    return read
