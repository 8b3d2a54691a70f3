"""Results as tables: means over seeds, Markdown and CSV."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from hand_geo_keras.datasets.instant_folder import read_json
from hand_geo_keras.evaluation import METRICS
from hand_geo_keras.scenarios.job import Labels, job_of
from hand_geo_keras.scenarios.run_job import result_of
from hand_geo_keras.training.profiles import Profile
from hand_geo_keras.training.registry import ENTRIES

EMPTY = "–"


def finished_cells(
    out_dir: str | Path,
    profile: Profile,
    data: Any,
    preset: Any = None,
    group: str = "",
) -> dict[Any, Any]:
    """Cells that a folder holds with the current settings, of any call.

    Args:
        out_dir: Folder of the run.
        profile, data, preset, group: See `job_of`.

    Returns:
        dict from `Job` to its result.
    """
    found = {}
    for path in sorted((Path(out_dir) / group).glob("cells/*/result.json")):
        stored = read_json(path)
        name, seed = stored.get("configuration"), stored.get("seed")
        labels = read_json(path.with_name("job.json")).get("settings", {}).get("labels")
        if name not in ENTRIES:
            continue  # of an earlier version
        labels = Labels(**labels) if labels else None
        job = job_of(name, profile, data, seed, labels, stored["budget"], preset, group)
        result = result_of(job, out_dir)
        if result is not None:
            found[job] = result
    return found


def summarize(
    results: Any, metric: str = "n_mpjpe_mm", part: Any = "test"
) -> dict[Any, Any]:
    """Mean and std over seeds.

    Args:
        results: List of results of `run_job`.
        metric: Name in `METRICS`.
        part: `"validation"` or `"test"`.

    Returns:
        dict from `(budget, configuration)` to `(mean, std, seeds)`, in the order of
        `results`. The std of one seed is 0.
    """
    values = {}
    for result in results:
        key = result["budget"], result["configuration"]
        values.setdefault(key, []).append(result[part][metric])
    return {
        key: (
            float(np.mean(errors)),
            float(np.std(errors, ddof=1)) if len(errors) > 1 else 0.0,
            len(errors),
        )
        for key, errors in values.items()
    }


def table_rows(
    summary: dict[Any, Any],
    budgets: Any,
    configurations: Any,
    note: Callable[[Any, Any], str] = lambda budget, name: "",
) -> list[Any]:
    """Text of a table's cells; the best of each row is in `**`.

    Args:
        summary: dict of `summarize`.
        budgets: Rows.
        configurations: Columns.
        note: Function from row and column to text to append.

    Returns:
        List of lists of text, without a column of titles.
    """
    rows = []
    for budget in budgets:
        found = {
            c: summary[budget, c] for c in configurations if (budget, c) in summary
        }
        best = min(found, key=lambda c: found[c][0], default=None)
        cells = []
        for name in configurations:
            text = _with_std(found.get(name))
            text = f"**{text}**" if name == best else text
            cells.append(text + note(budget, name))
        rows.append(cells)
    return rows


def _with_std(entry):
    if entry is None:
        return EMPTY
    mean, std, seeds = entry
    return f"{mean:.1f} ± {std:.1f}" if seeds > 1 else f"{mean:.1f}"


def metric_columns(result: Any, part: Any = "test", digits: int = 4) -> dict[Any, Any]:
    """dict of the rounded `METRICS` of a part of a result, for a CSV row."""
    return {name: round(result[part][name], digits) for name in METRICS}


def markdown_table(header: Sequence[str], rows: Any) -> str:
    """A Markdown table as text."""
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)
