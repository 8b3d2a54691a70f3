"""Measures the models of a run and their baselines on stretches of a recording."""

import keras
import numpy as np

from hand_geo_keras.geometry import relative_rotation
from hand_geo_keras.metrics import MPJPE, NMPJPE, PAMPJPE, PCKAUC
from hand_geo_keras.pipelines import labelled_views
from hand_geo_keras.scenarios.hand_region import central_crops, hand_region, psnr
from hand_geo_keras.scenarios.pose_baselines import mean_pose, nearest_pose
from hand_geo_keras.scenarios.view_baselines import view_baselines, view_pairs

_BATCH = 64


def synthesize_views(model, pool, sources, targets):
    """Draws target views from source views.

    Args:
        model: `ViewSynthesizer`.
        pool: `InstantPool`.
        sources: `[K]` views that the model sees.
        targets: `[K]` views to draw: their rotations and backgrounds are given.

    Returns:
        `[K, S, S, 3]` float32 pictures in 0..255.
    """
    images = central_crops(pool.images, pool.crop_size)
    backgrounds = central_crops(pool.backgrounds, pool.crop_size)
    rotation = relative_rotation(pool.rotations[sources], pool.rotations[targets])
    drawn = [
        model.synthesize(
            {
                "image": images[sources[start : start + _BATCH]],
                "rotation": rotation[start : start + _BATCH],
                "background": backgrounds[targets[start : start + _BATCH]],
            }
        )["image"]
        for start in range(0, len(sources), _BATCH)
    ]
    return np.concatenate([keras.ops.convert_to_numpy(batch) for batch in drawn])


def predict_poses(model, pool, views):
    """Predicts the poses of some views.

    Args:
        model: Model of crops to poses, for example a `PoseEstimator`.
        pool: `InstantPool`.
        views: `[K]` indices of views.

    Returns:
        `[K, 21, 3]` float32 poses in mm.
    """
    images = central_crops(pool.images, pool.crop_size)[views]
    poses = [
        model({"image": images[start : start + _BATCH]}, training=False)
        for start in range(0, len(images), _BATCH)
    ]
    return np.concatenate([keras.ops.convert_to_numpy(batch) for batch in poses])


def measure_view_synthesis(model, pool, split):
    """Hand PSNR on the test stretch, on training pairs, and of all baselines.

    Args:
        model: `ViewSynthesizer`.
        pool: `InstantPool` of the whole recording.
        split: dict of `split_in_time`.

    Returns:
        dict with `psnr_hand_db`, `psnr_hand_validation_db`, `psnr_hand_train_db`
        and `baselines`, in dB over the hand region.
    """
    images = central_crops(pool.images, pool.crop_size)
    labelled = np.flatnonzero(pool.labelled)

    def pairs(stretch):
        return view_pairs(pool, np.intersect1d(split[stretch], labelled))

    def score(stretch):
        sources, targets = pairs(stretch)
        drawn = synthesize_views(model, pool, sources, targets)
        return psnr(drawn, images[targets], hand_region(pool, targets))

    sources, targets = pairs("test")
    regions = hand_region(pool, targets)
    baselines = view_baselines(pool, split["train"], sources, targets)
    return {
        "psnr_hand_db": round(score("test"), 2),
        "psnr_hand_validation_db": round(score("validation"), 2),
        "psnr_hand_train_db": round(score("train"), 2),
        "baselines": {
            name: round(psnr(pictures, images[targets], regions), 2)
            for name, pictures in baselines.items()
        },
    }


def measure_poses(estimators, pool, labels, test):
    """Pose errors of trained estimators and baselines on the test stretch.

    Args:
        estimators: dict from name to a model of crops to poses.
        pool: `InstantPool` of the whole recording.
        labels: `[L]` annotated views, which the baselines may use.
        test: Indices of the test instants.

    Returns:
        dict from metric (`n_mpjpe_mm`, `mpjpe_mm`, `pa_mpjpe_mm`, `pck_auc`) to a
        dict from estimator or baseline (`mean_pose`, `nearest_neighbour`) to value.
    """
    views = labelled_views(pool)
    views = views[np.isin(pool.instant_of_view[views], test)]
    predictions = {
        "mean_pose": mean_pose(pool, labels, views),
        "nearest_neighbour": nearest_pose(pool, labels, views),
        **{
            name: predict_poses(model, pool, views)
            for name, model in estimators.items()
        },
    }
    truth = pool.poses(views)
    valid = pool.valid[pool.instant_of_view[views]]
    metrics = {
        "n_mpjpe_mm": NMPJPE,
        "mpjpe_mm": MPJPE,
        "pa_mpjpe_mm": PAMPJPE,
        "pck_auc": PCKAUC,
    }
    return {
        name: {
            who: round(float(metric()(truth, poses, valid)), 3)
            for who, poses in predictions.items()
        }
        for name, metric in metrics.items()
    }
