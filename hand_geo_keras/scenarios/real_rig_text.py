"""The real rig table as Markdown text."""

import numpy as np

from hand_geo_keras.scenarios.real_rig_jobs import METHODS
from hand_geo_keras.scenarios.results_table import markdown_table

BASELINES = {"mean_pose": "mean pose", "nearest_crop": "nearest labelled crop"}
_TITLES = {"n_mpjpe_mm": "N-MPJPE", "pa_mpjpe_mm": "PA-MPJPE"}


def mean_and_deviation(rows, metric):
    """Mean and standard deviation over seeds.

    Args:
        rows: dicts with `method`, `labels`, `seed` and the metric.
        metric: Name of the metric.

    Returns:
        dict from `(method, labels)` to `(mean, deviation, seeds)`; the deviation of
        one seed is 0.
    """
    values = {}
    for row in rows:
        values.setdefault((row["method"], row["labels"]), []).append(row[metric])
    return {
        key: (
            float(np.mean(errors)),
            float(np.std(errors, ddof=1)) if len(errors) > 1 else 0.0,
            len(errors),
        )
        for key, errors in values.items()
    }


def rig_table(rows, metric):
    """One metric of all methods as a Markdown table; best of each row in bold.

    Args are those of `mean_and_deviation`.
    """
    found = mean_and_deviation(rows, metric)
    columns = {
        method: title
        for method, title in {**BASELINES, **METHODS}.items()
        if any(key[0] == method for key in found)
    }
    lines = []
    for count in sorted({key[1] for key in found}):
        means = {m: found[m, count][0] for m in columns if (m, count) in found}
        best = min(means, key=means.get)
        cells = [
            f"**{cell}**" if method == best else cell
            for method in columns
            for cell in [_cell(found.get((method, count)))]
        ]
        lines.append([str(count), *cells])
    return markdown_table(["labelled images", *columns.values()], lines)


def rig_text(rows, facts, data):
    """Both tables and what they were measured on.

    Args:
        rows: Results of all cells and baselines.
        facts: dict of `recording`, `stretch`, `preset`, `dome` and `features`.
        data: `RigData`.

    Returns:
        Markdown text.
    """
    seeds = len({row["seed"] for row in rows})
    over_seeds = f"; mean ± standard deviation over {seeds} seeds" if seeds > 1 else ""
    frames = data.pool.frames[data.pool.instant_of_view[data.views]]
    rehearsal = (
        f"; labelled images of the dome `{facts['dome']}` were rehearsed in this and "
        "in all fine-tuning"
        if facts["dome"]
        else ""
    )
    parts = [f"# {facts['recording']}: {facts['stretch']} stretch"]
    for metric, title in _TITLES.items():
        parts += [f"## {title} in mm", rig_table(rows, metric)]
    parts.append(
        f"Measured on {len(data.views)} images of the frames {frames.min()} to "
        f"{frames.max()}, which no training saw. Labels are images of the training "
        f"stretch (frames {data.train.frames.min()} to {data.train.frames.max()}), "
        f"chosen at random{over_seeds}. The dome's model is the preset "
        f"`{facts['preset']}`. It was adapted on {len(data.footage)} instants of the "
        f"frames up to {data.footage.frames.max()} without labels, by view synthesis "
        "and by the poses on which both views agree where the model looks at each in "
        f"many rolls{rehearsal}. "
        "Without labels the mean pose is the dome's. PA-MPJPE also takes out a "
        "rotation; never compare it with N-MPJPE."
    )
    if facts["stretch"] == "validation":
        parts.append("Settings are chosen on this stretch; report the test stretch.")
    return "\n\n".join(parts) + "\n"


def _cell(entry):
    if entry is None:
        return "–"
    mean, deviation, seeds = entry
    return f"{mean:.1f} ± {deviation:.1f}" if seeds > 1 else f"{mean:.1f}"
