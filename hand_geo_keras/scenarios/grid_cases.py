"""The best and the worst test cases of a cell as one picture."""

from pathlib import Path

import numpy as np
from matplotlib.figure import Figure

from hand_geo_keras.scenarios.grid_evaluation import n_mpjpe_of_each
from hand_geo_keras.scenarios.grid_jobs import cell_of
from hand_geo_keras.scenarios.pose_overlay import pose_overlay
from hand_geo_keras.viewer.panel import save_figure

_CASES = 8


def predicted_poses(grid, result):
    """`[K, 21, 3]` poses in mm that a finished cell predicted for the test views."""
    folder = Path(grid.out_dir) / cell_of(result).name
    with np.load(folder / "poses.npz") as file:
        return file["poses"]


def draw_cases(path, grid, data, result):
    """Draws predicted over true skeletons into the best and the worst crops.

    Args:
        path: PNG file to write.
        grid: `Grid`.
        data: `GridDataset`.
        result: Result of a finished cell.
    """
    pool, views = data.test, data.evaluation_views("test")
    poses = predicted_poses(grid, result)
    valid = pool.valid[pool.instant_of_view[views]]
    errors = n_mpjpe_of_each(pool.poses(views), poses, valid)
    order = np.argsort(errors)
    # One case per instant: views of one instant look alike.
    best = _different_instants(pool, views, order)
    worst = _different_instants(pool, views, order[::-1])
    figure = Figure(figsize=(1.9 * _CASES, 4.6))
    grid_of_axes = figure.subplots(2, _CASES, squeeze=False)
    for axes in grid_of_axes.flat:
        axes.set_axis_off()
    for row, cases in zip(grid_of_axes, (best, worst)):
        for axes, case in zip(row, cases):
            axes.imshow(pose_overlay(pool, views[case], poses[case]))
            axes.set_title(f"{errors[case]:.1f} mm", fontsize=9)
    figure.suptitle("best and worst: predicted in colour, true in white", fontsize=10)
    figure.tight_layout()
    save_figure(figure, path)


def _different_instants(pool, views, order):
    instants = pool.instant_of_view[views[order]]
    _, first = np.unique(instants, return_index=True)
    return order[np.sort(first)][:_CASES]
