"""Writes what fusing views brings: CSV, table and figure."""

from pathlib import Path

from hand_geo_keras.scenarios.fused_views import METHODS
from hand_geo_keras.scenarios.results_table import (
    code_version,
    csv_text,
    markdown_table,
    write_text,
)
from hand_geo_keras.viewer.fused_views_curve import save_fused_views_curve

COLUMNS = (
    "dataset",
    "model",
    "method",
    "views",
    "n_mpjpe_mm",
    "low_mm",
    "high_mm",
    "std_over_subsets_mm",
    "instants",
    "subsets",
    "commit",
)


def write_fused_views(out_dir, rows, dataset, model_name):
    """Writes `fused_views.csv`, `fused_views.md` and `fused_views.png`.

    Args:
        out_dir: Folder to write to; made if absent.
        rows: Rows of `measure_fused_views`.
        dataset: Name of the dataset.
        model_name: Name of the model.

    Returns:
        The table as Markdown text.
    """
    out_dir = Path(out_dir)
    out_dir.mkdir(parents=True, exist_ok=True)
    facts = {"dataset": dataset, "model": model_name, "commit": code_version()}
    lines = [
        facts
        | {
            name: round(value, 3) if isinstance(value, float) else value
            for name, value in row.items()
        }
        for row in rows
    ]
    write_text(out_dir / "fused_views.csv", csv_text(lines, COLUMNS))
    text = fused_views_text(rows, dataset, model_name)
    write_text(out_dir / "fused_views.md", text)
    instants = rows[0]["instants"]
    save_fused_views_curve(
        out_dir / "fused_views.png",
        rows,
        METHODS,
        f"{model_name} on {dataset}: {instants} instants of unseen subjects",
    )
    return text


def fused_views_text(rows, dataset, model_name):
    """The table of errors and what it means, as Markdown text.

    Args are those of `write_fused_views`.
    """
    counts = sorted({row["views"] for row in rows})
    found = {(row["method"], row["views"]): row for row in rows}
    header = ["N-MPJPE in mm", *(_views(count) for count in counts)]
    table = [
        [title, *(_cell(found[method, count]) for count in counts)]
        for method, title in METHODS.items()
    ]
    spread = [
        "± between subsets (mean of the poses)",
        *(f"{found['mean', count]['std_over_subsets_mm']:.1f}" for count in counts),
    ]
    first = rows[0]
    parts = [
        f"# Fused views: {model_name} on {dataset}",
        markdown_table(header, [*table, spread]),
        f"Measured on {first['instants']} instants of the test subjects, the same for "
        "every number of views, in the world's axes. In brackets the 95 % limits of a "
        "bootstrap over instants. Precision and best camera were learned on the "
        "validation subjects; the last single view is chosen by the truth, so that no "
        "choice of one view can do better.",
        _verdict(found, counts),
    ]
    return "\n\n".join(parts) + "\n"


def _views(count):
    return "1 view" if count == 1 else f"{count} views"


def _cell(row):
    return f"{row['n_mpjpe_mm']:.1f} ({row['low_mm']:.1f}–{row['high_mm']:.1f})"


def _verdict(found, counts):
    fusing = ("mean", "precision", "latents")
    single = found["mean", counts[0]]["n_mpjpe_mm"]
    best = min(fusing, key=lambda method: found[method, counts[-1]]["n_mpjpe_mm"])
    error = found[best, counts[-1]]["n_mpjpe_mm"]
    return (
        f"{_views(counts[0]).capitalize()}: {single:.1f} mm. "
        f"{_views(counts[-1]).capitalize()}, fused best: {error:.1f} mm "
        f"({error / single - 1:+.0%}, {METHODS[best]})."
    )
