"""The scenario grid: Table 1, Fig. 3, Fig. 4 and a report from one call."""

import time
from pathlib import Path

from tqdm import tqdm

from hand_geo_keras.datasets.instant_folder import read_json
from hand_geo_keras.datasets.prepare import write_json
from hand_geo_keras.errors import DatasetError
from hand_geo_keras.scenarios.grid_dataset import dataset_of_profile
from hand_geo_keras.scenarios.grid_executors import EXECUTORS
from hand_geo_keras.scenarios.grid_jobs import (
    CONFIGURATIONS,
    Cell,
    Grid,
    result_of,
    start_of,
)
from hand_geo_keras.scenarios.grid_outputs import write_outputs
from hand_geo_keras.scenarios.grid_profiles import GRID_PROFILES
from hand_geo_keras.scenarios.results_table import read_results


def run_scenarios(
    profile_name,
    out_dir,
    dataset=None,
    data_dir=None,
    seeds=None,
    budgets=None,
    configurations=None,
    executor="local",
    features="auto",
    command="",
    add_results=(),
):
    """Fills the cells of Table 1 that are asked for, then writes all outputs.

    Cells that are finished are not trained again unless their settings, the data
    or the encoder that they start from changed; a stopped cell goes on from its
    last backup.

    Args:
        profile_name: Name in `GRID_PROFILES`; or a `(name, GridProfile)` pair.
        out_dir: Folder of encoders, cells, table, figures and report.
        dataset: See `prepare_dataset`; the profile's if None.
        data_dir: Folder of rendered and prepared data; `out_dir/data` if None.
        seeds: Seeds for all cells; the profile's if None.
        budgets: Names of rows of Table 1; the profile's if None.
        configurations: Columns; all of `CONFIGURATIONS` if None.
        executor: `"local"` or `"ray"`.
        features: Weights of the feature loss, see `ResNet18Features`.
        command: Command line, for the report.
        add_results: `results.csv` files of other machines, whose cells join table
            and Fig. 3. They must be of the same settings, which only the names of
            profile and dataset are checked for.

    Returns:
        List of the results of all requested cells.

    Raises:
        DatasetError: If the dataset cannot fill a requested row, or results to add
            are not of this profile and dataset.
        ValueError: If a configuration or the executor is unknown.

    Example:
        ```python
        run_scenarios("mini", "runs/mini", budgets=["64"])
        ```
    """
    start = time.time()
    if isinstance(profile_name, str):
        profile_name = (profile_name, GRID_PROFILES[profile_name])
    profile_name, profile = profile_name
    _check_names(configurations, executor)
    out_dir = Path(out_dir).absolute()
    prepared, data = dataset_of_profile(profile, out_dir, dataset, data_dir)
    grid = Grid(
        profile_name, profile, prepared, data.fingerprint, str(out_dir), features
    )
    cells = cells_of(profile, data, seeds, budgets, configurations)
    added = [
        result
        for path in add_results
        for result in read_results(path, profile_name, data.name)
    ]
    prepared_in = time.time() - start
    _run(cells, grid, EXECUTORS[executor])
    _add_run(out_dir, command, prepared_in, time.time() - start)
    write_outputs(grid, data, added)
    return [result_of(cell, grid) for cell in cells]


def cells_of(profile, data, seeds=None, budgets=None, configurations=None):
    """The cells that are asked for, smallest budgets first.

    Args:
        profile: `GridProfile`.
        data: `GridDataset`.
        seeds: Seeds; the profile's, with its extra seeds for small budgets, if None.
        budgets: Names of rows; the profile's, or all that the data fills, if None.
        configurations: Columns; all if None.

    Returns:
        List of `Cell`.

    Raises:
        DatasetError: If the data cannot fill a row that was asked for.
    """
    rows = data.budgets
    wanted = budgets or profile.budgets or tuple(rows)
    missing = [name for name in wanted if name not in rows]
    if missing:
        raise DatasetError(
            f"Dataset {data.name!r} is too small for the rows {missing} of Table 1; "
            f"it can fill {sorted(rows, key=int)}"
        )
    cells = []
    for name in (name for name in rows if name in wanted):
        _, annotations = rows[name]
        chosen = seeds
        if seeds is None:
            small = annotations <= profile.extra_seeds_up_to
            chosen = (*profile.seeds, *(profile.extra_seeds if small else ()))
        cells += [
            Cell(configuration, name, annotations, seed)
            for seed in chosen
            for configuration in configurations or CONFIGURATIONS
        ]
    return cells


def _run(cells, grid, execute):
    """Trains what is not finished: first the encoders, then the cells."""
    starts = _starts_of(cells, grid)
    starts = dict.fromkeys([*_starts_of(starts, grid), *starts])
    common = [job for job in starts if job.kind == "common"]
    encoders = [job for job in starts if job.kind != "common"]
    todo = [
        [job for job in jobs if result_of(job, grid) is None]
        for jobs in (common, encoders, cells)
    ]
    costs = {job: _cost(job, grid.profile) for jobs in todo for job in jobs}
    with tqdm(
        total=sum(costs.values()),
        bar_format="{desc} {percentage:3.0f}%|{bar}| {elapsed}<{remaining}{postfix}",
    ) as bar:
        for kind, jobs in zip(("common steps", "encoders", "cells"), todo):
            for number, (job, result) in enumerate(execute(jobs, grid), 1):
                bar.set_description(f"{kind} {number}/{len(jobs)}", refresh=False)
                bar.set_postfix_str(_note(job, result), refresh=False)
                bar.update(costs[job])


def _starts_of(jobs, grid):
    """What has to be finished before some jobs, without repetition."""
    starts = dict.fromkeys(start_of(job, grid) for job in jobs)
    return [start for start in starts if start is not None]


def _note(job, result):
    if "test" not in result:
        return job.name
    return f"{job.name}: {result['test']['n_mpjpe_mm']:.1f} mm"


def _cost(job, profile):
    """Roughly proportional to the seconds that a job takes, for the bar's estimate."""
    if not isinstance(job, Cell):
        training = profile.pre_training
        common = training.common_steps
        steps = common if job.kind == "common" else training.steps - common
        return 4 * training.quads * steps
    if job.configuration.startswith("pre_trained"):
        return profile.head.steps(job.annotations)
    settings = getattr(profile, job.configuration)
    images = 4 * getattr(settings, "quads", 0) + 0.4 * settings.batch
    return round(images * settings.steps(job.annotations))


def _add_run(out_dir, command, prepared_in, total):
    """Appends this call to the list of calls that filled the folder."""
    path = out_dir / "runs.json"
    runs = read_json(path).get("runs", [])
    seconds = {"preparation": round(prepared_in, 1), "total": round(total, 1)}
    runs.append({"command": command, "seconds": seconds})
    write_json(path, {"runs": runs})


def _check_names(configurations, executor):
    unknown = set(configurations or ()) - set(CONFIGURATIONS)
    if unknown:
        raise ValueError(
            f"Configurations must be among {CONFIGURATIONS}. "
            f"Received: configurations={configurations}"
        )
    if executor not in EXECUTORS:
        raise ValueError(
            f"The executor must be one of {sorted(EXECUTORS)}. "
            f"Received: executor={executor!r}"
        )
