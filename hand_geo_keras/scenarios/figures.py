"""Figures of what models predict: best and worst cases, novel views, panels."""

from pathlib import Path
from typing import Any

import numpy as np
from scipy.spatial.transform import Rotation

from hand_geo_keras.datasets.instant_pool import InstantPool
from hand_geo_keras.datasets.split import Part
from hand_geo_keras.evaluation import (
    encode_views,
    n_mpjpe_of_each,
    poses_from_latents,
)
from hand_geo_keras.models.pose_estimator import PoseEstimator
from hand_geo_keras.models.view_synthesizer import ViewSynthesizer
from hand_geo_keras.visualization.figure_grid import (
    image_cell,
    latent_cell,
    pose_cell,
    save_figure_grid,
)
from hand_geo_keras.visualization.pose_overlay import pose_overlay

_CASES = 8
_ROWS = 4
_ANGLES = tuple(range(0, 360, 45))
_LEGEND = "predicted in colour, true in white"


def overlay_cells(part: Part, poses: np.ndarray, chosen: Any) -> list[Any]:
    """Cells of crops with predicted over true skeletons, and the error below.

    Args:
        part: `Part`.
        poses: `[K, 21, 3]` poses in mm predicted for its views.
        chosen: Positions in `part.views`.

    Returns:
        List of cells for `save_figure_grid`.
    """
    chosen = np.asarray(chosen)
    errors = n_mpjpe_of_each(part.poses[chosen], poses[chosen], part.valid[chosen])
    return [
        image_cell(pose_overlay(part.pool, part.views[k], poses[k]), f"{error:.1f} mm")
        for k, error in zip(chosen, errors)
    ]


def save_cases(path: str | Path, part: Part, poses: np.ndarray) -> None:
    """Shows the views whose poses are best and worst, of different instants.

    Args:
        path: PNG file to write.
        part: `Part`.
        poses: `[K, 21, 3]` poses in mm predicted for its views.
    """
    order = np.argsort(n_mpjpe_of_each(part.poses, poses, part.valid))
    rows = [
        (name, overlay_cells(part, poses, different_instants(part, ordered)[:_CASES]))
        for name, ordered in (("best", order), ("worst", order[::-1]))
    ]
    save_figure_grid(path, rows, (), f"best and worst: {_LEGEND}", side=1.9)


def save_overlays(
    path: str | Path, part: Part, rows: Any, chosen: Any, title: str
) -> None:
    """Shows some held-out views, one row per model.

    Args:
        path: PNG file to write.
        part: `Part`.
        rows: List of `(name, poses [K, 21, 3])`.
        chosen: Positions in `part.views`.
        title: Text above the figure.
    """
    views = part.views[chosen]
    frames = part.pool.frames[part.pool.instant_of_view[views]]
    heads = [f"frame {f}, {c}" for f, c in zip(frames, part.pool.cameras[views])]
    cells = [(name, overlay_cells(part, poses, chosen)) for name, poses in rows]
    save_figure_grid(path, cells, heads, f"{title}: {_LEGEND}", dpi=90)


def spread_views(part: Any, count: int) -> Any:
    """Positions in `part.views` of views spread in time, the cameras in turn."""
    instants = part.pool.instant_of_view[part.views]
    cameras = np.unique(part.pool.cameras)
    chosen = []
    for number, place in enumerate(np.linspace(0, 1, count)):
        camera = cameras[number % len(cameras)]
        same = np.flatnonzero(part.pool.cameras[part.views] == camera)
        if len(same):
            wanted = np.quantile(instants, place)
            chosen.append(same[np.abs(instants[same] - wanted).argmin()])
    return np.array(chosen)


def save_novel_views(
    path: str | Path,
    part: Part,
    synthesizer: ViewSynthesizer,
    poses: np.ndarray,
    title: str,
) -> None:
    """Shows some views rotated through a full circle, as the paper's Fig. 4.

    Each image is rotated about the vertical axis of its own camera. Views are taken
    at equal distances, not chosen by quality.

    Args:
        path: PNG file to write.
        part: `Part`.
        synthesizer: `ViewSynthesizer`.
        poses: `[K, 21, 3]` poses in mm predicted for the views.
        title: Text above the figure.
    """
    chosen = np.linspace(0, len(part.views) - 1, _ROWS + 2).astype(int)[1:-1]
    rows = []
    for case in chosen:
        view = part.views[case]
        image = part.pool.crops(view)
        latent_3d = np.asarray(synthesizer.encode(image[None])["latent_3d"])[0]
        cells = [
            image_cell(image),
            *map(image_cell, _rotated(synthesizer, part.pool, view)),
            latent_cell(latent_3d),
            pose_cell(poses[case]),
            pose_cell(part.poses[case]),
        ]
        rows.append(("", cells))
    heads = ["input", *(f"{angle}°" for angle in _ANGLES)]
    heads += ["latent points", "predicted", "true"]
    save_figure_grid(path, rows, heads, title, side=1.45)


def save_view_panel(
    path: str | Path, pool: InstantPool, views: Any, model: PoseEstimator, title: str
) -> None:
    """Shows pairs of views: what a model sees, decodes and predicts.

    Args:
        path: PNG file to write.
        pool: `InstantPool`.
        views: `(sources [K], targets [K], decoded [K, S, S, 3])`: views, and the
            targets as decoded from the sources, in 0..255.
        model: `PoseEstimator`.
        title: Text above the figure.
    """
    sources, targets, decoded = views
    latents = encode_views(model, pool, sources)
    poses = poses_from_latents(model, latents)
    rows = []
    for k, (source, target) in enumerate(zip(sources, targets)):
        frame = pool.frames[pool.instant_of_view[source]]
        cells = [
            image_cell(pool.crops(source)),
            image_cell(pool.crops(target)),
            image_cell(decoded[k].clip(0, 255).round().astype(np.uint8)),
            latent_cell(latents[k]),
            pose_cell(poses[k], pool.poses(source)),
        ]
        name = f"frame {frame},\n{pool.cameras[source]} to {pool.cameras[target]}"
        rows.append((name, cells))
    heads = ("input view", "true other view", "predicted other view")
    heads += ("latent points", "pose, true dotted")
    save_figure_grid(path, rows, heads, title, side=2.2)


def _rotated(synthesizer, pool, view):
    """`[A, S, S, 3]` uint8 images of one input from all around."""
    rotations = Rotation.from_euler("y", np.array(_ANGLES)[:, None], degrees=True)
    views = np.full(len(_ANGLES), view)
    decoded = synthesizer.synthesize(
        {
            "image": pool.crops(views),
            "rotation": rotations.as_matrix().astype(np.float32),
            "background": pool.background_crops(views),
        }
    )["image"]
    return np.asarray(decoded).clip(0, 255).round().astype(np.uint8)


def different_instants(part: Part, order: np.ndarray) -> np.ndarray:
    """Positions in `part.views` in order, one per instant: its views look alike."""
    instants = part.pool.instant_of_view[part.views[order]]
    _, first = np.unique(instants, return_index=True)
    return order[np.sort(first)]
