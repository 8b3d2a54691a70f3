"""Errors over counts as a figure: lines with error bars, in one panel or several."""

import dataclasses
from collections.abc import Sequence
from pathlib import Path

from matplotlib.figure import Figure
from matplotlib.ticker import NullLocator

from hand_geo_keras.visualization.figure_grid import save_figure


@dataclasses.dataclass(frozen=True)
class Line:
    """One line of a panel.

    Args:
        points: List of `(x, y)`, `(x, y, std)` or `(x, y, low, high)`, the last two
            being limits of the error bar.
        label: Text in the legend, or None.
        style: dict of arguments of matplotlib's `errorbar`.
    """

    points: list
    label: str | None = None
    style: dict = dataclasses.field(default_factory=dict)


@dataclasses.dataclass(frozen=True)
class Panel:
    """One panel of a figure.

    Args:
        lines: List of `Line`.
        xlabel, ylabel: Texts at the axes.
        xscale: `"linear"`; `"log"`; `"log2"`; or `"equal"`, where all x
            stand at equal distances, zero among them.
        levels: List of `(y, text, style)` of horizontal lines.
        ticks: Where the x axis is labelled, unless it is `"log"`; at each x if None.
    """

    lines: list
    xlabel: str
    ylabel: str
    xscale: str = "log"
    levels: tuple = ()
    ticks: list | None = None


def save_curves(
    path: str | Path, panels: Sequence[Panel], title: str = "", width: float = 7.2
) -> None:
    """Plots panels side by side and writes them as a PNG.

    Args:
        path: PNG file to write.
        panels: List of `Panel`.
        title: Text above the figure.
        width: Inches of each panel.

    Example:
        ```python
        line = Line([(64, 30.4, 0.9), (320, 27.1, 0.3)], "ours")
        save_curves("fig3.png", [Panel([line], "labels", "N-MPJPE (mm)")])
        ```
    """
    figure = Figure(figsize=(width * len(panels), 4.8))
    every_axes = figure.subplots(1, len(panels), squeeze=False)[0]
    for axes, panel in zip(every_axes, panels):
        _plot(axes, panel)
    # What panels have in common is told once, in the last one.
    common = every_axes[-1].get_legend_handles_labels()[1]
    for axes in every_axes[:-1]:
        told = zip(*axes.get_legend_handles_labels())
        own = [(handle, label) for handle, label in told if label not in common]
        if own:
            axes.legend(*zip(*own), fontsize=8)
    every_axes[-1].legend(fontsize=8)
    figure.suptitle(title, fontsize=10)
    figure.tight_layout()
    save_figure(figure, path, dpi=130)


def _plot(axes, panel):
    every_x = sorted({point[0] for line in panel.lines for point in line.points})
    ticks = panel.ticks or every_x
    place = ticks.index if panel.xscale == "equal" else lambda x: x
    for line in panel.lines:
        x = [place(point[0]) for point in sorted(line.points)]
        y = [point[1] for point in sorted(line.points)]
        style = {"capsize": 3, "markersize": 4, **line.style}
        axes.errorbar(x, y, _bars(sorted(line.points)), label=line.label, **style)
    for level, text, style in panel.levels:
        axes.axhline(level, label=text, **{"color": "0.6", "linewidth": 1, **style})
    _scale(axes, panel.xscale, ticks)
    axes.set(xlabel=panel.xlabel, ylabel=panel.ylabel)
    axes.set_ylim(bottom=0)
    axes.grid(True, which="both", alpha=0.2)


def _bars(points):
    if len(points[0]) == 2:
        return None
    if len(points[0]) == 3:
        return [point[2] for point in points]
    return [
        [y - low for _, y, low, _ in points],
        [high - y for _, y, _, high in points],
    ]


def _scale(axes, xscale, ticks):
    if xscale == "equal":
        axes.set_xticks(range(len(ticks)), labels=map(str, ticks))
        return
    if xscale == "linear":
        axes.set_xticks(ticks)
        return
    axes.set_xscale("log", base=2 if xscale == "log2" else 10)
    if xscale == "log2":
        axes.set_xticks(ticks, labels=[f"{tick:g}" for tick in ticks])
        axes.xaxis.set_minor_locator(NullLocator())
