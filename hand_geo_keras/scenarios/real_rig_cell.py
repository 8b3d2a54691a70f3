"""Runs one job of the real rig table: an adaptation, or a cell with its measurement."""

import gc
from pathlib import Path

import keras
import numpy as np

from hand_geo_keras.models import PoseEstimator
from hand_geo_keras.pipelines import joined_batches
from hand_geo_keras.scenarios.fitting import fit_resumable
from hand_geo_keras.scenarios.grid_encoders import (
    Clock,
    decaying_adam,
    save_atomically,
)
from hand_geo_keras.scenarios.grid_evaluation import pose_errors
from hand_geo_keras.scenarios.grid_jobs import begin, finish, result_of
from hand_geo_keras.scenarios.real_rig_adaptation import ADAPTED, adapt, copy_scaling
from hand_geo_keras.scenarios.real_rig_data import load_rig_data
from hand_geo_keras.scenarios.real_rig_jobs import AdaptationJob
from hand_geo_keras.scenarios.real_rig_rehearsal import dome_source, self_source
from hand_geo_keras.scenarios.recording_evaluation import predict_poses
from hand_geo_keras.scenarios.two_rate_adam import TwoRateAdam

STEPS_PER_EPOCH = 100
POSES = "poses.npz"


def run_job(job, rig):
    """Runs a job unless it is finished; goes on where a stopped one was.

    Args:
        job: `AdaptationJob` or `RigCell`. A cell's adaptation must be finished.
        rig: `RealRig`.

    Returns:
        dict, the job's result, also written to its `result.json`.
    """
    result = result_of(job, rig)
    if result is None:
        result = (adapt if isinstance(job, AdaptationJob) else run_cell)(job, rig)
        keras.backend.clear_session()
        gc.collect()
    return result


def run_cell(cell, rig):
    """Trains a cell and measures it once on the stretch of the rig.

    Args:
        cell: `RigCell`.
        rig: `RealRig`.

    Returns:
        dict with the cell's settings, all of `pose_errors` and `train_seconds`. The
        predicted poses are written to `poses.npz`, the model to `model.keras`.
    """
    folder = begin(cell, rig)
    data = load_rig_data(rig.prepared, rig.stretch)
    keras.utils.set_random_seed(cell.seed)
    clock = Clock(folder)
    model = _trained(cell, rig, data, folder, clock)
    poses = predict_poses(model, data.pool, data.views)
    np.savez(folder / POSES, poses=poses)
    save_atomically(model, folder / "model.keras")
    result = {
        **vars(cell),
        **pose_errors(data.truth, poses, data.valid),
        "train_seconds": round(clock.seconds, 1),
    }
    finish(cell, rig, result)
    return result


def predicted_poses(cell, rig):
    """`[K, 21, 3]` poses in mm that a finished cell predicted."""
    with np.load(Path(rig.out_dir) / cell.name / POSES) as file:
        return file["poses"]


def _trained(cell, rig, data, folder, clock):
    start = PoseEstimator.from_preset(_start_of(cell, rig))
    if cell.labels == 0 or cell.method == "dome":
        return start
    labels = data.labels(cell.labels, cell.seed)
    if cell.method == "supervised":
        model, settings, optimizer = _from_scratch(start, cell, rig, data, labels)
    else:
        model, settings, optimizer = _from_dome(start, cell, rig, data, labels)
    model.compile(optimizer, loss="mse")
    steps = settings.steps(cell.labels)
    sources = [(data.train, labels, settings.batch)]
    if cell.method != "supervised":
        sources += dome_source(rig)
    if cell.method == "adapted":
        sources += self_source(rig, start, data.footage)
    fit_resumable(
        model,
        lambda first_batch: joined_batches(
            sources, cell.seed + first_batch, rig.profile.augmentation
        ),
        folder / "training",
        steps,
        min(STEPS_PER_EPOCH, steps),
        description=cell.name,
        callbacks=[clock],
    )
    return model


def _start_of(cell, rig):
    if cell.adaptation:
        return Path(rig.out_dir) / cell.adaptation.name / ADAPTED
    return rig.preset


def _from_scratch(start, cell, rig, data, labels):
    """The dome's architecture with fresh weights, and its optimizer."""
    encoder, head = (
        type(part).from_config(part.get_config() | {"trainable": True})
        for part in (start.encoder, start.pose_head)
    )
    model = PoseEstimator(encoder, head, trainable_encoder=True)
    valid = data.train.valid[data.train.instant_of_view[labels]]
    model.adapt(data.train.poses(labels), valid)
    settings = rig.profile.supervised
    steps = settings.steps(cell.labels)
    return model, settings, decaying_adam(settings.learning_rate, steps)


def _from_dome(start, cell, rig, data, labels):
    """The starting model with everything trainable, and its optimizer."""
    scale = _relative_size(start, data, labels)
    start.encoder.trainable = True
    _keep_statistics(start.encoder, start.pose_head)
    model = PoseEstimator(start.encoder, start.pose_head, trainable_encoder=True)
    copy_scaling(start, model, scale)
    settings = rig.profile.fine_tuning
    steps = settings.steps(cell.labels)
    optimizer = TwoRateAdam(
        keras.optimizers.schedules.CosineDecay(settings.learning_rate, steps),
        model.encoder.trainable_variables,
        settings.encoder_rate,
        use_ema=True,
        ema_momentum=settings.ema_momentum,
    )
    return model, settings, optimizer


def _keep_statistics(*parts):
    """Freezes batch normalisation, to fine-tune on few and similar hands.

    Statistics of such batches take away what all of them have in common, for example
    that they point downwards.

    Args:
        *parts: Functional networks.
    """
    for part in parts:
        for layer in part.layers:
            if isinstance(layer, keras.layers.BatchNormalization):
                layer.trainable = False


def _relative_size(model, data, labels):
    """How many times as large the labelled hand is as the model's.

    Another hand, or a calibration in other lengths than it says, would otherwise be
    learned by the whole network at the price of what it knows.
    """
    valid = data.train.valid[data.train.instant_of_view[labels]][..., None]
    true, predicted = data.train.poses(labels), predict_poses(model, data.train, labels)
    sizes = [np.linalg.norm(poses * valid) for poses in (true, predicted)]
    return float(sizes[0] / sizes[1])
