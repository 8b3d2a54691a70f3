"""Pose error over the number of fused views as a figure."""

from matplotlib.figure import Figure
from matplotlib.ticker import NullLocator

from hand_geo_keras.viewer.panel import save_figure

_STYLES = {
    "mean": {"color": "tab:blue"},
    "precision": {"color": "tab:green"},
    "latents": {"color": "tab:orange"},
    "best_camera": {"color": "0.55", "linestyle": "--"},
    "best_view": {"color": "0.25", "linestyle": ":"},
}
_APART = 0.018  # error bars of different methods do not hide each other


def save_fused_views_curve(path, rows, labels, title):
    """Draws N-MPJPE over the number of views with 95 % error bars.

    Args:
        path: PNG file to write.
        rows: Rows of `measure_fused_views`.
        labels: dict from method to its text in the legend.
        title: Text above the figure.
    """
    figure = Figure(figsize=(7.2, 4.8))
    axes = figure.subplots()
    methods = [name for name in labels if any(row["method"] == name for row in rows)]
    for number, method in enumerate(methods):
        points = sorted(
            (row for row in rows if row["method"] == method), key=lambda r: r["views"]
        )
        aside = 1 + _APART * (number - (len(methods) - 1) / 2)
        means = [row["n_mpjpe_mm"] for row in points]
        bars = [
            [row["n_mpjpe_mm"] - row["low_mm"] for row in points],
            [row["high_mm"] - row["n_mpjpe_mm"] for row in points],
        ]
        axes.errorbar(
            [row["views"] * aside for row in points],
            means,
            bars,
            marker="o",
            markersize=4,
            capsize=3,
            label=labels[method],
            **_STYLES.get(method, {}),
        )
    counts = sorted({row["views"] for row in rows})
    axes.set_xscale("log", base=2)
    axes.set_xticks(counts, labels=map(str, counts))
    axes.xaxis.set_minor_locator(NullLocator())
    axes.set(xlabel="views of the instant", ylabel="N-MPJPE (mm), world's axes")
    axes.set_ylim(bottom=0)
    axes.set_title(title, fontsize=10)
    axes.grid(True, alpha=0.25)
    axes.legend(fontsize=8, loc="lower left")
    figure.tight_layout()
    save_figure(figure, path, dpi=130)
