"""Runs a job: it is trained once, measured once, and kept until it would differ."""

import gc
import shutil
from pathlib import Path
from typing import Any

import keras
import numpy as np

from hand_geo_keras.datasets.instant_folder import read_json
from hand_geo_keras.evaluation import (
    foreground_psnr,
    measure_poses,
    poses_from_latents,
    predict_poses,
)
from hand_geo_keras.io import read_arrays, write_arrays, write_json
from hand_geo_keras.models import ViewSynthesizer
from hand_geo_keras.precision import computing_in, in_float32
from hand_geo_keras.scenarios.code_version import code_version
from hand_geo_keras.scenarios.job import Job
from hand_geo_keras.training.clock import Clock
from hand_geo_keras.training.registry import METHODS
from hand_geo_keras.training.trained import latents_of, save_models

POSES_FILE = "poses.npz"


def run_job(job: Job, out_dir: str | Path) -> Any:
    """Runs a job unless it is finished; resumes where a stopped one was.

    Args:
        job: `Job`; all before it must be finished.
        out_dir: Folder of the run.

    Returns:
        dict, the job's result, also written to its `result.json`: what identifies the
        job, `train_seconds`, `steps`, `parameters`, `features` of the image loss (or
        None), `precision`, `commit` of the code that trained it and, for every measured
        part, the pose errors (see `pose_errors`); or `psnr_foreground_db` of a view
        synthesizer. Models are written beside it, and the poses predicted for the last
        measured part to `poses.npz`.
    """
    result = result_of(job, out_dir)
    if result is None:
        result = _trained_and_measured(job, out_dir)
        keras.backend.clear_session()
        gc.collect()
    return result


def result_of(job: Job, out_dir: str | Path) -> dict[Any, Any]:
    """The result of a finished job, or None if it must be run (again).

    Args:
        job: `Job`.
        out_dir: Folder of the run.

    Returns:
        dict, as `run_job` returned it.
    """
    result = read_json(Path(out_dir) / job.name / "result.json")
    return result if result.get("fingerprint") == job.fingerprint else None  # type: ignore[return-value]


def predicted_poses(job: Job, out_dir: str | Path) -> np.ndarray:
    """`[K, 21, 3]` poses in mm that a finished job predicted for its last part."""
    return read_arrays(Path(out_dir) / job.name / POSES_FILE)["poses"]


def begin(job: Job, out_dir: str | Path) -> Any:
    """Makes a job's folder; clears it first if it holds other settings' work."""
    folder = Path(out_dir) / job.name
    mark = {"fingerprint": job.fingerprint, "settings": job.settings}
    if read_json(folder / "job.json").get("fingerprint") != job.fingerprint:
        shutil.rmtree(folder, ignore_errors=True)
        write_json(folder / "job.json", mark)
    return folder


def finish(job: Job, out_dir: str | Path, result: Any) -> None:
    """Writes a job's result, which makes it finished, and drops its backup."""
    folder = Path(out_dir) / job.name
    write_json(folder / "result.json", {"fingerprint": job.fingerprint, **result})
    shutil.rmtree(folder / "training" / "backup", ignore_errors=True)


def _trained_and_measured(job, out_dir):
    folder = begin(job, out_dir)
    split = job.data.load()
    labels = None
    if job.labels:
        labels = split.choose_labels(job.labels.count, job.seed, job.labels.subjects)
    parents = [parent.trained(out_dir) for parent in job.after]
    method = METHODS[job.method]
    keras.utils.set_random_seed(job.seed)
    with computing_in(job.precision):
        model = method.train(split, labels, job.config, parents, folder, job.seed)
    result = {
        "configuration": job.configuration,
        "budget": job.budget,
        "annotations": job.annotations,
        "seed": job.seed,
        "train_seconds": round(Clock(folder).seconds, 1),
        "steps": _steps(job, model),
        "parameters": model.count_params(),
        "features": getattr(getattr(model, "loss", None), "description", None),
        "precision": job.precision,
        "commit": code_version(),
    }
    encoder = parents[0] if method.keeps_encoder else None
    result |= _measured(in_float32(model), split, folder, encoder)
    save_models(folder, model)
    finish(job, out_dir, result)
    return result_of(job, out_dir)


def _measured(model, split, folder, encoder=None):
    """Foreground PSNR of a view synthesizer, pose errors of anything else."""
    if isinstance(model, ViewSynthesizer):
        pools = {"train": split.unlabelled}
        pools |= {name: part.pool for name, part in split.measured.items()}
        decibel = {n: round(foreground_psnr(model, p), 2) for n, p in pools.items()}
        return {"psnr_foreground_db": decibel}
    errors = {}
    for name, part in split.measured.items():
        if encoder is None:
            poses = predict_poses(model, part.pool, part.views)
        else:
            latents = latents_of(encoder, model, split, name)
            poses = poses_from_latents(model, latents)
        errors[name] = measure_poses(part, poses)
    write_arrays(folder / POSES_FILE, {"poses": poses})  # of the test, the last part
    return errors


def _steps(job, model):
    """Steps from the first one on, where parents have made some of them."""
    if getattr(model, "optimizer", None) is None:
        return 0
    return getattr(job.config, "first_step", 0) + int(model.optimizer.iterations)
