"""Runs jobs and what they come after: in this process, or on a Ray cluster."""

import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from tqdm import tqdm

from hand_geo_keras.scenarios.job import Job
from hand_geo_keras.scenarios.run_job import result_of, run_job


def run_jobs(
    jobs: Sequence[Job], out_dir: str | Path, executor: str = "local"
) -> dict[Any, Any]:
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
            for job, result in EXECUTORS[executor](wave, str(out_dir)):
                bar.write(_line(job, result))
                bar.update()
    return {job: result_of(job, out_dir) for wave in waves for job in wave}


def waves_of(jobs: Sequence[Job]) -> Any:
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


def run_locally(jobs: Sequence[Job], out_dir: str | Path) -> Iterator[Any]:
    """Runs jobs one after the other in this process.

    Args:
        jobs: List of `Job` that do not depend on each other.
        out_dir: Folder of the run.

    Yields:
        `(job, result)` as soon as each is finished.
    """
    for job in jobs:
        yield job, run_job(job, out_dir)


def run_on_ray(jobs: Sequence[Job], out_dir: str | Path) -> Iterator[Any]:
    """Runs jobs on a Ray cluster, several at a time.

    Connects to the cluster of the environment variable `RAY_ADDRESS`, else starts
    Ray on this machine. All workers must see `out_dir` and the prepared data under
    the same path. `HAND_GEO_CPUS_PER_JOB` (default 1) and `HAND_GEO_GPUS_PER_JOB`
    (default 0) say how much of the cluster each job takes.

    Args:
        jobs, out_dir: See `run_locally`.

    Yields:
        `(job, result)` as soon as each is finished, in the order of finishing.

    Raises:
        ImportError: If Ray is not installed.
    """
    try:
        import ray
    except ImportError as error:
        raise ImportError(
            "--executor=ray needs Ray; install it with: "
            "pip install 'hand-geo-keras[ray]'"
        ) from error
    if not ray.is_initialized():
        ray.init(log_to_driver=False)
    remote = ray.remote(
        num_cpus=float(os.environ.get("HAND_GEO_CPUS_PER_JOB", 1)),
        num_gpus=float(os.environ.get("HAND_GEO_GPUS_PER_JOB", 0)),
        # A worker that was killed is replaced; its job resumes from its backup.
        max_retries=3,
    )(run_job)
    job_of = {remote.remote(job, out_dir): job for job in jobs}
    pending = list(job_of)
    while pending:
        done, pending = ray.wait(pending, num_returns=1)
        for reference in done:
            yield job_of[reference], ray.get(reference)


EXECUTORS = {"local": run_locally, "ray": run_on_ray}


def _jobs_before(job):
    return [parent for parent in job.after if hasattr(parent, "after")]


def _line(job, result):
    figures = [f"{result['train_seconds']:.0f} s"]
    for part in ("validation", "test"):
        if part in result:
            figures.append(f"{part} N-MPJPE {result[part]['n_mpjpe_mm']:.1f} mm")
    return f"{job.name}: {', '.join(figures)}"
