"""Writes the real rig table: CSV, Markdown, curves and a panel of held-out frames."""

from pathlib import Path

import numpy as np

from hand_geo_keras.datasets.instant_folder import read_json
from hand_geo_keras.models import PoseEstimator
from hand_geo_keras.scenarios.grid_evaluation import METRICS, pose_errors
from hand_geo_keras.scenarios.grid_jobs import result_of
from hand_geo_keras.scenarios.pose_baselines import mean_pose, nearest_pose
from hand_geo_keras.scenarios.real_rig_data import load_rig_data
from hand_geo_keras.scenarios.real_rig_figures import draw_curves, draw_panel
from hand_geo_keras.scenarios.real_rig_jobs import METHODS, RigCell
from hand_geo_keras.scenarios.real_rig_text import rig_text
from hand_geo_keras.scenarios.results_table import code_version, csv_text, write_text

COLUMNS = (
    "recording",
    "stretch",
    "method",
    "labels",
    "seed",
    *METRICS,
    "train_seconds",
    "preset",
    "dome",
    "features",
    "commit",
)


def write_outputs(out_dir, recording, rig):
    """Writes `real_rig.csv`, `.md`, `_curves.png` and `_panel.png`.

    Everything that the folder holds with the current settings is included, also
    cells of earlier calls.

    Args:
        out_dir: Folder to write to.
        recording: Name of the recording.
        rig: `RealRig`.

    Returns:
        The table as Markdown text.
    """
    out_dir = Path(out_dir)
    data = load_rig_data(rig.prepared, rig.stretch)
    results = finished_results(rig)
    rows = results + baseline_results(results, rig, data)
    facts = {
        "recording": recording,
        "stretch": rig.stretch,
        "preset": Path(rig.preset).name,
        "dome": rig.dome and Path(rig.dome).name,
        "features": rig.features,
        "commit": code_version(),
    }
    write_text(out_dir / "real_rig.csv", csv_text(_lines(rows, facts), COLUMNS))
    text = rig_text(rows, facts, data)
    write_text(out_dir / "real_rig.md", text)
    title = f"{recording}, {len(data.views)} held-out images ({rig.stretch} stretch)"
    draw_curves(out_dir / "real_rig_curves.png", rows, title)
    draw_panel(out_dir / "real_rig_panel.png", results, rig, data, title)
    return text


def finished_results(rig):
    """Results of all cells in the rig's folder that match its settings, row by row."""
    results = []
    for path in sorted(Path(rig.out_dir).glob("cells/*/job.json")):
        settings = read_json(path)["settings"]
        cell = RigCell(*(settings[name] for name in ("method", "labels", "seed")))
        result = result_of(cell, rig)
        if result is not None:
            results.append(result)
    order = list(METHODS)
    return sorted(
        results, key=lambda r: (r["labels"], order.index(r["method"]), r["seed"])
    )


def baseline_results(results, rig, data):
    """Mean pose and nearest crop, for the labels of every row and seed.

    Without labels the mean pose is that of the dome.

    Args:
        results: Results of `run_cell`.
        rig: `RealRig`.
        data: `RigData`.

    Returns:
        List of dicts as `run_cell` returns them, of the methods `"mean_pose"` and
        `"nearest_crop"`.
    """
    pose = PoseEstimator.from_preset(rig.preset).pose_mean.numpy()
    everywhere = np.broadcast_to(pose, data.truth.shape)
    rows = [_measured("mean_pose", 0, 0, everywhere, data)]
    for count, seed in sorted(
        {(r["labels"], r["seed"]) for r in results if r["labels"]}
    ):
        labels = data.labels_in_pool(count, seed)
        for name, predict in (("mean_pose", mean_pose), ("nearest_crop", nearest_pose)):
            poses = predict(data.pool, labels, data.views)
            rows.append(_measured(name, count, seed, poses, data))
    return rows


def _measured(method, labels, seed, poses, data):
    errors = pose_errors(data.truth, poses, data.valid)
    facts = {"method": method, "labels": labels, "seed": seed, "train_seconds": 0.0}
    return {**facts, **errors}


def _lines(rows, facts):
    rounded = [
        row | {name: round(row[name], 3) for name in METRICS} | facts for row in rows
    ]
    return [{name: row[name] for name in COLUMNS} for row in rounded]
