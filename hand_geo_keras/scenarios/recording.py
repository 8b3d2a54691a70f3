"""The main job: from a recording and a few labels to a measured pose model."""

import shutil
import time
from pathlib import Path
from typing import Any

import numpy as np

from hand_geo_keras.datasets.instant_folder import read_json
from hand_geo_keras.errors import DatasetError
from hand_geo_keras.evaluation import (
    labelled_pairs,
    measure_view_synthesis,
    synthesize_views,
)
from hand_geo_keras.evaluation.pose_groups import group_by_camera, group_by_pose
from hand_geo_keras.io import replacing, write_json, write_text
from hand_geo_keras.scenarios.figures import save_view_panel
from hand_geo_keras.scenarios.job import Labels, job_of
from hand_geo_keras.scenarios.run_data import (
    of_crop_size,
    open_crops,
    recording_name,
    started,
    wanted_crop_size,
)
from hand_geo_keras.scenarios.run_job import predicted_poses
from hand_geo_keras.scenarios.run_jobs import run_jobs
from hand_geo_keras.scenarios.run_metrics import run_metrics
from hand_geo_keras.scenarios.run_report import run_report_page, verdict
from hand_geo_keras.training.profiles import Profile
from hand_geo_keras.training.registry import ENTRIES, METHODS
from hand_geo_keras.training.trained import (
    POSE_FILE,
    SYNTHESIZER_FILE,
    TrainedFolder,
)

_PANEL_ROWS = 6
_PART, _SETTINGS = "test", "run.json"
_SHIPPED = "hand_128"  # what a run is compared with that starts from nothing


def train_recording(
    recording_dir: str | Path,
    out_dir: str | Path,
    profile: Profile,
    methods: Any = ("fine_tuned",),
    label_budget: int = 64,
    features: Any = "auto",
    seed: int = 0,
    start: str | Path | None = None,
    *,
    crop_size: int | None = None,
    detector: Any = None,
    command: str = "",
) -> dict[Any, Any]:
    """Prepares a recording, trains on it, measures on its last part and reports.

    The recording is split in time (`split_in_time`). What needs no labels is trained
    on everything before the test part; `label_budget` annotated images are chosen of
    the training part. All methods are measured on the test part, which nothing was
    trained or chosen on. A run that was stopped resumes when called again.

    Args:
        recording_dir: Folder of the recording, see `open_recording`; or one that
            `prepare_recording` wrote, from which nothing is prepared again.
        out_dir: Folder for crops, jobs, `metrics.json`, `report.html`, `panel.png` and
            the models of the first method: `model.keras` and
            `view_synthesizer.keras`, if it has one.
        profile: `Profile`.
        methods: Names of columns in `ENTRIES`.
        label_budget: Number of annotated images; 0 for methods that need none.
        features: Weights of the feature loss, see `ResNet18Features`.
        seed: Seed of every random choice.
        start: Folder or name of a preset to start from, or None.
        crop_size: Side of the crops in pixels; that of what is prepared, of `start`
            or of the profile if None.
        detector: Hand detector for what has neither labels nor boxes, see
            `cut_instants`.
        command: Command line to print in the report.

    Returns:
        dict as written to `metrics.json`.

    Raises:
        HandGeoError: If recording, labels or preset cannot be used, or a prepared
            folder has other crops than asked for.

    Example:
        ```python
        metrics = train_recording("my_rig", "runs/my_rig", PROFILES["quick"])
        ```
    """
    out_dir, begin = Path(out_dir).absolute(), time.time()
    _check_methods(methods, start, profile, label_budget)
    profile = profile.replaced("views", features=features)
    size = wanted_crop_size(recording_dir, crop_size, detector)
    preset, profile = started(start, of_crop_size(profile, size), size)
    name = recording_name(recording_dir)
    settings = _settings(out_dir, profile, label_budget, seed, start, name)
    size, prepared_dir = profile.network.image_size, out_dir / "prepared"
    data, report = open_crops(recording_dir, prepared_dir, size, (_PART,), detector)
    split, prepared_in = data.load(), time.time() - begin
    split.choose_labels(label_budget, seed)  # complains before anything is trained
    write_json(out_dir / _SETTINGS, settings)
    labels = Labels(label_budget) if label_budget else None
    jobs = [
        job_of(name, profile, data, seed, labels, str(label_budget), preset)
        for name in methods
    ]
    results = run_jobs(jobs, out_dir)
    _take_models(jobs[0], out_dir)
    metrics = run_metrics(split, _PART, jobs, results, str(start or _SHIPPED))
    metrics |= _view_metrics(jobs[0], out_dir, split)
    seconds = {job.name: results[job]["train_seconds"] for job in results}
    metrics["seconds"] = {"preparation": round(prepared_in, 1), **seconds}
    metrics["preparation"] = report
    metrics["command"] = command
    write_json(out_dir / "metrics.json", metrics)
    _write_report(split, jobs[0], out_dir, metrics)
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
        f"{'test part, ' + str(metrics['labels']) + ' labels, mm':<36}"
        f"{'N-MPJPE':>8}{'PA-MPJPE':>10}",
        *(
            f"{'  ' + _shown(name, metrics):<36}"
            f"{_in_mm(metrics['n_mpjpe_mm'].get(name)):>8}{value:>10.2f}"
            for name, value in metrics["pa_mpjpe_mm"].items()
        ),
        *([f"image features: {metrics['features']}"] if metrics["features"] else []),
        f"{sum(metrics['seconds'].values()):.0f} s in all",
        verdict(metrics),
    ]
    return "\n".join(lines)


def _in_mm(error):
    return "–" if error is None else f"{error:.2f}"


def _shown(name, metrics):
    before = name == metrics["before"]
    return f"before: {name}" if before else name.replace("_", " ")


def _check_methods(methods, start, profile, label_budget):
    columns = {
        name: entry
        for name, entry in ENTRIES.items()
        if entry.color and entry.config(profile) is not None
    }
    for name in methods:
        entry = columns.get(name)
        if entry is None:
            raise DatasetError(
                f"There is no method {name!r} in this profile; choose of {[*columns]}"
            )
        if entry.needs_preset and start is None:
            raise DatasetError(
                f"The method {name!r} starts from a trained model; name a preset, such "
                "as --start=runs/my_dome"
            )
        if label_budget < 0 or (entry.needs_labels and not label_budget):
            least = 1 if entry.needs_labels else 0
            raise DatasetError(
                f"The method {name!r} learns from {least} or more annotated images. "
                f"Received: --label_budget={label_budget}"
            )


def _settings(out_dir, profile, label_budget, seed, start, recording):
    """What a folder is filled with; refuses one whose models have other settings."""
    settings = {"profile": repr(profile), "labels": label_budget, "seed": seed}
    settings |= {"start": start and str(start), "recording": recording}
    path = out_dir / _SETTINGS
    # Runs of earlier versions do not say their recording.
    found = read_json(path)
    others = [
        name for name in settings if found.get(name, settings[name]) != settings[name]
    ]
    if others:
        raise DatasetError(
            f"{path}: this folder holds a run with other settings "
            f"({', '.join(others)}); choose another out_dir or delete it"
        )
    return settings


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


def _write_report(split, job, out_dir, metrics):
    part, train = split.measured[_PART], split.train
    poses = predicted_poses(job, out_dir)
    labels = split.choose_labels(job.annotations, job.seed)
    groups = (
        group_by_pose(part, poses, train, labels),
        group_by_camera(part, poses, train, labels),
    )
    panel = out_dir / "panel.png" if "view_synthesis" in metrics else None
    page = run_report_page(metrics, part, poses, groups, panel)
    write_text(out_dir / "report.html", page)


def _view_metrics(job, out_dir, split):
    """View synthesis of the first method and its panel; empty if it has none."""
    if not (out_dir / SYNTHESIZER_FILE).is_file():
        (out_dir / "panel.png").unlink(missing_ok=True)  # of an earlier first method
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
