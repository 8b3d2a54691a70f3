"""Fig. 4: pictures turned through a full circle, latent points and poses."""

import numpy as np
from matplotlib.figure import Figure
from scipy.spatial.transform import Rotation

from hand_geo_keras.scenarios.grid_cases import predicted_poses
from hand_geo_keras.scenarios.hand_region import central_crops
from hand_geo_keras.viewer.panel import plot_latent, save_figure
from hand_geo_keras.viewer.skeletons import plot_skeleton

_ROWS = 4
_ANGLES = tuple(range(0, 360, 45))


def draw_novel_views(path, grid, data, synthesizer, result):
    """Draws some test pictures from all around, as the paper's Fig. 4.

    Each picture is turned about the vertical axis of its own camera. Test views
    are taken at equal distances, not chosen by quality.

    Args:
        path: PNG file to write.
        grid: `Grid`.
        data: `GridDataset`.
        synthesizer: Pre-trained `ViewSynthesizer`.
        result: Result of a finished cell, whose poses are shown.
    """
    pool, views = data.test, data.evaluation_views("test")
    chosen = np.linspace(0, len(views) - 1, _ROWS + 2).astype(int)[1:-1]
    poses = predicted_poses(grid, result)
    columns = 1 + len(_ANGLES) + 3
    figure = Figure(figsize=(1.45 * columns, 1.55 * _ROWS + 0.7))
    cells = figure.subplots(_ROWS, columns, squeeze=False)
    for row, case in zip(cells, chosen):
        view = views[case]
        image = central_crops(pool.images[view][None], pool.crop_size)[0]
        row[0].imshow(image)
        for axes, picture in zip(row[1:], _turned(synthesizer, pool, view, image)):
            axes.imshow(picture)
        for axes in row[: 1 + len(_ANGLES)]:
            axes.set(xticks=[], yticks=[])
        latent_3d = np.asarray(synthesizer.encode(image[None])["latent_3d"])[0]
        plot_latent(row[-3], latent_3d)
        _plot_pose(row[-2], poses[case])
        _plot_pose(row[-1], pool.poses(view))
    titles = ("input", *(f"{angle}°" for angle in _ANGLES), "latent points")
    for axes, title in zip(cells[0], (*titles, "predicted", "true")):
        axes.set_title(title, fontsize=8)
    figure.suptitle(
        "Test subjects turned about the vertical axis; poses of "
        f"{result['configuration']}, {result['annotations']} annotations",
        fontsize=10,
    )
    figure.tight_layout()
    save_figure(figure, path)


def _turned(synthesizer, pool, view, image):
    """`[A, S, S, 3]` uint8 pictures of one input from all around."""
    background = central_crops(pool.backgrounds[view][None], pool.crop_size)[0]
    turns = Rotation.from_euler(
        "y", np.array(_ANGLES)[:, None], degrees=True
    ).as_matrix()
    count = len(_ANGLES)
    drawn = synthesizer.synthesize(
        {
            "image": np.repeat(image[None], count, 0),
            "rotation": turns.astype(np.float32),
            "background": np.repeat(background[None], count, 0),
        }
    )["image"]
    return np.asarray(drawn).clip(0, 255).round().astype(np.uint8)


def _plot_pose(axes, pose):
    plot_skeleton(axes, pose)
    axes.set_aspect("equal", adjustable="datalim")
    axes.invert_yaxis()
    axes.set(xticks=[], yticks=[])
