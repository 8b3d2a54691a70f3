"""Table 1 of the paper: label budgets x configurations x seeds, with Fig. 3 and Fig. 4.

    hand-geo scenarios --profile=mini --precision=auto --out_dir=runs/mini
    hand-geo scenarios --profile=full --out_dir=runs/full --preset=hand_128

With `--preset`, two columns are added, on crops of that trained model's size: the model
as it is (`zero_shot`), and trained further (`tuned_joints`).

| profile | two CPU cores | 64 labels: supervised, pre_trained, bootstrapped |
|---|---|---|
| mini | eight to nine minutes | 54.7, 40.5, 28.4 mm |
| full | several hours | 52.4, 29.1, 15.5 mm; `tuned_joints` 8.6 |
"""

import dataclasses
import time
from typing import Any

from hand_geo_keras.datasets.instant_folder import read_json
from hand_geo_keras.datasets.prepared_data import PreparedData
from hand_geo_keras.errors import DatasetError
from hand_geo_keras.io import write_json
from hand_geo_keras.scenarios.job import Job, job_of
from hand_geo_keras.scenarios.run_data import started
from hand_geo_keras.scenarios.run_jobs import run_jobs
from hand_geo_keras.scenarios.table import finished_cells
from hand_geo_keras.studies.label_budgets import budgets_of
from hand_geo_keras.studies.options import DATA_FLAGS, Options
from hand_geo_keras.studies.table1_outputs import read_results, write_outputs
from hand_geo_keras.training.profiles import Profile
from hand_geo_keras.training.registry import CONFIGURATIONS, ENTRIES

USES = (
    *DATA_FLAGS,
    *("budgets", "configurations", "features", "preset", "add_results"),
)
FILES = (
    *("report.html", "results.csv", "table1.md"),
    *("fig3.png", "fig4.png", "view_angles.png"),
)
# Budgets of few annotations are cheap and differ much between seeds.
_FEW, _EXTRA_SEEDS = 640, (1, 2)
# Columns that start from a preset, where one is given.
_FROM_PRESET = ("zero_shot", "tuned_joints")


@dataclasses.dataclass(frozen=True)
class Plan:
    """Rows, seeds and columns of a profile's table by default.

    Args:
        budgets: Rows of Table 1; all that the dataset can fill if empty.
        extra_seeds: Seeds beside 0 for rows of up to 640 annotations.
        left_out: Columns that are trained only if they are asked for.
    """

    budgets: tuple[str, ...] = ()
    extra_seeds: tuple[int, ...] = ()
    left_out: tuple[str, ...] = ()


PLANS = {
    "smoke": Plan(("6512",)),
    # `bootstrapped` is better than `fine_tuned` in the same time.
    "mini": Plan(("64", "28592"), left_out=("fine_tuned",)),
    "full": Plan((), _EXTRA_SEEDS),
    "preset": Plan(("28592",)),
    "paper": Plan((), _EXTRA_SEEDS),
}


def run(options: Options) -> list[Any]:
    """Fills the cells that are asked for, then writes all outputs.

    Cells that are finished are not trained again unless their settings, the data or
    the encoder that they start from changed; a stopped cell resumes.

    Args:
        options: `Options`.

    Returns:
        List of the results of all requested cells.

    Raises:
        DatasetError: If the dataset cannot fill a requested row, or results to add
            are not of this profile and dataset.
        ValueError: If a configuration or the executor is unknown.
    """
    start = time.time()
    _check(options)
    profile, data = options.settings(), options.prepared()
    split = data.load()
    beginning = _beginning_of_preset(options, profile, data)
    jobs = cells_of(options, profile, data, split, beginning)
    added = [
        result
        for path in options.add_results
        for result in read_results(path, options.profile, split.name)
    ]
    prepared_in = time.time() - start
    results = run_jobs(jobs, options.folder, options.executor)
    _note_run(options, prepared_in, time.time() - start)
    asked_for = {job: results[job] for job in jobs}
    # The table keeps the cells of earlier calls.
    finished = finished_cells(options.folder, profile, data)
    if options.preset:
        finished |= finished_cells(options.folder, *beginning)
    finished |= asked_for
    write_outputs(options, split, finished, added)
    return list(asked_for.values())


def _beginning_of_preset(options, profile, data):
    """`(profile, data, preset)` of the cells that start from the preset, if any do."""
    preset, profile = started(options.preset, profile, None)
    if preset is not None:
        data = options.prepared(profile.network.image_size)
    return profile, data, preset


def cells_of(
    options: Options,
    profile: Profile,
    data: PreparedData,
    split: Any,
    beginning: tuple[Any, Any, Any] = (None, None, None),
) -> list[Job]:
    """The cells that are asked for, smallest budgets first.

    Args:
        options: `Options`.
        profile: `Profile`.
        data: `PreparedData`.
        split: Its `Split`.
        beginning: Profile, data and preset of the columns that start from a preset.

    Returns:
        List of `Job`.

    Raises:
        DatasetError: If the data cannot fill a row that was asked for.
        ValueError: If the profile leaves out a column that was asked for.
    """
    plan, rows = PLANS.get(options.profile, Plan()), budgets_of(split)
    wanted = options.budgets or plan.budgets or tuple(rows)
    missing = [name for name in wanted if name not in rows]
    if missing:
        raise DatasetError(
            f"Dataset {split.name!r} is too small for the rows {missing} of Table 1; "
            f"it can fill {sorted(rows, key=int)}"
        )
    trained = [
        name for name in CONFIGURATIONS if ENTRIES[name].config(profile) is not None
    ]
    names = options.configurations or (
        *(name for name in trained if name not in plan.left_out),
        *(_FROM_PRESET if options.preset else ()),
    )
    left_out = sorted({*names} - {*trained, *_FROM_PRESET})
    if left_out:
        raise ValueError(
            f"The profile {options.profile!r} leaves out the configurations "
            f"{left_out}; it has {trained}"
        )
    jobs, seen = [], set()
    for row in (name for name in rows if name in wanted):
        for seed in _seeds(options, plan, rows[row]):
            for name in names:
                if name == "zero_shot" and name in seen:
                    continue  # it looks at no label: one cell says all
                start = (profile, data, None)
                if name in _FROM_PRESET:
                    start = beginning
                seen.add(name)
                labels = rows[row]
                jobs.append(
                    job_of(name, start[0], start[1], seed, labels, row, start[2])
                )
    return jobs


def _seeds(options, plan, labels):
    if options.seeds is not None:
        return options.seeds
    return (0, *(plan.extra_seeds if labels.count <= _FEW else ()))


def _note_run(options, prepared_in, total):
    """Appends this call to the list of calls that filled the folder."""
    path = options.folder / "runs.json"
    runs = read_json(path).get("runs", [])
    seconds = {"preparation": round(prepared_in, 1), "total": round(total, 1)}
    runs.append({"command": options.command, "seconds": seconds})
    write_json(path, {"runs": runs})


def _check(options):
    known = (*CONFIGURATIONS, *_FROM_PRESET)
    names = set(options.configurations or ())
    if names - set(known):
        raise ValueError(
            f"Configurations must be among {known}. "
            f"Received: configurations={options.configurations}"
        )
    if names & set(_FROM_PRESET) and not options.preset:
        raise ValueError(
            f"The configurations {_FROM_PRESET} start from a trained model; name one, "
            f"such as --preset=hand_128. Received: configurations="
            f"{options.configurations}"
        )
