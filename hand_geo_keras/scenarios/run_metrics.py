"""What a training on a recording is measured by: errors beside baselines."""

from collections.abc import Sequence
from typing import Any

from hand_geo_keras.datasets.split import Part, Split
from hand_geo_keras.evaluation import (
    METRICS,
    constant_articulation,
    mean_pose,
    measure_poses,
    nearest_pose,
    predict_poses,
)
from hand_geo_keras.prediction.pose_model import load_pose_model
from hand_geo_keras.scenarios.job import Job

_BASELINES = ("mean_pose", "nearest_neighbour", "constant_articulation")


def run_metrics(
    split: Split, name: str, jobs: Sequence[Job], results: Any, before: str
) -> dict[str, Any]:
    """Pose errors of methods and baselines, and what they were measured on.

    Args:
        split: `Split`.
        name: Name of the part that is measured.
        jobs: Jobs of the methods, the run's model first.
        results: dict from `Job` to its result.
        before: Name or folder of the preset that the model is compared with.

    Returns:
        dict of JSON's types; of each metric a dict from who predicts to its error. Of a
        run without labels there are no baselines that are made of them.
    """
    part, train = split.measured[name], split.train.pool
    labels = split.choose_labels(jobs[0].annotations, jobs[0].seed)
    if before in (*_BASELINES, *(job.configuration for job in jobs)):
        before = f"./{before}"  # a folder that is called like one of these
    errors_before, note = _before(before, part)
    errors, constant = {}, {}
    if len(labels):
        errors = {
            "mean_pose": measure_poses(part, mean_pose(train, labels, part)),
            "nearest_neighbour": measure_poses(part, nearest_pose(train, labels, part)),
        }
        measured = measure_poses(part, constant_articulation(train, labels, part))
        # Nothing but PA-MPJPE means anything of it.
        constant["constant_articulation"] = round(measured["pa_mpjpe_mm"], 3)
    errors[before] = errors_before
    errors |= {job.configuration: results[job][name] for job in jobs}
    frames = {"train": train.frames, name: part.pool.frames}
    features = [r["features"] for r in results.values() if r["features"]]
    metrics = {
        metric: {who: round(of_who[metric], 3) for who, of_who in errors.items()}
        for metric in METRICS
    }
    metrics["pa_mpjpe_mm"] = {**constant, **metrics["pa_mpjpe_mm"]}
    return {
        **metrics,
        "per_finger_n_mpjpe_mm": {
            who: errors[who]["per_finger_n_mpjpe_mm"]
            for who in (before, *(job.configuration for job in jobs))
        },
        "model": jobs[0].configuration,
        "before": before,
        "before_note": note,
        "labels": len(labels),
        "frames": {
            part: [int(f.min()), int(f.max()), len(f)] for part, f in frames.items()
        },
        "features": features[0] if features else None,
    }


def _before(name: str, part: Part) -> tuple[dict[str, Any], str]:
    """Errors of a preset that was not trained here, and a note on its crops."""
    model = load_pose_model(name)
    size, there = model.encoder.image_size, part.pool.crop_size
    poses = predict_poses(model, part.pool, part.views, size)
    resized = f", resized from {there} to its {size} px" if size != there else ""
    return measure_poses(part, poses), resized
