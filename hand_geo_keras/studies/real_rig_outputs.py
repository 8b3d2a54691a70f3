"""Writes the real rig table: CSV, Markdown, curves and a panel of held-out frames."""

from pathlib import Path
from typing import Any

import numpy as np

from hand_geo_keras.datasets.split import Split
from hand_geo_keras.evaluation import METRICS, mean_pose, measure_poses, nearest_pose
from hand_geo_keras.io import write_csv, write_text
from hand_geo_keras.models.read_joints import reads_joints
from hand_geo_keras.scenarios.code_version import code_version
from hand_geo_keras.scenarios.figures import save_overlays, spread_views
from hand_geo_keras.scenarios.run_job import predicted_poses
from hand_geo_keras.scenarios.table import (
    markdown_table,
    metric_columns,
    summarize,
    table_rows,
)
from hand_geo_keras.studies.options import Options
from hand_geo_keras.training.registry import ENTRIES
from hand_geo_keras.training.trained import Preset
from hand_geo_keras.visualization.curves import Line, Panel, save_curves

COLUMNS = (
    *("recording", "split", "configuration", "labels", "seed", *METRICS),
    *("train_seconds", "preset", "dome", "features", "commit"),
)
BASELINES = {"mean_pose": "mean pose", "nearest_crop": "nearest labelled crop"}
COLUMN_ORDER = ("supervised", "zero_shot", "transferred", "tuned_joints", "adapted")
_TITLES = {"n_mpjpe_mm": "N-MPJPE", "pa_mpjpe_mm": "PA-MPJPE"}
_GREY = {"color": "0.6", "linewidth": 1}
_BASELINE_STYLES = {
    "mean_pose": {"linestyle": ":", **_GREY},
    "nearest_crop": {"linestyle": "--", **_GREY},
}
_FRAMES, _SHOWN_LABELS = 7, 64
# Rows of the panel: configuration, whether it is shown with labels, and its name.
_ROWS = (
    ("zero_shot", False, "zero-shot,\n0 labels"),
    ("adapted", False, "adapted,\n0 labels"),
    ("tuned_joints", False, "fine-tuned,\n0 labels"),
    ("supervised", True, "from scratch,\n{} labels"),
    ("transferred", True, "fine-tuned,\n{} labels"),
    ("tuned_joints", True, "fine-tuned,\n{} labels"),
    ("adapted", True, "adapted, fine-\ntuned, {} labels"),
)


def titles() -> dict[Any, Any]:
    """dict from baseline or configuration to its title, in the order of the table."""
    return {**BASELINES, **{name: ENTRIES[name].title for name in COLUMN_ORDER}}


def write_outputs(
    options: Options, preset: Preset, split: Split, finished: dict[Any, Any]
) -> Any:
    """Writes `real_rig.csv`, `.md`, `_curves.png` and `_panel.png`.

    Args:
        options: `Options`.
        preset: `Preset`.
        split: `Split`.
        finished: dict from `Job` to result of all cells that the folder holds.

    Returns:
        The table as Markdown text.
    """
    out_dir, part_name = options.folder, options.split
    part = split.measured[part_name]
    jobs = sorted(
        finished,
        key=lambda j: (j.annotations, COLUMN_ORDER.index(j.configuration), j.seed),
    )
    rows = [finished[job] for job in jobs]
    rows += baseline_results(rows, preset, split, part_name)
    same = {
        "recording": split.name,
        "split": part_name,
        "preset": Path(preset.name).name,
        "dome": options.dome and Path(options.dome).name,
        "features": options.features,
    }
    lines = [
        {
            "commit": "",
            **r,
            **same,
            **metric_columns(r, part_name, 3),
            "labels": r["annotations"],
        }
        for r in rows
    ]
    write_csv(out_dir / "real_rig.csv", lines, COLUMNS)
    text = _text(rows, same, split)
    write_text(out_dir / "real_rig.md", text)
    title = f"{split.name}, {len(part.views)} held-out images ({part_name} split)"
    save_label_curves(out_dir / "real_rig_curves.png", rows, part_name, title)
    shown = [(name, predicted_poses(j, out_dir)) for j, name in _shown(jobs)]
    chosen = spread_views(part, _FRAMES)
    save_overlays(out_dir / "real_rig_panel.png", part, shown, chosen, title)
    return text


def baseline_results(
    results: Any, preset: Preset, split: Split, part_name: str
) -> list[Any]:
    """Mean pose and nearest crop, for the labels of every row and seed.

    Without labels the mean pose is that of the preset, if it has one.

    Args:
        results: Results of `run_job`.
        preset: `Preset`.
        split: `Split`.
        part_name: The measured part.

    Returns:
        List of dicts as `run_job` returns them, of the configurations `"mean_pose"`
        and `"nearest_crop"`.
    """
    part, train = split.measured[part_name], split.train.pool
    model, found = preset.pose_estimator(), []
    if not reads_joints(model):
        pose = np.broadcast_to(model.pose_mean.numpy(), part.poses.shape)
        found.append(("mean_pose", 0, 0, pose))
    for count, seed in sorted({(r["annotations"], r["seed"]) for r in results}):
        if count:
            labels = split.choose_labels(count, seed)
            found += [
                ("mean_pose", count, seed, mean_pose(train, labels, part)),
                ("nearest_crop", count, seed, nearest_pose(train, labels, part)),
            ]
    return [
        {
            "commit": code_version(),
            "configuration": name,
            "budget": str(count),
            "annotations": count,
            "seed": seed,
            "train_seconds": 0.0,
            part_name: measure_poses(part, poses),
        }
        for name, count, seed, poses in found
    ]


def save_label_curves(path: str | Path, rows: Any, part: Any, title: str) -> None:
    """Plots N-MPJPE and PA-MPJPE over the number of labelled images.

    Args:
        path: PNG file to write.
        rows: Results of all cells and baselines.
        part: The measured part.
        title: Text above the figure.
    """
    panels, names = [], {row["configuration"] for row in rows}
    tuned = "tuned_joints" if "tuned_joints" in names else "transferred"
    for metric, text in _TITLES.items():
        points, summary = {}, summarize(rows, metric, part)
        for (count, name), value in summary.items():
            # With nothing to fine-tune on, the preset is measured zero-shot.
            if name == "zero_shot" and (count, tuned) not in summary:
                name = tuned
            points.setdefault(name, []).append((int(count), *value[:2]))
        lines = [
            Line(points[name], label, _style(name))
            for name, label in titles().items()
            if name in points
        ]
        panels.append(Panel(lines, "labelled images", f"{text} (mm)", "equal"))
    save_curves(path, panels, title, width=5.4)


def rig_table(rows: Any, metric: str, part: Any) -> Any:
    """One metric of all columns as a Markdown table; best of each row in bold."""
    summary = summarize(rows, metric, part)
    used = [name for name in titles() if any(key[1] == name for key in summary)]
    counts = sorted({key[0] for key in summary}, key=int)
    lines = table_rows(summary, counts, used)
    header = ["labelled images", *(titles()[name] for name in used)]
    return markdown_table(header, [[c, *line] for c, line in zip(counts, lines)])


def _style(name):
    if name in _BASELINE_STYLES:
        return _BASELINE_STYLES[name]
    return {"color": ENTRIES[name].color, "marker": "o"}


def _shown(jobs):
    """Cells of the panel's rows that are finished, and their names."""
    found = {(job.configuration, job.annotations): job for job in jobs[::-1]}
    counts = [count for _, count in found if count]
    shown = min(counts, key=lambda count: abs(count - _SHOWN_LABELS), default=0)
    return [
        (found[name, count], text.format(shown))
        for name, is_labelled, text in _ROWS
        for count in [shown if is_labelled else 0]
        if (name, count) in found and (shown or not is_labelled)
    ]


def _text(rows, same, split):
    (part_name,) = split.measured
    part, train = split.measured[part_name], split.train.pool
    seeds = len({row["seed"] for row in rows})
    over_seeds = f"; mean ± std over {seeds} seeds" if seeds > 1 else ""
    frames = part.pool.frames[part.pool.instant_of_view[part.views]]
    rehearsal = (
        f"; labelled images of the dome `{same['dome']}` were rehearsed in this and "
        "in all fine-tuning"
        if same["dome"]
        else ""
    )
    parts = [f"# {same['recording']}: {part_name} split"]
    for metric, title in _TITLES.items():
        parts += [f"## {title} in mm", rig_table(rows, metric, part_name)]
    is_adapted = any(row["configuration"] == "adapted" for row in rows)
    adapted = (
        f" It was adapted on {len(split.unlabelled)} instants of the frames up to "
        f"{split.unlabelled.frames.max()} without labels, by view synthesis and by the "
        "poses on which both views agree where the model looks at each in many rolls"
        f"{rehearsal}."
    )
    is_self_taught = any(
        row["configuration"] == "tuned_joints" and not row["annotations"]
        for row in rows
    )
    self_taught = (
        f" Without labels it was fine-tuned on {len(split.unlabelled)} instants of the "
        f"frames up to {split.unlabelled.frames.max()}, labelled by what it sees "
        "itself in all views."
    )
    has_mean = any(
        row["configuration"] == "mean_pose" and not row["annotations"] for row in rows
    )
    parts.append(
        f"Measured on {len(part.views)} images of the frames {frames.min()} to "
        f"{frames.max()}, which no training saw. Labels are images of the training "
        f"part (frames {train.frames.min()} to {train.frames.max()}), chosen at "
        f"random{over_seeds}. The preset is `{same['preset']}`."
        + (adapted if is_adapted else "")
        + (self_taught if is_self_taught else "")
        + (" Without labels the mean pose is the preset's." if has_mean else "")
        + " PA-MPJPE also takes out a rotation; never compare it with N-MPJPE."
    )
    if part_name == "validation":
        parts.append("Settings are chosen on this split; report the test split.")
    return "\n\n".join(parts) + "\n"
