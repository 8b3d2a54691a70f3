"""Writes what the ablations have found: CSV and Markdown tables."""

import csv
import io
from pathlib import Path

from hand_geo_keras.scenarios.results_table import (
    code_version,
    markdown_table,
    write_text,
)

_NONE = "–"
_EQUAL = {
    "image loss": "Equal numbers of steps.",
    "background": "Equal numbers of steps.",
    "model": "Equal seconds of pre-training: `steps` is what fitted into them.",
}


def write_ablations(out_dir, tables, data, baseline, seed, command):
    """Writes `ablations.csv` and `ablations.md`.

    Args:
        out_dir: Folder to write to.
        tables: dict from table to dict from row to a result of `measured`.
        data: `GridDataset`.
        baseline: dict from stretch to the N-MPJPE in mm of the mean pose.
        seed: Seed of all rows.
        command: Command line that filled the tables.
    """
    facts = {"dataset": data.name, "seed": seed, "commit": code_version()}
    rows = csv_rows(tables, baseline, {**facts, "command": command})
    buffer = io.StringIO()
    writer = csv.DictWriter(buffer, rows[0], lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    write_text(Path(out_dir) / "ablations.csv", buffer.getvalue())
    text = markdown_text(tables, baseline, data, facts, command)
    write_text(Path(out_dir) / "ablations.md", text)


def csv_rows(tables, baseline, facts):
    """One dict per table, row, stretch and number of labels.

    Args:
        tables, baseline: See `write_ablations`.
        facts: dict of columns that are the same everywhere.

    Returns:
        List of dicts with the same keys.
    """
    return [
        {
            "table": table,
            "row": row,
            "stretch": stretch,
            "labels": labels,
            "n_mpjpe_mm": errors[stretch],
            "mean_pose_n_mpjpe_mm": baseline[stretch],
            "psnr_hand_db": result["psnr_hand_db"][stretch],
            "image_loss": result["image_loss"],
            "preset": result["network"]["preset"],
            "background_mode": result["network"]["background_mode"],
            "image_size": result["network"]["image_size"],
            "parameters": result["parameters"],
            "steps": result["steps"],
            "seconds": result["seconds"],
            **facts,
        }
        for table, results in tables.items()
        for row, result in results.items()
        for labels, errors in result["n_mpjpe_mm"].items()
        for stretch in errors
    ]


def markdown_text(tables, baseline, data, facts, command):
    """The three tables and what was measured where, as Markdown.

    Args:
        tables, baseline, data, command: See `write_ablations`.
        facts: dict with `dataset`, `seed` and `commit`.

    Returns:
        str.
    """
    parts = [
        f"# Ablations: dataset {facts['dataset']}, seed {facts['seed']}",
        f"`{command}` (code {facts['commit']})",
        _what_was_measured(data, baseline),
    ]
    for table, results in tables.items():
        parts += [
            f"## By {table}",
            _EQUAL[table] + _same_for_all(results),
            markdown_table(*table_cells(table, results, baseline)),
        ]
    return "\n\n".join(parts) + "\n"


def table_cells(table, results, baseline):
    """One table as text.

    Args:
        table: What is compared.
        results: dict from row to a result of `measured`.
        baseline: dict from stretch to the N-MPJPE in mm of the mean pose.

    Returns:
        `(header, rows)`: list of column titles and list of lists of text.
    """
    titles, columns, means = measured_columns(results, baseline)
    header = [table, "parameters", "steps", "seconds", *titles]
    rows = []
    for (row, result), values in zip(results.items(), columns):
        sizes = (f"{result['parameters']:,}", str(result["steps"]))
        rows.append([row, *sizes, f"{result['seconds']:.0f}", *values])
    return header, [*rows, ["mean pose", _NONE, _NONE, _NONE, *means]]


def measured_columns(results, baseline):
    """What was measured of each encoder and its heads, as text.

    Args:
        results: dict from row to a result of `measured`.
        baseline: dict from stretch to the N-MPJPE in mm of the mean pose.

    Returns:
        `(titles, rows, means)`: list of column titles, list of lists of text in the
        order of `results`, and the list of text of the mean pose.
    """
    first = next(iter(results.values()))
    stretches, counts = list(baseline), list(first["n_mpjpe_mm"])
    titles = [f"hand PSNR, dB, {stretch}" for stretch in stretches]
    titles += [f"mm, {n} labels, {stretch}" for n in counts for stretch in stretches]
    rows = []
    for result in results.values():
        errors = [result["n_mpjpe_mm"][n][s] for n in counts for s in stretches]
        psnr = [f"{result['psnr_hand_db'][stretch]:.2f}" for stretch in stretches]
        rows.append([*psnr, *(f"{mm:.1f}" for mm in errors)])
    means = [f"{baseline[stretch]:.1f}" for stretch in stretches] * len(counts)
    return titles, rows, [*(_NONE for _ in stretches), *means]


def _same_for_all(results):
    """What the rows share of image loss, model and background."""
    first = next(iter(results.values()))
    values = {
        "image loss": lambda result: result["image_loss"],
        "model": lambda result: result["network"]["preset"],
        "background": lambda result: result["network"]["background_mode"],
    }
    shared = [
        f"{name} {value(first)}"
        for name, value in values.items()
        if len({value(result) for result in results.values()}) == 1
    ]
    return f" In all rows: {'; '.join(shared)}."


def _what_was_measured(data, baseline):
    places = [
        f"{stretch}: {len(data.evaluation_views(stretch))} labelled images of "
        f"{', '.join(data.subjects[stretch])}"
        for stretch in baseline
    ]
    chosen = (
        "Settings were chosen on the validation subjects only; the test subjects were "
        "measured and not chosen on."
        if "validation" in baseline
        else "The dataset has no validation subject; no setting was chosen on the test "
        "subjects."
    )
    return (
        "N-MPJPE in mm of a pose head on the frozen encoder, trained on so many "
        "labels; hand PSNR of the other view of an instant, on 64 fixed quads, where "
        f"it differs from the background. Measured on {'; '.join(places)}. {chosen}"
    )
