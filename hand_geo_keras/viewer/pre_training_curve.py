"""Pose error over the minutes of pre-training as a figure."""

from matplotlib.figure import Figure
from matplotlib.ticker import NullLocator

from hand_geo_keras.viewer.panel import save_figure

_COLORS = ("tab:blue", "tab:orange", "tab:green", "tab:red")
_LINES = {"validation": "-", "test": "--"}


def save_pre_training_curve(path, rows, title):
    """Draws N-MPJPE over minutes, one line per number of labels and stretch.

    Args:
        path: PNG file to write.
        rows: dicts with `minutes`, `labels`, `stretch`, `n_mpjpe_mm` and
            `mean_pose_n_mpjpe_mm`.
        title: Text above the figure.
    """
    figure = Figure(figsize=(7.2, 4.8))
    axes = figure.subplots()
    for labels, color in zip(sorted({row["labels"] for row in rows}), _COLORS):
        for stretch, line in _LINES.items():
            points = sorted(
                (row["minutes"], row["n_mpjpe_mm"])
                for row in rows
                if (row["labels"], row["stretch"]) == (labels, stretch)
            )
            if points:
                axes.plot(
                    *zip(*points),
                    line,
                    color=color,
                    marker="o",
                    markersize=4,
                    label=f"{labels} labels, {stretch}",
                )
    for stretch, line in _LINES.items():
        means = {
            row["mean_pose_n_mpjpe_mm"] for row in rows if row["stretch"] == stretch
        }
        for mean in means:
            axes.axhline(
                mean, color="0.6", linestyle=line, label=f"mean pose, {stretch}"
            )
    minutes = sorted({row["minutes"] for row in rows})
    axes.set_xscale("log", base=2)
    axes.set_xticks(minutes, labels=[f"{value:g}" for value in minutes])
    axes.xaxis.set_minor_locator(NullLocator())
    axes.set(xlabel="minutes of pre-training without labels", ylabel="N-MPJPE (mm)")
    axes.set_ylim(bottom=0)
    axes.set_title(title, fontsize=10)
    axes.grid(True, alpha=0.25)
    axes.legend(fontsize=8)
    figure.tight_layout()
    save_figure(figure, path, dpi=130)
