"""Fig. 3: pose error over the number of annotated images."""

from matplotlib.figure import Figure

from hand_geo_keras.viewer.panel import save_figure

_COLORS = {
    "supervised": "tab:gray",
    "pre_trained": "tab:blue",
    "pre_trained_aug": "tab:green",
    "semi_supervised": "tab:orange",
    "fine_tuned": "tab:red",
}


def save_label_curves(path, ours, paper, mean_pose=None):
    """Draws N-MPJPE over annotations, ours with error bars, the paper's dashed.

    Args:
        path: PNG file to write.
        ours: dict from configuration to a list of `(annotations, mean, deviation)`.
        paper: dict from configuration to a list of `(annotations, N-MPJPE)`.
        mean_pose: N-MPJPE of the mean training pose in mm, or None.
    """
    figure = Figure(figsize=(8, 5.2))
    axes = figure.subplots()
    for name, points in paper.items():
        counts, errors = zip(*points)
        axes.plot(counts, errors, "--", color=_COLORS[name], linewidth=1, alpha=0.6)
    for name, points in ours.items():
        counts, means, deviations = zip(*sorted(points))
        axes.errorbar(
            counts,
            means,
            deviations,
            color=_COLORS.get(name),
            marker="o",
            markersize=4,
            capsize=3,
            label=name.replace("_", " "),
        )
    if mean_pose is not None:
        axes.axhline(mean_pose, color="0.7", linewidth=0.8)
        axes.annotate(
            "mean pose",
            (1, mean_pose),
            xycoords=("axes fraction", "data"),
            ha="right",
            va="bottom",
            fontsize=8,
            color="0.5",
        )
    axes.plot([], [], "k--", linewidth=1, alpha=0.6, label="the paper, on its data")
    axes.set_xscale("log")
    axes.set(xlabel="annotated images", ylabel="N-MPJPE (mm), unseen subjects")
    axes.set_ylim(bottom=0)
    axes.grid(True, which="both", alpha=0.2)
    axes.legend(fontsize=8)
    figure.tight_layout()
    save_figure(figure, path, dpi=130)
