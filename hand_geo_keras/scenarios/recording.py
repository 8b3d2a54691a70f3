"""The main job: from a recording and a few labels to a measured pose model."""

import dataclasses
import shutil
import time
from pathlib import Path
from typing import Any

import keras
import numpy as np

from hand_geo_keras.datasets import prepare_one
from hand_geo_keras.datasets.instant_folder import read_json
from hand_geo_keras.errors import DatasetError
from hand_geo_keras.evaluation import (
    METRICS,
    labelled_pairs,
    mean_pose,
    measure_poses,
    measure_view_synthesis,
    nearest_pose,
    synthesize_views,
)
from hand_geo_keras.io import replacing, write_json
from hand_geo_keras.models import PRESETS
from hand_geo_keras.scenarios.figures import save_view_panel
from hand_geo_keras.scenarios.job import Labels, job_of
from hand_geo_keras.scenarios.run_jobs import run_jobs
from hand_geo_keras.training.profiles import Network, Profile
from hand_geo_keras.training.registry import ENTRIES, METHODS
from hand_geo_keras.training.trained import (
    POSE_FILE,
    SYNTHESIZER_FILE,
    Preset,
    TrainedFolder,
)

_PANEL_ROWS = 6
_PART = "test"


def train_recording(
    recording_dir: str | Path,
    out_dir: str | Path,
    profile: Profile,
    methods: Any = ("fine_tuned",),
    labels: Any = 64,
    features: Any = "auto",
    seed: int = 0,
    start: int | None = None,
) -> dict[Any, Any]:
    """Prepares a recording, trains on it, and measures on its last part.

    The recording is split in time (`split_in_time`). What needs no labels is trained
    on everything before the test part; `labels` annotated images are chosen of the
    training part. All methods are measured on the test part, which nothing was trained
    or chosen on. A run that was stopped resumes when called again.

    Args:
        recording_dir: Folder of the recording, see `open_recording`.
        out_dir: Folder for crops, jobs, `metrics.json`, `panel.png` and the models of
            the first method: `model.keras` and `view_synthesizer.keras`, if it has one.
        profile: `Profile`.
        methods: Names of columns in `ENTRIES`.
        labels: Number of annotated images.
        features: Weights of the feature loss, see `ResNet18Features`.
        seed: Seed of every random choice.
        start: Folder or name of a preset to start from, or None.

    Returns:
        dict as written to `metrics.json`.

    Raises:
        HandGeoError: If recording, labels or preset cannot be used.

    Example:
        ```python
        metrics = train_recording("my_rig", "runs/my_rig", PROFILES["quick"])
        ```
    """
    out_dir, begin = Path(out_dir).absolute(), time.time()
    _check_methods(methods, start)
    profile = profile.replaced("views", features=features)
    preset, profile = _started(start, profile)
    _check_settings(out_dir, profile, labels, seed, start)
    size = profile.network.image_size
    data, report = prepare_one(recording_dir, out_dir / "prepared", size, (_PART,))
    split, prepared_in = data.load(), time.time() - begin
    split.choose_labels(labels, seed)  # complains before anything is trained
    jobs = [
        job_of(name, profile, data, seed, Labels(labels), str(labels), preset)
        for name in methods
    ]
    results = run_jobs(jobs, out_dir)
    _take_models(jobs[0], out_dir)
    metrics = _metrics(split, jobs, results, seed)
    metrics |= _view_metrics(jobs[0], out_dir, split)
    seconds = {job.name: results[job]["train_seconds"] for job in results}
    metrics["seconds"] = {"preparation": round(prepared_in, 1), **seconds}
    metrics["preparation"] = report
    write_json(out_dir / "metrics.json", metrics)
    return metrics


def summary(metrics: Any) -> str:
    """One clear table of a run's metrics as text."""
    lines = []
    if "view_synthesis" in metrics:
        views = metrics["view_synthesis"]
        lines += [
            f"{'hand PSNR (dB), test part':<36}{views['psnr_hand_db']:>8.2f}",
            f"{'  on training pairs':<36}{views['psnr_hand_train_db']:>8.2f}",
            *(
                f"{'  baseline: ' + name.replace('_', ' '):<36}{value:>8.2f}"
                for name, value in views["baselines"].items()
            ),
        ]
    lines += [
        f"N-MPJPE (mm), test part, {metrics['labels']} labels",
        *(
            f"{'  ' + name.replace('_', ' '):<36}{value:>8.2f}"
            for name, value in metrics["n_mpjpe_mm"].items()
        ),
        f"image features: {metrics['features']}",
        f"{sum(metrics['seconds'].values()):.0f} s in all",
    ]
    return "\n".join(lines)


def _started(start, profile):
    """The preset to start from, and the profile with networks of its size."""
    if start is None:
        return None, profile
    preset = Preset.find(start)
    encoder = preset.pose_estimator().encoder
    size = Network(
        start if start in PRESETS else profile.network.preset,
        encoder.image_size,
        encoder.num_points,
    )
    return preset, dataclasses.replace(profile, network=size)


def _check_methods(methods, start):
    for name in methods:
        entry = ENTRIES.get(name)
        if entry is None or entry.color is None:
            columns = [n for n, e in ENTRIES.items() if e.color]
            raise DatasetError(f"There is no method {name!r}; choose of {columns}")
        if entry.needs_preset and start is None:
            raise DatasetError(
                f"The method {name!r} starts from a trained model; name a preset, such "
                "as --start=compact_128"
            )


def _check_settings(out_dir, profile, labels, seed, start):
    """Refuses a folder whose models were trained with other settings."""
    settings = {"profile": repr(profile), "labels": labels, "seed": seed}
    settings["start"] = start and str(start)
    settings["precision"] = keras.config.dtype_policy().name
    path = out_dir / "run.json"
    if read_json(path) not in ({}, settings):
        raise DatasetError(
            f"{path}: this folder holds a run with other settings; choose another "
            "out_dir or delete it"
        )
    write_json(path, settings)


def _take_models(job, out_dir):
    """Puts the models of a job where `load_pose_model` looks for those of a run.

    A view synthesizer is of use only with the encoder that the poses come from.
    """
    folders = [job.trained(out_dir)]
    if METHODS[job.method].keeps_encoder:
        folders += [parent.trained(out_dir) for parent in job.after]
    for name in (POSE_FILE, SYNTHESIZER_FILE):
        found = [
            path for t in folders for path in [Path(t.folder) / name] if path.is_file()
        ]
        if found:
            with replacing(out_dir / name) as partial:
                shutil.copyfile(found[0], partial)
        else:
            (out_dir / name).unlink(missing_ok=True)


def _metrics(split, jobs, results, seed):
    """Pose errors of methods and baselines, and what they were measured on."""
    part, train = split.measured[_PART], split.train.pool
    labels = split.choose_labels(jobs[0].annotations, seed)
    errors = {
        "mean_pose": measure_poses(part, mean_pose(train, labels, part)),
        "nearest_neighbour": measure_poses(part, nearest_pose(train, labels, part)),
        **{job.configuration: results[job][_PART] for job in jobs},
    }
    frames = {"train": train.frames, _PART: part.pool.frames}
    features = [r["features"] for r in results.values() if r["features"]]
    return {
        **{
            metric: {
                name: round(of_name[metric], 3) for name, of_name in errors.items()
            }
            for metric in METRICS
        },
        "labels": len(labels),
        "frames": {
            name: [int(f.min()), int(f.max()), len(f)] for name, f in frames.items()
        },
        "features": features[0] if features else None,
    }


def _view_metrics(job, out_dir, split):
    """View synthesis of the first method and its panel; empty if it has none."""
    if not (out_dir / SYNTHESIZER_FILE).is_file():
        return {}
    trained, part = TrainedFolder(str(out_dir)), split.measured[_PART]
    synthesizer, model = trained.view_synthesizer(), trained.pose_estimator()
    metrics = measure_view_synthesis(synthesizer, split, _PART)
    sources, targets = labelled_pairs(part.pool)
    chosen = np.linspace(0, len(sources) - 1, _PANEL_ROWS).astype(int)
    sources, targets = sources[chosen], targets[chosen]
    decoded = synthesize_views(synthesizer, part.pool, sources, targets)
    title = (
        f"Held-out frames: hand PSNR {metrics['psnr_hand_db']:.1f} dB, "
        f"{job.configuration} from {job.annotations} labels"
    )
    views = (sources, targets, decoded)
    save_view_panel(out_dir / "panel.png", part.pool, views, model, title)
    return {"view_synthesis": metrics}
