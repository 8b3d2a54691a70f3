"""Rows and columns of images, latent points and skeletons as one figure."""

from pathlib import Path
from typing import Any

import matplotlib
import numpy as np
from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine

from hand_geo_keras.io import replacing
from hand_geo_keras.visualization.skeletons import plot_skeleton


def save_figure_grid(
    path: str | Path,
    rows: Any,
    heads: Any,
    title: str,
    side: float = 1.55,
    dpi: int = 100,
) -> None:
    """Fills a grid and writes it as a PNG.

    Args:
        path: PNG file to write.
        rows: List of `(name, cells)`: text at the left, and a list of what
            `image_cell`, `latent_cell` and `pose_cell` return; None leaves a cell
            empty.
        heads: Texts above the columns.
        title: Text above the figure.
        side: Inches of each cell.
        dpi: Pixels per inch.

    Example:
        ```python
        cells = [image_cell(crop, "input"), pose_cell(pose)]
        save_figure_grid("hand.png", [("frame 7", cells)], ["crop", "pose"], "")
        ```
    """
    columns = max(len(cells) for _, cells in rows)
    size = (side * columns + 1.1, (side + 0.32) * len(rows) + 0.5)
    layout = ConstrainedLayoutEngine(w_pad=0.02, h_pad=0.03, wspace=0, hspace=0)
    figure = Figure(figsize=size, layout=layout)
    grid = figure.subplots(len(rows), columns, squeeze=False)
    for axes, text in zip(grid[0], heads):
        axes.set_title(text, fontsize=8)
    for (name, cells), places in zip(rows, grid):
        places[0].set_ylabel(name, fontsize=8)
        for axes, cell in zip(places, [*cells, *[None] * (columns - len(cells))]):
            axes.set(xticks=[], yticks=[])
            if cell is None:
                axes.axis("off")
            else:
                cell(axes)
    figure.suptitle(title, fontsize=10)
    save_figure(figure, path, dpi)


def image_cell(image: np.ndarray, caption: str = "") -> Any:
    """A cell with an `[H, W, 3]` uint8 RGB image and a text below it."""

    def plot(axes):
        axes.imshow(image, interpolation="nearest")
        axes.set_xlabel(caption, fontsize=8, labelpad=2)

    return plot


def latent_cell(points: np.ndarray) -> Any:
    """A cell with latent points `[N, 3]`, see `plot_latent`."""
    return lambda axes: plot_latent(axes, points)


def pose_cell(predicted: np.ndarray, true: Any = None) -> Any:
    """A cell with a pose `[21, 3]` in mm as its camera sees it, the true one dotted."""

    def plot(axes):
        if true is not None:
            plot_skeleton(axes, true, color="0.45", linestyle=":")
        plot_skeleton(axes, predicted)
        _square(axes)

    return plot


def plot_latent(axes: Any, points: np.ndarray) -> None:
    """Plots latent 3D points as their camera sees them, coloured by depth.

    Args:
        axes: matplotlib axes.
        points: `[N, 3]` latent points; their unit is the network's own.
    """
    order = np.argsort(-points[:, 2])  # far points first
    x, y, z = points[order].T
    axes.scatter(x, y, c=z, s=8, cmap="viridis_r")
    _square(axes)
    axes.set(xticks=[], yticks=[])


def _square(axes):
    """A square cell as an image's, y down, one scale for both axes."""
    axes.set_box_aspect(1)
    axes.set_aspect("equal", adjustable="datalim")
    axes.invert_yaxis()


def save_figure(figure: Any, path: str | Path, dpi: int = 110) -> None:
    """Writes a matplotlib figure as a PNG, atomically."""
    style = matplotlib.rc_context({"savefig.facecolor": "white"})
    with replacing(path) as partial, style:
        figure.savefig(partial, dpi=dpi)
