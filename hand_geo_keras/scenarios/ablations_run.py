"""Trains and measures the rows of the ablations, each in a folder of its own."""

import dataclasses
from pathlib import Path

import numpy as np
from tqdm import tqdm

from hand_geo_keras.errors import DatasetError
from hand_geo_keras.losses import resnet18_weights
from hand_geo_keras.pipelines import fixed_quads
from hand_geo_keras.scenarios.ablations import ablation_tables
from hand_geo_keras.scenarios.ablations_outputs import write_ablations
from hand_geo_keras.scenarios.ablations_time import pre_train_for
from hand_geo_keras.scenarios.grid_cell import run_job
from hand_geo_keras.scenarios.grid_dataset import dataset_of_profile
from hand_geo_keras.scenarios.grid_encoders import load_view_synthesizer
from hand_geo_keras.scenarios.grid_evaluation import n_mpjpe_of_each
from hand_geo_keras.scenarios.grid_jobs import Cell, Grid, start_of
from hand_geo_keras.scenarios.grid_networks import new_pose_head
from hand_geo_keras.scenarios.pose_baselines import mean_pose

STRETCHES = ("validation", "test")
_QUADS, _BATCH = 64, 8


def run_ablations(
    profile,
    out_dir,
    dataset=None,
    data_dir=None,
    labels=(64, 640),
    seconds=240.0,
    imagenet=None,
    seed=0,
    command="",
):
    """Fills the three tables; goes on where a stopped call was.

    Args:
        profile: `GridProfile` of all rows; `pre_training.steps` is the cost of the
            rows that are compared after equal steps.
        out_dir: Folder of all variants, of `ablations.csv` and `ablations.md`.
        dataset: See `prepare_dataset`; the profile's if None.
        data_dir: Folder of rendered and prepared data; `out_dir/data` if None.
        labels: Numbers of annotated images that pose heads are trained on.
        seconds, imagenet: See `ablation_tables`.
        seed: Seed of everything that is random.
        command: Command line, to be written beside the results.

    Returns:
        dict from table to dict from row to the result of `measured`.

    Raises:
        DatasetError: If the training subjects have too few labels.
        WeightsError: If there are no such ImageNet weights.
    """
    if imagenet is not None:
        resnet18_weights.locate(imagenet)  # now rather than after other rows
    out_dir = Path(out_dir).absolute()
    prepared, data = dataset_of_profile(profile, out_dir, dataset, data_dir)
    cells = [cell_of_labels(data, count, seed) for count in labels]
    tables = ablation_tables(profile, imagenet, seconds)
    variants = {v.name: v for rows in tables.values() for v in rows.values()}
    results = {}
    with tqdm(variants.values(), "Ablations", unit="variant") as bar:
        for variant in bar:
            bar.set_postfix_str(variant.name)
            grid = grid_of(variant, data, prepared, out_dir)
            results[variant.name] = measured(grid, cells, data, variant.seconds)
    filled = {
        table: {row: results[variant.name] for row, variant in rows.items()}
        for table, rows in tables.items()
    }
    write_ablations(out_dir, filled, data, mean_pose_errors(data), seed, command)
    return filled


def cell_of_labels(data, count, seed):
    """The cell of `pre_trained` with so many annotated images of the first subjects.

    Args:
        data: `GridDataset`.
        count: Number of annotated images.
        seed: Seed of their choice and of the head.

    Returns:
        `Cell`.

    Raises:
        DatasetError: If all training subjects together have fewer.
    """
    for name, (_, annotations) in data.budgets.items():
        if annotations >= count:
            return Cell("pre_trained", name, count, seed)
    raise DatasetError(
        f"Dataset {data.name!r} is too small for {count} labels; its training "
        f"subjects have {len(data.training_views())} labelled images"
    )


def measured(grid, cells, data, seconds=None):
    """Trains what is not finished of a variant, and measures it.

    Args:
        grid: `Grid` of the variant.
        cells: List of frozen `Cell`, which share one encoder.
        data: `GridDataset`.
        seconds: Seconds of pre-training; the steps of the grid's profile if None.

    Returns:
        dict with `image_loss` (text), `network` (dict), `parameters`, `steps`,
        `seconds`, `psnr_hand_db` (dict from stretch to dB) and `n_mpjpe_mm` (dict
        from number of labels to dict from stretch to mm).
    """
    job = start_of(cells[0], grid)
    if seconds is not None:
        pre_train_for(seconds, job, grid)
    encoder = run_job(job, grid)
    heads = [run_job(cell, grid) for cell in cells]
    model = load_view_synthesizer(job, grid)
    stretches = [name for name in STRETCHES if getattr(data, name) is not None]
    return {
        "image_loss": encoder["features"],
        "network": dataclasses.asdict(grid.profile.network),
        "parameters": model.count_params() + new_pose_head(grid.profile).count_params(),
        "steps": encoder["steps"],
        "seconds": round(encoder["train_seconds"], 1),
        "psnr_hand_db": {
            name: round(hand_psnr(model, getattr(data, name)), 2) for name in stretches
        },
        "n_mpjpe_mm": {
            head["annotations"]: {
                name: round(head[name]["n_mpjpe_mm"], 2) for name in stretches
            }
            for head in heads
        },
    }


def hand_psnr(model, pool):
    """PSNR of the other view in dB where it differs from its background.

    Args:
        model: `ViewSynthesizer`.
        pool: `InstantPool`; 64 fixed quads of it are drawn.

    Returns:
        float, mean over all pictures.
    """
    model.psnr_hand.reset_state()
    for quads in fixed_quads(pool, _QUADS, _BATCH):
        model.update_image_metrics(quads, model(quads, training=False))
    return float(np.asarray(model.psnr_hand.result()))


def mean_pose_errors(data):
    """N-MPJPE in mm of the mean training pose: dict from stretch to float."""
    errors = {}
    for stretch in STRETCHES:
        pool = getattr(data, stretch)
        if pool is not None:
            views = data.evaluation_views(stretch)
            pose = mean_pose(data.train, data.training_views(), views)
            valid = pool.valid[pool.instant_of_view[views]]
            each = n_mpjpe_of_each(pool.poses(views), pose, valid)
            errors[stretch] = round(float(each.mean()), 2)
    return errors


def grid_of(variant, data, prepared, out_dir):
    """The `Grid` of a variant, in a folder of its own.

    Args:
        variant: `Variant`.
        data: `GridDataset`.
        prepared: Its folder.
        out_dir: `pathlib.Path` of the folder of all variants.
    """
    # Every variant is trained from its first step on, whatever others share.
    training = dataclasses.replace(variant.profile.pre_training, common_steps=0)
    return Grid(
        variant.name,
        dataclasses.replace(variant.profile, pre_training=training),
        prepared,
        data.fingerprint,
        str(out_dir / variant.name),
        variant.features,
    )
