"""Pose errors over a few numbers of labelled images, zero among them."""

from matplotlib.figure import Figure

from hand_geo_keras.viewer.panel import save_figure


def save_few_label_curves(path, panels, styles, title):
    """Draws one panel per metric; the numbers of labels stand at equal distances.

    Args:
        path: PNG file to write.
        panels: dict from the metric's title to a dict from line to a list of
            `(labels, mean, deviation)`.
        styles: dict from line to arguments of matplotlib's `errorbar`, among them
            its `label`; lines that are not in it are left out.
        title: Text above the figure.
    """
    figure = Figure(figsize=(5.4 * len(panels), 4.6))
    counts = sorted(
        {
            point[0]
            for lines in panels.values()
            for points in lines.values()
            for point in points
        }
    )
    for axes, (metric, lines) in zip(
        figure.subplots(1, len(panels), squeeze=False)[0], panels.items()
    ):
        for name, style in styles.items():
            if lines.get(name):
                labels, means, deviations = zip(*sorted(lines[name]))
                places = [counts.index(count) for count in labels]
                axes.errorbar(places, means, deviations, capsize=3, **style)
        axes.set_xticks(range(len(counts)), labels=map(str, counts))
        axes.set(xlabel="labelled images", ylabel=f"{metric} (mm)")
        axes.set_ylim(bottom=0)
        axes.grid(True, alpha=0.25)
    axes.legend(fontsize=8)
    figure.suptitle(title, fontsize=11)
    figure.tight_layout()
    save_figure(figure, path, dpi=120)
