"""A self-contained HTML page about a table of label budgets and configurations."""

import dataclasses
import html
import platform
from collections.abc import Sequence
from importlib import metadata
from pathlib import Path
from typing import Any

from hand_geo_keras._version import __version__
from hand_geo_keras.datasets.split import PARTS
from hand_geo_keras.visualization.html_page import (
    html_image,
    html_list,
    html_page,
    html_section,
    html_table,
)

_LIBRARIES = ("tensorflow", "keras", "keras-cv", "numpy", "opencv-python")
_BREAKDOWNS = {
    "N-MPJPE per finger (mm)": "per_finger_n_mpjpe_mm",
    "N-MPJPE per joint (mm)": "per_joint_n_mpjpe_mm",
}


@dataclasses.dataclass(frozen=True)
class ReportFigure:
    """One figure of the page.

    Args:
        title: Heading above it.
        path: PNG file.
        caption: What it shows, one or two sentences.
        is_wide: Whether it is kept large, and scrolls sideways on a small screen.
    """

    title: str
    path: Path
    caption: str = ""
    is_wide: bool = False


def report_page(
    title: str,
    tables: dict[str, Any],
    figures: Sequence[ReportFigure],
    results: Any,
    encoders: Any,
    runs: Any,
    metadata: dict[str, Any],
    texts: Sequence[str] = (),
) -> str:
    """The page as HTML text, images inside.

    Args:
        title: Heading.
        tables: dict from heading to `(header, rows)` of text, `**` around the best of
            each row.
        figures: List of `ReportFigure`.
        results: List of results of `run_job`.
        encoders: List of results of `run_job` of view synthesizers.
        runs: List of dicts with `command` and `seconds`, one per call.
        metadata: dict of further metadata to print.
        texts: Sentences in front of all, see `what_was_learned`.

    Returns:
        str.
    """
    parts = [
        html_list(texts),
        *(
            html_section(heading, html_table(*table))
            for heading, table in tables.items()
        ),
        '<p class="soft">In mm on unseen subjects, mean ± std over seeds; the paper\'s '
        "numbers, measured on other data, in brackets. Never compare N-MPJPE with "
        "PA-MPJPE.</p>",
        *map(_figure, figures),
        html_section("All metrics", html_table(*_metric_table(results))),
        *(
            html_section(name, _breakdown(results, key))
            for name, key in _BREAKDOWNS.items()
        ),
        html_section(
            "Pre-training", encoders and html_table(*_encoder_table(encoders))
        ),
        "<h2>How this was made</h2>",
        html_table(
            ["entry", "value"], [*map(list, metadata.items()), *versions()], "plain"
        ),
        *(_run(run) for run in runs),
    ]
    return html_page(title, filter(None, parts))


def _figure(figure):
    return html_image(
        figure.title,
        figure.path.read_bytes(),
        caption=figure.caption,
        is_wide=figure.is_wide,
    )


def _metric_table(results):
    names = ("n_mpjpe_mm", "mpjpe_mm", "pa_mpjpe_mm", "pck_auc")
    header = ["configuration", "annotations", "seed", *names, "training (s)"]
    rows = [
        [
            *_who(result),
            *(f"{result['test'][name]:.2f}" for name in names),
            f"{result['train_seconds']:.0f}",
        ]
        for result in results
    ]
    return header, rows


def _breakdown(results, key):
    """A table; empty text where no result has it, as those of other machines."""
    results = [result for result in results if key in result["test"]]
    if not results:
        return ""
    names = list(results[0]["test"][key])
    shown = [name.replace("_", " ") for name in names]
    rows = [
        [*_who(result), *(f"{result['test'][key][name]:.1f}" for name in names)]
        for result in results
    ]
    return html_table(["configuration", "annotations", "seed", *shown], rows)


def _encoder_table(encoders):
    rows = [
        [
            f"{result['configuration']}, seed {result['seed']}",
            result["steps"],
            f"{result['train_seconds'] / 60:.1f}",
            *(result["psnr_foreground_db"].get(part, "–") for part in PARTS),
        ]
        for result in encoders
    ]
    titles = [f"foreground PSNR, {part} (dB)" for part in PARTS]
    return ["encoder", "steps", "minutes", *titles], rows


def _who(result):
    name = result["configuration"].replace("_", " ")
    return [name, result["annotations"], result["seed"]]


def versions() -> list[list[str]]:
    """Rows of name and version: this package, Python, and what it computes with."""
    rows = [
        ["hand-geo-keras", __version__],
        ["Python", platform.python_version()],
    ]
    for library in _LIBRARIES:
        try:
            rows.append([library, metadata.version(library)])
        except metadata.PackageNotFoundError:
            continue
    return rows


def _run(run):
    seconds = run["seconds"]
    return (
        f"<p><code>{html.escape(run['command'])}</code><br>"
        f"{seconds['total'] / 60:.1f} min, of which {seconds['preparation'] / 60:.1f} "
        "min to render and prepare the data</p>"
    )
