"""Table 1 of the paper: label budgets x configurations x seeds, with Fig. 3 and Fig. 4.

    hand-geo scenarios --profile=mini --out_dir=runs/mini
    hand-geo scenarios --profile=full --out_dir=runs/full

| profile | two CPU cores | 64 labels: supervised, pre_trained, fine_tuned |
|---|---|---|
| mini | a quarter of an hour | 52.9, 40.7, 37.1 mm |
| full | a few hours | 51.8, 32.2, 25.1 mm |
"""

import dataclasses
import time
from typing import Any

from hand_geo_keras.datasets.instant_folder import read_json
from hand_geo_keras.datasets.prepared_data import PreparedData
from hand_geo_keras.errors import DatasetError
from hand_geo_keras.io import write_json
from hand_geo_keras.scenarios.job import Job, job_of
from hand_geo_keras.scenarios.run_jobs import run_jobs
from hand_geo_keras.scenarios.table import finished_cells
from hand_geo_keras.studies.label_budgets import budgets_of
from hand_geo_keras.studies.options import DATA_FLAGS, Options
from hand_geo_keras.studies.table1_outputs import read_results, write_outputs
from hand_geo_keras.training.profiles import Profile
from hand_geo_keras.training.registry import CONFIGURATIONS

USES = (*DATA_FLAGS, "budgets", "configurations", "features", "add_results")
FILES = ("report.html", "results.csv", "table1.md", "fig3.png", "fig4.png")
# Budgets of few annotations are cheap and differ much between seeds.
_FEW, _EXTRA_SEEDS = 640, (1, 2)


@dataclasses.dataclass(frozen=True)
class Plan:
    """Rows and seeds of a profile's table by default.

    Args:
        budgets: Rows of Table 1; all that the dataset can fill if empty.
        extra_seeds: Seeds beside 0 for rows of up to 640 annotations.
    """

    budgets: tuple[str, ...] = ()
    extra_seeds: tuple[int, ...] = ()


PLANS = {
    "smoke": Plan(("6512",)),
    "mini": Plan(("64", "28592")),
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
    _check(options.configurations)
    profile, data = options.settings(), options.prepared()
    split = data.load()
    jobs = cells_of(options, profile, data, split)
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
    finished = finished_cells(options.folder, profile, data) | asked_for
    write_outputs(options, split, finished, added)
    return list(asked_for.values())


def cells_of(
    options: Options, profile: Profile, data: PreparedData, split: Any
) -> list[Job]:
    """The cells that are asked for, smallest budgets first.

    Args:
        options: `Options`.
        profile: `Profile`.
        data: `PreparedData`.
        split: Its `Split`.

    Returns:
        List of `Job`.

    Raises:
        DatasetError: If the data cannot fill a row that was asked for.
    """
    plan, rows = PLANS.get(options.profile, Plan()), budgets_of(split)
    wanted = options.budgets or plan.budgets or tuple(rows)
    missing = [name for name in wanted if name not in rows]
    if missing:
        raise DatasetError(
            f"Dataset {split.name!r} is too small for the rows {missing} of Table 1; "
            f"it can fill {sorted(rows, key=int)}"
        )
    return [
        job_of(configuration, profile, data, seed, rows[name], name)
        for name in rows
        if name in wanted
        for seed in _seeds(options, plan, rows[name])
        for configuration in options.configurations or CONFIGURATIONS
    ]


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


def _check(configurations):
    unknown = set(configurations or ()) - set(CONFIGURATIONS)
    if unknown:
        raise ValueError(
            f"Configurations must be among {CONFIGURATIONS}. "
            f"Received: configurations={configurations}"
        )
