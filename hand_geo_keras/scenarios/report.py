"""A self-contained HTML page about a table of label budgets and configurations."""

import base64
import html
import platform
from importlib import metadata

from hand_geo_keras._version import __version__

_LIBRARIES = ("tensorflow", "keras", "keras-cv", "numpy", "opencv-python")
_PARTS = ("train", "validation", "test")
_STYLE = """
body { font: 15px/1.5 system-ui, sans-serif; max-width: 1100px; margin: 2em auto;
       padding: 0 1em; color: #222; }
table { border-collapse: collapse; margin: 1em 0; font-size: 14px; }
th, td { padding: 3px 10px; border-bottom: 1px solid #ddd; text-align: right; }
th:first-child, td:first-child { text-align: left; }
th { border-bottom: 2px solid #888; }
td.best { font-weight: 600; }
img { max-width: 100%; }
code { background: #f4f4f4; padding: 2px 4px; }
.scroll { overflow-x: auto; }
"""


def report_page(title, table, figures, results, encoders, runs, metadata):
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
        f"<h1>{html.escape(title)}</h1>",
        "<p>N-MPJPE in mm on unseen subjects, mean ± std over seeds; "
        "the paper's numbers, measured on other data, in brackets.</p>",
        _table(*table),
        *(_figure(caption, path) for caption, path in figures.items()),
        "<h2>Other metrics</h2>",
        _table(*_metric_table(results)),
        "<h2>N-MPJPE per finger and joint (mm)</h2>",
        _table(*_breakdown(results, "per_finger_n_mpjpe_mm")),
        _table(*_breakdown(results, "per_joint_n_mpjpe_mm")),
        "<h2>Pre-training</h2>",
        _table(*_encoder_table(encoders)),
        "<h2>How this was made</h2>",
        _table(["entry", "value"], [*map(list, metadata.items()), *_versions()]),
        *(_run(run) for run in runs),
    ]
    body = "\n".join(parts)
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        f"<title>{html.escape(title)}</title><style>{_STYLE}</style></head>\n"
        f"<body>{body}</body></html>\n"
    )


def _table(header, rows):
    head = "".join(f"<th>{html.escape(str(text))}</th>" for text in header)
    lines = [f"<tr>{''.join(map(_cell, row))}</tr>" for row in rows]
    return (
        f'<div class="scroll"><table><thead><tr>{head}</tr></thead>\n<tbody>'
        + "\n".join(lines)
        + "</tbody></table></div>"
    )


def _cell(text):
    text = html.escape(str(text))
    if "**" in text:
        return f'<td class="best">{text.replace("**", "")}</td>'
    return f"<td>{text}</td>"


def _figure(caption, path):
    data = base64.b64encode(path.read_bytes()).decode()
    return (
        f"<h2>{html.escape(caption)}</h2>\n"
        f'<img alt="{html.escape(caption)}" src="data:image/png;base64,{data}">'
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
