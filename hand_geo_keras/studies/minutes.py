"""What the minutes of pre-training buy: pose errors, and what is seen of fingers.

    hand-geo scenarios --study=minutes --minutes=1,2,4,8

Every encoder is trained from nothing and to the end of its learning rate's decay, since
the points of one long training would all be measured too early. On `synthetic_full`,
its test subjects and one core, 64 labels: 46.2, 42.6, 36.9 and 34.2 mm after 1, 2, 4
and 8 minutes; a linear read-out of the latent points has a PA-MPJPE of 17.8, 15.8, 15.0
and 13.9 mm, where one constant articulation has 15.7.
"""

from pathlib import Path
from typing import Any

from hand_geo_keras.evaluation import constant_articulation_errors, mean_pose_errors
from hand_geo_keras.io import write_csv, write_text
from hand_geo_keras.scenarios.table import EMPTY, markdown_table
from hand_geo_keras.studies import encoders
from hand_geo_keras.studies.encoders import part_levels
from hand_geo_keras.studies.finger_measures import (
    MEASURES,
    TRAINING_VIEWS,
    finger_measures,
)
from hand_geo_keras.studies.options import DATA_FLAGS, Options
from hand_geo_keras.visualization.curves import Line, Panel, save_curves

USES = (*DATA_FLAGS, "labels", "features", "minutes")
NAME = "pre_training_minutes"
FILES = tuple(f"{NAME}.{ending}" for ending in ("md", "csv", "png"))
COLUMNS = (
    *("dataset", "seed", "minutes", "steps", "labels", "split", "n_mpjpe_mm"),
    *("mean_pose_n_mpjpe_mm", "psnr_foreground_db", *MEASURES, "image_loss", "commit"),
)
_COLORS = ("tab:blue", "tab:orange", "tab:green", "tab:red")


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
    split = data.load()
    by_minutes = {
        count: {
            **results[variant.name],
            "fingers": finger_measures(results[variant.name]["encoder"], split),
        }
        for count, variant in variants.items()
    }
    return _write(options, by_minutes, split)


def _write(options, results, split):
    baseline, origin = mean_pose_errors(split), encoders.origin_of(options, split)
    extras = [{**origin, "minutes": minutes} for minutes in results]
    rows = [
        {**row, **results[row["minutes"]]["fingers"][row["split"]]}
        for row in encoders.measured_rows(list(results.values()), baseline, extras)
    ]
    write_csv(options.folder / f"{NAME}.csv", rows, COLUMNS)
    constant = constant_articulation_errors(split)
    title = f"pre_trained on {split.name}, seed {origin['seed']}"
    _save_figure(options.folder / f"{NAME}.png", rows, constant, title)
    text = _text(results, baseline, constant, origin)
    write_text(options.folder / f"{NAME}.md", text)
    return text


def _save_figure(path: str | Path, rows: Any, constant: Any, title: str) -> None:
    """Plots over minutes: N-MPJPE of heads, PA-MPJPE of a read-out, PSNR of fingers.

    Args:
        path: PNG file to write.
        rows: dicts with `minutes`, `labels`, `split`, `n_mpjpe_mm`,
            `mean_pose_n_mpjpe_mm` and `finger_measures`.
        constant: dict from part to the PA-MPJPE in mm of one constant articulation.
        title: Text above the figure.
    """
    measured = {row["split"] for row in rows}
    parts = [part for part in encoders.PART_STYLES if part in measured]
    counts = sorted({row["labels"] for row in rows})
    heads = [
        _line(rows, "n_mpjpe_mm", part, count, color)
        for count, color in zip(counts, _COLORS)
        for part in parts
    ]
    means = {row["split"]: row["mean_pose_n_mpjpe_mm"] for row in rows}
    xlabel = "minutes of pre-training without labels"
    panels = [
        Panel(heads, xlabel, "N-MPJPE (mm)", "log2", part_levels(means, "mean pose")),
        *(
            Panel(
                [_line(rows, measure, part, counts[0], "black") for part in parts],
                xlabel,
                ylabel,
                "log2",
                levels,
            )
            for measure, ylabel, levels in zip(
                MEASURES,
                ("PA-MPJPE of a linear read-out (mm)", "PSNR of fingers (dB)"),
                (part_levels(constant, "constant articulation"), ()),
            )
        ),
    ]
    save_curves(path, panels, title, width=5.0)


def _line(rows, measure, part, count, color):
    points = [
        (row["minutes"], row[measure])
        for row in rows
        if (row["labels"], row["split"]) == (count, part)
    ]
    label = f"{count} labels, {part}" if measure == "n_mpjpe_mm" else part
    style = {"color": color, "linestyle": encoders.PART_STYLES[part], "marker": "o"}
    return Line(points, label, style)


def _text(results, baseline, constant, origin):
    titles, columns, means = encoders.measured_columns(list(results.values()), baseline)
    articulation = [EMPTY] * (1 + len(titles))
    rows = [
        [f"{minutes:g}", str(result["steps"]), *values, *_fingers(result["fingers"])]
        for (minutes, result), values in zip(results.items(), columns)
    ]
    for name, error in constant.items():
        titles += [f"read-out PA-MPJPE, mm, {name}", f"finger PSNR, dB, {name}"]
        articulation += [f"{error:.1f}", EMPTY]
        means += [EMPTY, EMPTY]
    rows += [["mean pose", EMPTY, *means], ["constant articulation", *articulation]]
    image_loss = next(iter(results.values()))["image_loss"]
    parts = [
        *encoders.heading("Minutes of pre-training", origin),
        "N-MPJPE in mm of a pose head on the frozen encoder of `pre_trained`, "
        "trained on so many labels; PA-MPJPE of joints that are read linearly from its "
        f"latent points, fitted to at most {TRAINING_VIEWS} labels; and PSNR of other "
        "views where fingers are. Every encoder is trained from nothing for its "
        f"minutes, without labels. Image loss: {image_loss}.",
        markdown_table(["minutes", "steps", *titles], rows),
    ]
    return "\n\n".join(parts) + "\n"


def _fingers(measures):
    return [
        text
        for part in measures.values()
        for text in (f"{part[MEASURES[0]]:.1f}", f"{part[MEASURES[1]]:.2f}")
    ]
