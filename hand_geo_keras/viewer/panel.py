"""One picture that shows what a trained model sees, imagines and predicts."""

import matplotlib
import numpy as np
from matplotlib.figure import Figure

from hand_geo_keras.io import replacing
from hand_geo_keras.viewer.skeletons import plot_skeleton

COLUMNS = (
    "input view",
    "true other view",
    "predicted other view",
    "latent points (input view)",
    "pose: predicted, true dotted",
)


def save_panel(path, rows, title):
    """Draws rows of examples and writes them as a PNG.

    Args:
        path: File to write (atomically).
        rows: List of dicts with `name` (text), `input`, `target` and `synthesized`
            (`[S, S, 3]` uint8 RGB), `latent_3d` (`[N, 3]`), `predicted` and `true`
            (`[21, 3]` poses in mm, virtual-camera frame of the input).
        title: Text above the picture.
    """
    figure = Figure(figsize=(2.4 * len(COLUMNS), 2.45 * len(rows) + 0.8))
    grid = figure.subplots(len(rows), len(COLUMNS), squeeze=False)
    for axes, column in zip(grid[0], COLUMNS):
        axes.set_title(column, fontsize=10)
    for row, cells in zip(rows, grid):
        for axes, key in zip(cells, ("input", "target", "synthesized")):
            axes.imshow(row[key], interpolation="nearest")
            axes.set(xticks=[], yticks=[])
        cells[0].set_ylabel(row["name"], fontsize=9)
        plot_latent(cells[3], row["latent_3d"])
        plot_skeleton(cells[4], row["true"], color="0.45", linestyle=":")
        plot_skeleton(cells[4], row["predicted"])
        cells[4].set_aspect("equal", adjustable="datalim")
        cells[4].invert_yaxis()
        cells[4].tick_params(labelsize=6)
        cells[4].set_xlabel("mm", fontsize=7, labelpad=0)
    figure.suptitle(title, fontsize=11)
    figure.tight_layout(rect=(0, 0, 1, 0.99))
    save_figure(figure, path)


def plot_latent(axes, points):
    """Plots latent 3D points as their camera sees them, coloured by depth.

    Args:
        axes: matplotlib axes.
        points: `[N, 3]` latent points; their unit is the network's own.
    """
    order = np.argsort(-points[:, 2])  # far points first
    x, y, z = points[order].T
    axes.scatter(x, y, c=z, s=8, cmap="viridis_r")
    axes.set_aspect("equal")
    axes.invert_yaxis()
    axes.set(xticks=[], yticks=[])


def save_figure(figure, path, dpi=110):
    """Writes a matplotlib figure as a PNG, atomically."""
    style = matplotlib.rc_context({"savefig.facecolor": "white"})
    with replacing(path) as partial, style:
        figure.savefig(partial, dpi=dpi)
