"""Whether the columns of Table 1 are trained long enough: errors over training steps.

    hand-geo scenarios --study=training_steps --training_steps=1000,2000,4000,8000

Every cell is trained from its beginning and to the end of its learning rate's decay,
since the points of one long training would all be measured too early. Where the curve
is flat, more steps buy nothing. On `synthetic_full`, its test subjects and all 28592
labels, `supervised` has 33.5, 26.2, 22.8 and 17.1 mm after 1000, 2000, 4000 and 12000.
"""

import dataclasses
from pathlib import Path
from typing import Any

from hand_geo_keras.evaluation import constant_articulation_errors, mean_pose_errors
from hand_geo_keras.io import write_csv, write_text
from hand_geo_keras.scenarios.job import Job, job_of
from hand_geo_keras.scenarios.run_jobs import run_jobs
from hand_geo_keras.scenarios.table import EMPTY, markdown_table
from hand_geo_keras.studies import encoders
from hand_geo_keras.studies.label_budgets import budgets_of, smallest_budget
from hand_geo_keras.studies.options import DATA_FLAGS, Options
from hand_geo_keras.training.profiles import Profile
from hand_geo_keras.training.registry import ENTRIES
from hand_geo_keras.visualization.curves import Line, Panel, save_curves

USES = (*DATA_FLAGS, "labels", "configurations", "features", "training_steps")
NAME = "training_steps"
FILES = tuple(f"{NAME}.{ending}" for ending in ("md", "csv", "png"))
# Columns that can be asked for, and the section of a profile that holds their steps.
SECTIONS = {
    "supervised": "supervised",
    "pre_trained": "head",
    "pre_trained_aug": "head",
    "semi_supervised": "semi_supervised",
    "fine_tuned": "fine_tuned",
}
ERRORS = {"n_mpjpe_mm": "N-MPJPE", "pa_mpjpe_mm": "PA-MPJPE"}
COLUMNS = (
    *("dataset", "seed", "configuration", "labels", "steps", "images", "split"),
    *(*ERRORS, "train_seconds", "precision", "commit"),
)


def run(options: Options) -> str:
    """Trains every cell once per number of steps and measures it.

    Args:
        options: `Options`; by default of `supervised`, with all labels there are.

    Returns:
        The table as Markdown text.

    Raises:
        DatasetError: If the training subjects have too few labels.
        ValueError: If a configuration has no number of steps, or one is not positive.
    """
    names = options.configurations or ["supervised"]
    counts = sorted(set(options.training_steps))
    _check(names, counts)  # before anything is rendered
    profile, data = options.settings(), options.prepared()
    split, seed = data.load(), encoders.seed_of(options)
    most = max(labels.count for labels in budgets_of(split).values())
    labels = [smallest_budget(split, count) for count in options.labels or [most]]
    jobs = {
        (name, cell.count, steps): _job(name, profile, data, seed, cell, steps)
        for name in names
        for cell in labels
        for steps in counts
    }
    results = run_jobs(list(jobs.values()), options.folder, options.executor)
    origin = encoders.origin_of(options, split)
    rows = [
        row
        for key, job in jobs.items()
        for row in _rows(results[job], profile, key, origin)
    ]
    write_csv(options.folder / f"{NAME}.csv", rows, COLUMNS)
    constant = constant_articulation_errors(split)
    save_figure(options.folder / f"{NAME}.png", rows, constant)
    text = _text(rows, mean_pose_errors(split), constant, origin)
    write_text(options.folder / f"{NAME}.md", text)
    return text


def _check(names, counts):
    unknown = [name for name in names if name not in SECTIONS]
    if unknown:
        raise ValueError(
            f"--configurations must be among {list(SECTIONS)}. Received: {unknown}"
        )
    if not counts or counts[0] < 1:
        raise ValueError(
            f"--training_steps must be positive. Received: training_steps={counts}"
        )


def _job(
    name: str, profile: Profile, data: Any, seed: int, labels: Any, steps: int
) -> Job:
    """A cell trained for so many steps; all cells of a seed share their encoders."""
    section = SECTIONS[name]
    profile = profile.replaced(section, min_steps=steps, max_steps=steps)
    job = job_of(name, profile, data, seed, labels, str(labels.count))
    return dataclasses.replace(job, name=f"steps_{steps}/{job.name}")


def _rows(result, profile, key, origin):
    name, labels, steps = key
    batch = getattr(profile, SECTIONS[name]).batch
    return [
        {
            **origin,
            "configuration": name,
            "labels": labels,
            "steps": steps,
            "images": steps * batch,
            "split": part,
            **{error: round(result[part][error], 2) for error in ERRORS},
            "train_seconds": result["train_seconds"],
            "precision": result["precision"],
            "commit": result.get("commit", ""),
        }
        for part in encoders.PART_STYLES
        if part in result
    ]


def save_figure(path: str | Path, rows: list[Any], constant: dict[str, float]) -> None:
    """Plots N-MPJPE and PA-MPJPE over training steps.

    Args:
        path: PNG file to write.
        rows: dicts with `configuration`, `labels`, `steps`, `split`, `n_mpjpe_mm` and
            `pa_mpjpe_mm`.
        constant: dict from part to the PA-MPJPE in mm of one constant articulation.
    """
    cells = list(dict.fromkeys((r["configuration"], r["labels"]) for r in rows))
    parts = list(dict.fromkeys(row["split"] for row in rows))
    levels = {"pa_mpjpe_mm": encoders.part_levels(constant, "constant articulation")}
    panels = [
        Panel(
            [_line(rows, error, *cell, part) for cell in cells for part in parts],
            "training steps",
            f"{name} (mm)",
            "log2",
            levels.get(error, ()),
        )
        for error, name in ERRORS.items()
    ]
    title = f"{rows[0]['dataset']}, seed {rows[0]['seed']}"
    save_curves(path, panels, title, width=6)


def _line(rows, error, name, labels, part):
    wanted = (name, labels, part)
    points = [
        (row["steps"], row[error])
        for row in rows
        if (row["configuration"], row["labels"], row["split"]) == wanted
    ]
    linestyle = encoders.PART_STYLES[part]
    style = {"color": ENTRIES[name].color, "linestyle": linestyle, "marker": "o"}
    return Line(points, f"{name}, {labels} labels, {part}", style)


def _text(rows, baseline, constant, origin):
    parts = list(dict.fromkeys(row["split"] for row in rows))
    errors = [(error, part) for error in ERRORS for part in parts]
    header = ["configuration", "labels", "steps", "images", "seconds"]
    header += [f"{ERRORS[error]}, mm, {part}" for error, part in errors]
    cells = {}
    for row in rows:
        key = (row["configuration"], row["labels"], row["steps"])
        about = [str(row["images"]), f"{row['train_seconds']:.0f}"]
        cell = cells.setdefault(key, {"about": about})
        cell |= {(error, row["split"]): f"{row[error]:.1f}" for error in ERRORS}
    table = [
        [*map(str, key), *cell["about"], *(cell[error] for error in errors)]
        for key, cell in cells.items()
    ]
    known = {
        "mean pose": {("n_mpjpe_mm", part): baseline[part] for part in parts},
        "constant articulation": {
            ("pa_mpjpe_mm", part): constant[part] for part in parts
        },
    }
    for name, values in known.items():
        texts = [f"{values[e]:.1f}" if e in values else EMPTY for e in errors]
        table.append([name, *[EMPTY] * 4, *texts])
    text = [
        *encoders.heading("Training steps", origin),
        "Errors of columns of Table 1 trained for so many steps, each from its "
        "beginning and to the end of its learning rate's decay. Images: those with a "
        "label (fine_tuned: or pseudo-label) in all batches together.",
        markdown_table(header, table),
    ]
    return "\n\n".join(text) + "\n"
