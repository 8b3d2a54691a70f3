"""Figures of the real rig table: curves over labels, and held-out frames."""

import numpy as np

from hand_geo_keras.scenarios.grid_evaluation import n_mpjpe_of_each
from hand_geo_keras.scenarios.pose_overlay import pose_overlay
from hand_geo_keras.scenarios.real_rig_cell import predicted_poses
from hand_geo_keras.scenarios.real_rig_jobs import METHODS, RigCell
from hand_geo_keras.scenarios.real_rig_text import BASELINES, mean_and_deviation
from hand_geo_keras.viewer.few_label_curves import save_few_label_curves
from hand_geo_keras.viewer.pose_grid import save_pose_grid

_METRICS = {"n_mpjpe_mm": "N-MPJPE", "pa_mpjpe_mm": "PA-MPJPE"}
_GREY = {"color": "0.6", "linewidth": 1}
_STYLES = {
    "mean_pose": {"linestyle": ":", **_GREY},
    "nearest_crop": {"linestyle": "--", **_GREY},
    "supervised": {"color": "tab:gray", "marker": "o"},
    "fine_tuned": {"color": "tab:blue", "marker": "o"},
    "adapted": {"color": "tab:red", "marker": "o"},
}
_FRAMES = 7
_SHOWN_LABELS = 64
# Rows of the panel: method, whether it is shown with labels, and its name.
_ROWS = (
    ("dome", False, "dome model,\n0 labels"),
    ("adapted", False, "adapted,\n0 labels"),
    ("supervised", True, "from scratch,\n{} labels"),
    ("fine_tuned", True, "fine-tuned,\n{} labels"),
    ("adapted", True, "adapted, fine-\ntuned, {} labels"),
)


def draw_curves(path, rows, title):
    """Draws N-MPJPE and PA-MPJPE over the number of labelled images.

    Args:
        path: PNG file to write.
        rows: Results of all cells and baselines.
        title: Text above the figure.
    """
    names = {**BASELINES, **METHODS, "fine_tuned": "dome model, fine-tuned"}
    styles = {
        name: {"label": names[name], "markersize": 4, **style}
        for name, style in _STYLES.items()
    }
    panels = {}
    for metric, text in _METRICS.items():
        lines = {}
        for (method, count), value in mean_and_deviation(rows, metric).items():
            # With no label to fine-tune on, the dome's model is as it is.
            line = "fine_tuned" if method == "dome" else method
            lines.setdefault(line, []).append((count, *value[:2]))
        panels[text] = lines
    save_few_label_curves(path, panels, styles, title)


def draw_panel(path, results, rig, data, title):
    """Draws predicted over true skeletons into held-out frames.

    Args:
        path: PNG file to write.
        results: Results of `run_cell`.
        rig: `RealRig`.
        data: `RigData`.
        title: Text above the picture.
    """
    chosen = frames_to_show(data, _FRAMES)
    views = data.views[chosen]
    truth, valid = data.truth, data.valid
    rows = []
    for cell, name in _shown_cells(results):
        poses = predicted_poses(cell, rig)
        errors = n_mpjpe_of_each(truth[chosen], poses[chosen], valid[chosen])
        pictures = [
            pose_overlay(data.pool, view, poses[number])
            for view, number in zip(views, chosen)
        ]
        rows.append((name, pictures, [f"{error:.0f} mm" for error in errors]))
    frames = data.pool.frames[data.pool.instant_of_view[views]]
    columns = [
        f"frame {frame}, {camera}"
        for frame, camera in zip(frames, data.pool.cameras[views])
    ]
    save_pose_grid(path, rows, columns, f"{title}: predicted in colour, true in white")


def frames_to_show(data, count):
    """Positions in `data.views` of views spread in time, the cameras in turn."""
    instants = data.pool.instant_of_view[data.views]
    cameras = np.unique(data.pool.cameras)
    chosen = []
    for number, place in enumerate(np.linspace(0, 1, count)):
        camera = cameras[number % len(cameras)]
        same = np.flatnonzero(data.pool.cameras[data.views] == camera)
        if len(same):
            wanted = np.quantile(instants, place)
            chosen.append(same[np.abs(instants[same] - wanted).argmin()])
    return np.array(chosen)


def _shown_cells(results):
    """Cells of the panel's rows that are finished, and their names."""
    found = {(result["method"], result["labels"]): result for result in results[::-1]}
    counts = [count for _, count in found if count]
    shown = min(counts, key=lambda count: abs(count - _SHOWN_LABELS), default=0)
    cells = []
    for method, is_labelled, name in _ROWS:
        result = found.get((method, shown if is_labelled else 0))
        if result and (shown or not is_labelled):
            cell = RigCell(method, result["labels"], result["seed"])
            cells.append((cell, name.format(shown)))
    return cells
