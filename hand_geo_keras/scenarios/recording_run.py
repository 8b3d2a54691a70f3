"""The main job: from a recording and a few labels to a measured pose model."""

import time
from pathlib import Path

import numpy as np

from hand_geo_keras.datasets import Preparation, load_instants, prepare_recording
from hand_geo_keras.datasets.instant_folder import read_json
from hand_geo_keras.datasets.prepare import write_json
from hand_geo_keras.errors import DatasetError
from hand_geo_keras.pipelines import choose_labels
from hand_geo_keras.recordings import open_recording
from hand_geo_keras.scenarios.hand_region import central_crops
from hand_geo_keras.scenarios.recording_evaluation import (
    measure_poses,
    measure_view_synthesis,
    predict_poses,
    synthesize_views,
)
from hand_geo_keras.scenarios.recording_training import RecordingTrainer
from hand_geo_keras.scenarios.splits import split_in_time
from hand_geo_keras.scenarios.view_baselines import view_pairs
from hand_geo_keras.viewer.panel import save_panel

_PANEL_ROWS = 6


def run_recording(recording_dir, out_dir, profile, features="auto", seed=0):
    """Prepares a recording, trains on it, and measures on its last stretch.

    The recording is split in time (`split_in_time`). View synthesis is trained
    without labels on everything before the test stretch; then `profile.labels`
    annotated images of the training stretch train a pose head on the frozen
    encoder, a supervised network and a semi-supervised one. All are measured on
    the test stretch, which nothing was trained or chosen on. The validation stretch
    served to choose the profiles; its labels are not used here. A run that was
    stopped goes on where it was when called again with the same settings.

    Args:
        recording_dir: Folder of the recording, see `open_recording`.
        out_dir: Folder for crops, models, logs, `metrics.json` and `panel.png`.
        profile: `RecordingProfile`.
        features: Weights of the feature loss, see `ResNet18Features`.
        seed: Seed of every random choice.

    Returns:
        dict as written to `metrics.json`.

    Raises:
        HandGeoError: If the recording or its labels cannot be used.

    Example:
        ```python
        metrics = run_recording("my_rig", "runs/my_rig", PROFILES["quick"])
        ```
    """
    out_dir = Path(out_dir)
    out_dir.mkdir(parents=True, exist_ok=True)
    _check_settings(out_dir, profile, features, seed)
    start = time.time()
    recording = open_recording(recording_dir)
    report = prepare_recording(
        recording, out_dir / "prepared", Preparation(crop_size=profile.crop_size)
    )
    prepared_in = time.time() - start
    pool = load_instants(out_dir / "prepared")
    split = split_in_time(pool)
    trainer, labels = _trainer(out_dir, profile, pool, split, features, seed)
    synthesizer = trainer.view_synthesizer()
    estimators = {
        "supervised": trainer.supervised(),
        "pre_trained": trainer.pre_trained(synthesizer),
        "semi_supervised": trainer.semi_supervised(),
    }
    metrics = {
        "view_synthesis": measure_view_synthesis(synthesizer, pool, split),
        **measure_poses(estimators, pool, labels, split["test"]),
        "labels": len(labels),
        "frames": {
            name: [int(pool.frames[part[0]]), int(pool.frames[part[-1]]), len(part)]
            for name, part in split.items()
        },
        "features": trainer.image_loss.description,
        "seconds": {"preparation": round(prepared_in, 1), **trainer.seconds()},
        "preparation": report,
    }
    metrics["seconds"]["total"] = round(sum(metrics["seconds"].values()), 1)
    _draw_panel(out_dir / "panel.png", synthesizer, estimators, pool, split, metrics)
    write_json(out_dir / "metrics.json", metrics)
    return metrics


def summary(metrics):
    """One clear table of a run's metrics as text."""
    views = metrics["view_synthesis"]
    lines = [
        f"{'hand PSNR (dB), test stretch':<36}{views['psnr_hand_db']:>8.2f}",
        f"{'  on training pairs':<36}{views['psnr_hand_train_db']:>8.2f}",
        *(
            f"{'  baseline: ' + name.replace('_', ' '):<36}{value:>8.2f}"
            for name, value in views["baselines"].items()
        ),
        f"N-MPJPE (mm), test stretch, {metrics['labels']} labels",
        *(
            f"{'  ' + name.replace('_', ' '):<36}{value:>8.2f}"
            for name, value in metrics["n_mpjpe_mm"].items()
        ),
        f"image features: {metrics['features']}",
        f"{metrics['seconds']['total']:.0f} s in all",
    ]
    return "\n".join(lines)


def _trainer(out_dir, profile, pool, split, features, seed):
    """A trainer on all footage before the test, and its labels as views of `pool`."""
    labelled = np.flatnonzero(pool.labelled)
    if not all(np.isin(split[name], labelled).any() for name in ("train", "test")):
        raise DatasetError(
            "The first and the last stretch of the recording need 3D labels, to train "
            "a pose head and to measure it; label frames there"
        )
    seen = np.sort(np.concatenate([split["train"], split["validation"]]))
    labels = views_of(pool, split["train"])[
        choose_labels(pool.select(split["train"]), profile.labels, seed)
    ]
    in_footage = np.searchsorted(views_of(pool, seen), labels)
    trainer = RecordingTrainer(
        out_dir, profile, pool.select(seen), in_footage, features, seed
    )
    return trainer, labels


def views_of(pool, instants):
    """Ascending `[K]` indices of all views of some instants of a pool."""
    return np.flatnonzero(np.isin(pool.instant_of_view, instants))


def _check_settings(out_dir, profile, features, seed):
    """Refuses a folder whose models were trained with other settings."""
    settings = {"profile": repr(profile), "features": str(features), "seed": seed}
    path = out_dir / "run.json"
    if read_json(path) not in ({}, settings):
        raise DatasetError(
            f"{path}: this folder holds a run with other settings; choose another "
            "out_dir or delete it"
        )
    write_json(path, settings)


def _draw_panel(path, synthesizer, estimators, pool, split, metrics):
    sources, targets = view_pairs(pool, split["test"][pool.labelled[split["test"]]])
    chosen = np.linspace(0, len(sources) - 1, _PANEL_ROWS).astype(int)
    sources, targets = sources[chosen], targets[chosen]
    images = central_crops(pool.images, pool.crop_size)
    drawn = synthesize_views(synthesizer, pool, sources, targets)
    latent_3d = np.asarray(synthesizer.encode(images[sources])["latent_3d"])
    poses = predict_poses(estimators["pre_trained"], pool, sources)
    rows = [
        {
            "name": f"frame {pool.frames[pool.instant_of_view[source]]}, "
            f"{pool.cameras[source]} to {pool.cameras[target]}",
            "input": images[source],
            "target": images[target],
            "synthesized": drawn[row].round().astype(np.uint8),
            "latent_3d": latent_3d[row],
            "predicted": poses[row],
            "true": pool.poses(source),
        }
        for row, (source, target) in enumerate(zip(sources, targets))
    ]
    title = (
        "Held-out frames: hand PSNR "
        f"{metrics['view_synthesis']['psnr_hand_db']:.1f} dB, pre-trained N-MPJPE "
        f"{metrics['n_mpjpe_mm']['pre_trained']:.1f} mm from {metrics['labels']} labels"
    )
    save_panel(path, rows, title)
