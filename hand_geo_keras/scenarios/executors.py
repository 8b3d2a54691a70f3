"""Where jobs run: in this process, or on a Ray cluster."""

import os
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any


def run_locally(
    function: Callable[..., Any], jobs: Sequence[Any], out_dir: str | Path
) -> Iterator[Any]:
    """Runs jobs one after the other in this process.

    Args:
        function: Callable from a job and `out_dir` to a result.
        jobs: List of `Job` that do not depend on each other.
        out_dir: Folder of the run.

    Yields:
        `(job, result)` as soon as each is finished.
    """
    for job in jobs:
        yield job, function(job, out_dir)


def run_on_ray(
    function: Callable[..., Any], jobs: Sequence[Any], out_dir: str | Path
) -> Iterator[Any]:
    """Runs jobs on a Ray cluster, several at a time.

    Connects to the cluster of the environment variable `RAY_ADDRESS`, else starts
    Ray on this machine. All workers must see `out_dir` and the prepared data under
    the same path. `HAND_GEO_CPUS_PER_JOB` (default 1) and `HAND_GEO_GPUS_PER_JOB`
    (default 0) say how much of the cluster each job takes.

    Args:
        function, jobs, out_dir: See `run_locally`.

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
    )(function)
    job_of = {remote.remote(job, out_dir): job for job in jobs}
    pending = list(job_of)
    while pending:
        done, pending = ray.wait(pending, num_returns=1)
        for reference in done:
            yield job_of[reference], ray.get(reference)


EXECUTORS = {"local": run_locally, "ray": run_on_ray}
