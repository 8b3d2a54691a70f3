"""A self-contained HTML page about a table of label budgets and configurations."""

import html
import platform
from importlib import metadata
from typing import Any

from hand_geo_keras._version import __version__
from hand_geo_keras.visualization.html_page import html_image, html_page, html_table

_LIBRARIES = ("tensorflow", "keras", "keras-cv", "numpy", "opencv-python")
_PARTS = ("train", "validation", "test")


def report_page(
    title: str,
    table: Any,
    figures: dict[Any, Any],
    results: Any,
    encoders: Any,
    runs: Any,
    metadata: dict[Any, Any],
) -> str:
    """The page as HTML text, images inside.

    Args:
        title: Heading.
        table: `(header, rows)` of text, `**` around the best of each row.
        figures: dict from caption to PNG file.
        results: List of results of `run_job`.
        encoders: List of results of `run_job` of view synthesizers.
        runs: List of dicts with `command` and `seconds`, one per call.
        metadata: dict of further metadata to print.

    Returns:
        str.
    """
    parts = [
        "<p>N-MPJPE in mm on unseen subjects, mean ± std over seeds; "
        "the paper's numbers, measured on other data, in brackets.</p>",
        html_table(*table),
        *(html_image(text, path.read_bytes()) for text, path in figures.items()),
        "<h2>Other metrics</h2>",
        html_table(*_metric_table(results)),
        "<h2>N-MPJPE per finger and joint (mm)</h2>",
        html_table(*_breakdown(results, "per_finger_n_mpjpe_mm")),
        html_table(*_breakdown(results, "per_joint_n_mpjpe_mm")),
        "<h2>Pre-training</h2>",
        html_table(*_encoder_table(encoders)),
        "<h2>How this was made</h2>",
        html_table(["entry", "value"], [*map(list, metadata.items()), *_versions()]),
        *(_run(run) for run in runs),
    ]
    return html_page(title, parts)


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
    names = list(results[0]["test"][key]) if results else []
    shown = [name.replace("_", " ") for name in names]
    rows = [
        [*_who(result), *(f"{result['test'][key][name]:.1f}" for name in names)]
        for result in results
    ]
    return ["configuration", "annotations", "seed", *shown], rows


def _encoder_table(encoders):
    rows = [
        [
            f"{result['configuration']}, seed {result['seed']}",
            result["steps"],
            f"{result['train_seconds'] / 60:.1f}",
            *(result["psnr_foreground_db"].get(part, "–") for part in _PARTS),
        ]
        for result in encoders
    ]
    titles = [f"foreground PSNR, {part} (dB)" for part in _PARTS]
    return ["encoder", "steps", "minutes", *titles], rows


def _who(result):
    name = result["configuration"].replace("_", " ")
    return [name, result["annotations"], result["seed"]]


def _versions():
    versions = [
        ["hand-geo-keras", __version__],
        ["Python", platform.python_version()],
    ]
    for library in _LIBRARIES:
        try:
            versions.append([library, metadata.version(library)])
        except metadata.PackageNotFoundError:
            continue
    return versions


def _run(run):
    seconds = run["seconds"]
    return (
        f"<p><code>{html.escape(run['command'])}</code><br>"
        f"{seconds['total'] / 60:.1f} min, of which {seconds['preparation'] / 60:.1f} "
        "min to render and prepare the data</p>"
    )
