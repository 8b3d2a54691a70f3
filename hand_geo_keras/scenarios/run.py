"""Runs jobs: each is trained once, measured once, and kept until it would differ."""

import gc
from pathlib import Path

import keras
import numpy as np
from tqdm import tqdm

from hand_geo_keras.evaluation import (
    foreground_psnr,
    measure_poses,
    poses_from_latents,
    predict_poses,
)
from hand_geo_keras.models import ViewSynthesizer
from hand_geo_keras.scenarios.executors import EXECUTORS
from hand_geo_keras.scenarios.job import begin, finish, result_of
from hand_geo_keras.training.clock import Clock
from hand_geo_keras.training.registry import METHODS
from hand_geo_keras.training.trained import latents_of, save_models

POSES_FILE = "poses.npz"


def run_jobs(jobs, out_dir, executor="local"):
    """Runs what is not finished of some jobs and of all that they come after.

    Args:
        jobs: List of `Job`.
        out_dir: Folder of the run, seen by all workers.
        executor: Name in `EXECUTORS`.

    Returns:
        dict from `Job` to its result, for the jobs given and all before them.

    Raises:
        ValueError: If there is no such executor.

    Example:
        ```python
        data = prepare_dataset("synthetic_mini", "data", 64)
        job = job_of("fine_tuned", PROFILES["mini"], data, 0, Labels(64), "64")
        print(run_jobs([job], "runs/mini")[job]["test"]["n_mpjpe_mm"])
        ```
    """
    if executor not in EXECUTORS:
        raise ValueError(
            f"The executor must be one of {sorted(EXECUTORS)}. "
            f"Received: executor={executor!r}"
        )
    waves = waves_of(jobs)
    todo = [[j for j in wave if result_of(j, out_dir) is None] for wave in waves]
    total = sum(map(len, todo))
    with tqdm(total=total, unit="job", disable=not total) as bar:
        for wave in todo:
            for job, result in EXECUTORS[executor](run_job, wave, str(out_dir)):
                bar.write(_line(job, result))
                bar.update()
    return {job: result_of(job, out_dir) for wave in waves for job in wave}


def run_job(job, out_dir):
    """Runs a job unless it is finished; resumes where a stopped one was.

    Args:
        job: `Job`; all before it must be finished.
        out_dir: Folder of the run.

    Returns:
        dict, the job's result, also written to its `result.json`: what identifies the
        job, `train_seconds`, `steps`, `parameters`, `features` of the image loss (or
        None) and, for every measured part, the pose errors (see `pose_errors`); or
        `psnr_foreground_db` of a view synthesizer. Models are written beside it, and
        the poses predicted for the last measured part to `poses.npz`.
    """
    result = result_of(job, out_dir)
    if result is None:
        result = _trained_and_measured(job, out_dir)
        keras.backend.clear_session()
        gc.collect()
    return result


def waves_of(jobs):
    """Jobs and all before them: lists of which each depends on earlier lists only."""
    waves, wave = [], list(dict.fromkeys(jobs))
    while wave:
        waves.insert(0, wave)
        wave = list(dict.fromkeys(p for job in wave for p in _jobs_before(job)))
    seen, ordered = set(), []
    for wave in waves:
        ordered.append([job for job in wave if job not in seen])
        seen.update(wave)
    return ordered


def predicted_poses(job, out_dir):
    """`[K, 21, 3]` poses in mm that a finished job predicted for its last part."""
    with np.load(Path(out_dir) / job.name / POSES_FILE) as file:
        return file["poses"]


def _jobs_before(job):
    return [parent for parent in job.after if hasattr(parent, "after")]


def _trained_and_measured(job, out_dir):
    folder = begin(job, out_dir)
    split = job.data.load()
    labels = None
    if job.labels:
        labels = split.choose_labels(job.labels.count, job.seed, job.labels.subjects)
    parents = [parent.trained(out_dir) for parent in job.after]
    method = METHODS[job.method]
    keras.utils.set_random_seed(job.seed)
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
    }
    encoder = parents[0] if method.keeps_encoder else None
    result |= _measured(model, split, folder, encoder)
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
    np.savez(folder / POSES_FILE, poses=poses)  # of the test, which comes last
    return errors


def _steps(job, model):
    """Steps from the first one on, where parents have made some of them."""
    if getattr(model, "optimizer", None) is None:
        return 0
    return getattr(job.config, "first_step", 0) + int(model.optimizer.iterations)


def _line(job, result):
    figures = [f"{result['train_seconds']:.0f} s"]
    for part in ("validation", "test"):
        if part in result:
            figures.append(f"{part} N-MPJPE {result[part]['n_mpjpe_mm']:.1f} mm")
    return f"{job.name}: {', '.join(figures)}"
