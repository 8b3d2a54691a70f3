"""Results of the grid as `results.csv` and `table1.md`."""

import csv
import io
import os
import subprocess
from pathlib import Path

import numpy as np

from hand_geo_keras._version import __version__
from hand_geo_keras.errors import DatasetError
from hand_geo_keras.scenarios.grid_evaluation import METRICS
from hand_geo_keras.scenarios.grid_jobs import CONFIGURATIONS
from hand_geo_keras.scenarios.label_budgets import TABLE_1

COLUMNS = (
    "profile",
    "dataset",
    "seed",
    "budget",
    "annotations",
    "configuration",
    "n_mpjpe_mm",
    "mpjpe_mm",
    "pa_mpjpe_mm",
    "pck_auc",
    "train_seconds",
    "features",
    "commit",
)
_BUDGETS = {budget.name: budget for budget in TABLE_1}


def result_rows(results, profile, dataset, features, commit):
    """One row per cell for `results.csv`.

    Args:
        results: List of dicts of `run_cell`.
        profile: Name of the profile.
        dataset: Name of the dataset.
        features: Which features the image loss was taken with.
        commit: See `code_version`.

    Returns:
        List of dicts with the keys `COLUMNS`.
    """
    same = {
        "profile": profile,
        "dataset": dataset,
        "features": features,
        "commit": commit,
    }
    return [
        {name: row[name] for name in COLUMNS}
        for result in results
        for row in [{**same, **result, **_rounded(result["test"])}]
    ]


def read_results(path, profile, dataset):
    """Reads a `results.csv`, as it was written on another machine.

    Args:
        path: The file.
        profile, dataset: Names that its rows must have.

    Returns:
        List of dicts like those of `run_cell`, whose `test` has `n_mpjpe_mm`,
        `mpjpe_mm`, `pa_mpjpe_mm` and `pck_auc` only.

    Raises:
        DatasetError: If the file is missing, lacks a column, holds something that is
            no number, or is of another profile or dataset.
    """
    try:
        with open(path, newline="") as file:
            rows = list(csv.DictReader(file))
        results = [_result_of_row(row) for row in rows]
    except OSError as error:
        raise DatasetError(f"{path}: cannot be read ({error.strerror}).") from error
    except (KeyError, TypeError, ValueError) as error:
        raise DatasetError(
            f"{path}: is not a results.csv of run_scenarios ({error!r}); its columns "
            f"are {', '.join(COLUMNS)}."
        ) from error
    for result in results:
        if (result["profile"], result["dataset"]) != (profile, dataset):
            raise DatasetError(
                f"{path}: holds results of profile {result['profile']!r} on "
                f"{result['dataset']!r}, which do not belong into a table of "
                f"{profile!r} on {dataset!r}."
            )
    return results


def _result_of_row(row):
    result = {name: row[name] for name in COLUMNS}
    for name in ("seed", "annotations"):
        result[name] = int(result[name])
    result["train_seconds"] = float(result["train_seconds"])
    result["test"] = {name: float(result.pop(name)) for name in METRICS}
    return result


def summarize(results):
    """Mean and standard deviation over seeds of the test's N-MPJPE.

    Args:
        results: List of dicts of `run_cell`.

    Returns:
        dict from `(row name, configuration)` to `(mean, deviation, seeds)` in mm;
        rows with the fewest annotations first. The deviation of one seed is 0.
    """
    values = {}
    for result in sorted(results, key=lambda result: result["annotations"]):
        key = result["budget"], result["configuration"]
        values.setdefault(key, []).append(result["test"]["n_mpjpe_mm"])
    return {
        key: (
            float(np.mean(errors)),
            float(np.std(errors, ddof=1)) if len(errors) > 1 else 0.0,
            len(errors),
        )
        for key, errors in values.items()
    }


def table_cells(results):
    """Table 1 as text: ours, and the paper's number in brackets.

    Args:
        results: List of dicts of `run_cell`.

    Returns:
        `(header, rows)`: list of column titles and list of lists of text; the best
        configuration of each row is in `**`.
    """
    summary = summarize(results)
    counts = {result["budget"]: result["annotations"] for result in results}
    used = [name for name in CONFIGURATIONS if any(key[1] == name for key in summary)]
    header = ["annotations (paper)", "annotated", *used]
    rows = []
    for name in dict.fromkeys(key[0] for key in summary):
        budget = _BUDGETS[name]
        means = {c: summary[name, c][0] for c in used if (name, c) in summary}
        cells = []
        for configuration in used:
            ours = _with_deviation(summary.get((name, configuration)))
            if means.get(configuration) == min(means.values()):
                ours = f"**{ours}**"
            paper = budget.paper_n_mpjpe_mm.get(configuration)
            cells.append(f"{ours} ({paper:.1f})" if paper else ours)
        rows.append([f"{counts[name]} ({name})", budget.describe(), *cells])
    return header, rows


def markdown_table(header, rows):
    """A Markdown table as text."""
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def csv_text(rows, columns=COLUMNS):
    """Rows, such as those of `result_rows`, as CSV text."""
    buffer = io.StringIO()
    writer = csv.DictWriter(buffer, columns, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return buffer.getvalue()


def write_text(path, text):
    """Writes a text file atomically."""
    path = Path(path)
    temporary = path.with_name(path.name + ".tmp")
    temporary.write_text(text)
    os.replace(temporary, path)


def code_version():
    """The commit of the code, with `+` if files were changed; else the version."""
    folder = Path(__file__).resolve().parent
    try:
        commit = _git(folder, "rev-parse", "--short=10", "HEAD")
        changed = _git(folder, "status", "--porcelain", "--untracked-files=no")
    except (OSError, subprocess.CalledProcessError):
        return f"v{__version__}"
    return commit + ("+" if changed else "")


def _git(folder, *arguments):
    done = subprocess.run(
        ["git", "-C", str(folder), *arguments],
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.strip()


def _with_deviation(entry):
    if entry is None:
        return "–"
    mean, deviation, seeds = entry
    return f"{mean:.1f} ± {deviation:.1f}" if seeds > 1 else f"{mean:.1f}"


def _rounded(errors):
    return {
        name: round(value, 4)
        for name, value in errors.items()
        if isinstance(value, float)
    }
