"""Runs one job of the grid: an encoder, or a cell with its single test."""

import gc

import keras
import numpy as np

from hand_geo_keras.pipelines import evaluation_dataset
from hand_geo_keras.scenarios.grid_dataset import load_dataset
from hand_geo_keras.scenarios.grid_encoders import (
    latents_of,
    load_view_synthesizer,
    pre_train,
    save_atomically,
)
from hand_geo_keras.scenarios.grid_evaluation import pose_errors
from hand_geo_keras.scenarios.grid_jobs import (
    EncoderJob,
    begin,
    finish,
    result_of,
    start_of,
)
from hand_geo_keras.scenarios.grid_training import CellTrainer
from hand_geo_keras.scenarios.label_budgets import TABLE_1, annotated_views

_BATCH = 256
_FROZEN = ("pre_trained", "pre_trained_aug")


def run_job(job, grid):
    """Runs a job unless it is finished; goes on where a stopped one was.

    Args:
        job: `EncoderJob` or `Cell`. A cell's encoder must be finished.
        grid: `Grid`.

    Returns:
        dict, the job's result, also written to its `result.json`.
    """
    result = result_of(job, grid)
    if result is None:
        run = pre_train if isinstance(job, EncoderJob) else run_cell
        result = run(job, grid)
        keras.backend.clear_session()
        gc.collect()
    return result


def run_cell(cell, grid):
    """Trains a cell and measures it once on the test subjects.

    Args:
        cell: `Cell`.
        grid: `Grid`.

    Returns:
        dict with the cell's settings, `test` (see `pose_errors`), `validation` (the
        same, where there is a validation subject) and `train_seconds`. The poses
        predicted for the test views are written to `poses.npz`, the model to
        `model.keras`.
    """
    folder = begin(cell, grid)
    dataset = load_dataset(grid.prepared)
    views = views_of(cell, dataset)
    trainer = CellTrainer(cell, grid, dataset, views, folder)
    model = trainer.train()
    result = {**vars(cell), "train_seconds": round(trainer.clock.seconds, 1)}
    for stretch in ("validation", "test"):
        pool = getattr(dataset, stretch)
        if pool is None:
            continue
        poses = _predict(cell, grid, model, pool, stretch)
        shown = dataset.evaluation_views(stretch)
        valid = pool.valid[pool.instant_of_view[shown]]
        result[stretch] = pose_errors(pool.poses(shown), poses, valid)
    np.savez(folder / "poses.npz", poses=poses)  # of the test, which comes last
    save_atomically(model, folder / "model.keras")
    finish(cell, grid, result)
    return result


def views_of(cell, dataset):
    """`[L]` indices of the training views that a cell's budget annotates."""
    budget = next(budget for budget in TABLE_1 if budget.name == cell.budget)
    subjects = dataset.subjects["train"]
    return annotated_views(dataset.train, subjects, budget, cell.annotations, cell.seed)


def _predict(cell, grid, model, pool, stretch):
    if cell.configuration in _FROZEN:
        encoder = start_of(cell, grid)
        synthesizer = load_view_synthesizer(encoder, grid)
        latents = latents_of(encoder, grid, synthesizer, stretch)
        return model.predict({"latent_3d": latents}, batch_size=_BATCH, verbose=0)
    views = load_dataset(grid.prepared).evaluation_views(stretch)
    images = evaluation_dataset(pool, views, _BATCH).map(lambda inputs, *_: inputs)
    return model.predict(images, verbose=0)
