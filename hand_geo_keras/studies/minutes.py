"""How the pose error falls with the minutes of pre-training.

    hand-geo scenarios --study=minutes --minutes=1,2,4,8

Every encoder is trained from nothing and to the end of its learning rate's decay, since
the points of one long training would all be measured too early. On `synthetic_full` and
one core, 64 labels: 53.6, 50.8 and 47.5 mm after 1, 2 and 4 minutes.
"""

from pathlib import Path
from typing import Any

from hand_geo_keras.evaluation import mean_pose_errors
from hand_geo_keras.io import write_csv, write_text
from hand_geo_keras.scenarios.table import EMPTY, markdown_table
from hand_geo_keras.studies import encoders
from hand_geo_keras.studies.options import DATA_FLAGS, Options
from hand_geo_keras.visualization.curves import Line, Panel, save_curves

USES = (*DATA_FLAGS, "labels", "features", "minutes")
NAME = "pre_training_minutes"
FILES = tuple(f"{NAME}.{ending}" for ending in ("md", "csv", "png"))
COLUMNS = (
    *("dataset", "seed", "minutes", "steps", "labels", "split", "n_mpjpe_mm"),
    *("mean_pose_n_mpjpe_mm", "psnr_foreground_db", "image_loss", "commit"),
)
_COLORS = ("tab:blue", "tab:orange", "tab:green", "tab:red")
_LINES = {"validation": "-", "test": "--"}


def run(options: Options) -> Any:
    """Pre-trains once per number of minutes and measures heads on few labels.

    Args:
        options: `Options`.

    Returns:
        The table as Markdown text.

    Raises:
        DatasetError: If the training subjects have too few labels.
    """
    profile, data = options.settings(), options.prepared()
    variants = {
        count: encoders.Variant(
            f"minutes_{count:g}", profile.replaced("pre_training", seconds=60 * count)
        )
        for count in sorted(options.minutes)
    }
    results = encoders.measure_variants(list(variants.values()), data, options)
    by_minutes = {count: results[v.name] for count, v in variants.items()}
    return _write(options, by_minutes, data.load())


def _write(options, results, split):
    baseline, origin = mean_pose_errors(split), encoders.origin_of(options, split)
    extras = [{**origin, "minutes": minutes} for minutes in results]
    rows = encoders.measured_rows(list(results.values()), baseline, extras)
    write_csv(options.folder / f"{NAME}.csv", rows, COLUMNS)
    title = f"pre_trained on {split.name}, seed {origin['seed']}"
    save_curve(options.folder / f"{NAME}.png", rows, title)
    text = _text(results, baseline, origin)
    write_text(options.folder / f"{NAME}.md", text)
    return text


def save_curve(path: str | Path, rows: Any, title: str) -> None:
    """Plots N-MPJPE over minutes, one line per number of labels and part.

    Args:
        path: PNG file to write.
        rows: dicts with `minutes`, `labels`, `split`, `n_mpjpe_mm` and
            `mean_pose_n_mpjpe_mm`.
        title: Text above the figure.
    """
    lines = []
    for labels, color in zip(sorted({row["labels"] for row in rows}), _COLORS):
        for part, line in _LINES.items():
            points = [
                (row["minutes"], row["n_mpjpe_mm"])
                for row in rows
                if (row["labels"], row["split"]) == (labels, part)
            ]
            style = {"color": color, "linestyle": line, "marker": "o"}
            if points:
                lines.append(Line(points, f"{labels} labels, {part}", style))
    means = {row["split"]: row["mean_pose_n_mpjpe_mm"] for row in rows}
    levels = [
        (m, f"mean pose, {p}", {"linestyle": _LINES[p]}) for p, m in means.items()
    ]
    xlabel = "minutes of pre-training without labels"
    save_curves(path, [Panel(lines, xlabel, "N-MPJPE (mm)", "log2", levels)], title)  # type: ignore[arg-type]


def _text(results, baseline, origin):
    titles, columns, means = encoders.measured_columns(list(results.values()), baseline)
    rows = [
        [f"{minutes:g}", str(result["steps"]), *values]
        for (minutes, result), values in zip(results.items(), columns)
    ]
    rows.append(["mean pose", EMPTY, *means])
    image_loss = next(iter(results.values()))["image_loss"]
    parts = [
        *encoders.heading("Minutes of pre-training", origin),
        "N-MPJPE in mm of a pose head on the frozen encoder of `pre_trained`, "
        "trained on so many labels. Every encoder is trained from nothing for its "
        f"minutes, without labels. Image loss: {image_loss}.",
        markdown_table(["minutes", "steps", *titles], rows),
    ]
    return "\n\n".join(parts) + "\n"
