"""Pose error of one hand against the number of views that are fused."""

import math

import numpy as np
from tqdm import tqdm

from hand_geo_keras.errors import DatasetError
from hand_geo_keras.prediction import (
    fuse_latent_points,
    fuse_views,
    learn_view_precision,
)
from hand_geo_keras.scenarios.grid_evaluation import n_mpjpe_of_each
from hand_geo_keras.scenarios.seen_views import see_views

# Ways to fuse, then baselines that look at one of the views only.
METHODS = {
    "mean": "mean of the poses",
    "precision": "poses weighted by learned precision",
    "latents": "mean of the latent points",
    "best_camera": "single view: best camera on validation",
    "best_view": "single view: best one, known from the truth",
}
_RESAMPLES = 1000


def measure_fused_views(
    model,
    data,
    counts=(1, 2, 4, 8),
    subsets=12,
    seed=0,
    points_in_crop=False,
    progress=True,
):
    """N-MPJPE of fused poses in the world's axes, over random subsets of the views.

    Every test instant that enough cameras see is measured with each number of views,
    on the same instants for all numbers. The precision of a view and the best camera
    are learned on the validation subjects.

    Args:
        model: `PoseEstimator`, or a model that has one as `pose_estimator`.
        data: `GridDataset`.
        counts: Numbers of views; those that no test instant has are left out.
        subsets: Most random subsets of the views of each instant and count.
        seed: Seed of the subsets and of the error bars.
        points_in_crop: Whether the model's latent points are positions in the crop,
            as its `ViewSynthesizer` knows.
        progress: Whether to show a progress bar.

    Returns:
        List of dicts with `method` (of `METHODS`), `views`, `n_mpjpe_mm` and its
        95 % limits `low_mm` and `high_mm` (bootstrap over instants),
        `std_over_subsets_mm` (which cameras one happens to have), `instants` and
        `subsets`.

    Raises:
        DatasetError: If there is no validation subject, or no count can be measured.

    Example:
        ```python
        model = PoseEstimator.from_preset("my_hands")
        rows = measure_fused_views(model, load_dataset("prepared"), counts=(1, 2))
        ```
    """
    if data.validation is None:
        raise DatasetError(
            f"Dataset {data.name!r} has no validation subject to learn the precision "
            "of a view on; name one in its splits.json"
        )
    model = getattr(model, "pose_estimator", model)
    learned = _learn(see_views(model, data, "validation"))
    seen = see_views(model, data, "test")
    counts = measurable_counts(seen, counts)
    positions = seen.of_instants(max(counts))
    rng = np.random.default_rng(seed)
    errors = {}  # (method, count) -> [instants, subsets]
    for instant in tqdm(positions, "Fusing", unit="instant", disable=not progress):
        for count in counts:
            chosen = view_subsets(len(positions[instant]), count, subsets, rng)
            of_subsets = [
                _subset_errors(
                    model, seen, positions[instant][subset], *learned, points_in_crop
                )
                for subset in chosen
            ]
            for method in METHODS:
                values = [of_subset[method] for of_subset in of_subsets]
                errors.setdefault((method, count), []).append(values)
    return [
        {"method": method, "views": count, **_summary(values, rng)}
        for (method, count), values in errors.items()
    ]


def view_subsets(available, count, most, rng):
    """Different random subsets of the views of one instant.

    Args:
        available: Number of views V.
        count: Size of each subset.
        most: Largest number of subsets.
        rng: `numpy.random.Generator`.

    Returns:
        List of ascending int arrays `[count]`; all subsets where there are no more
        than `most`.
    """
    wanted = min(most, math.comb(available, count))
    found = {}
    while len(found) < wanted:
        subset = np.sort(rng.choice(available, count, replace=False))
        found.setdefault(tuple(subset), subset)
    return list(found.values())


def measurable_counts(seen, counts):
    """The ascending numbers of views that some test instant has.

    Args:
        seen: `SeenViews`.
        counts: Numbers of views that are asked for.

    Raises:
        DatasetError: If none is left.
    """
    most = np.bincount(seen.pool.instant_of_view[seen.views]).max()
    usable = sorted({count for count in counts if 1 <= count <= most})
    if not usable:
        raise DatasetError(
            f"No test instant has as many views as asked for; it has at most {most}. "
            f"Received: counts={tuple(counts)}"
        )
    return usable


def _learn(seen):
    """Precision of a view and mean error of each camera, of validation views."""
    truth = seen.pool.poses(seen.views).astype(np.float64)
    valid = seen.pool.valid[seen.pool.instant_of_view[seen.views]]
    truth[~valid] = np.nan
    cameras = seen.pool.cameras[seen.views]
    errors = {name: seen.errors[cameras == name].mean() for name in np.unique(cameras)}
    return learn_view_precision(seen.poses, truth), errors


def _subset_errors(model, seen, chosen, precision, camera_errors, points_in_crop):
    """dict from method to the N-MPJPE in mm of one subset of an instant's views."""
    views = seen.views[chosen]
    poses, rotations = seen.poses[chosen], seen.pool.rotations[views]
    places = (seen.centers[chosen], seen.scales[chosen]) if points_in_crop else ()
    fused = {
        "mean": fuse_views(poses, rotations),
        "precision": fuse_views(poses, rotations, precision=precision),
        "latents": fuse_latent_points(model, seen.latents[chosen], rotations, *places),
    }
    instant = seen.pool.instant_of_view[views[0]]
    truth = seen.pool.joints[instant] - seen.pool.joints[instant, 0]
    valid = np.broadcast_to(seen.pool.valid[instant], (len(fused), len(truth)))
    world = n_mpjpe_of_each(truth[None], np.stack(list(fused.values())), valid)
    alone = seen.errors[chosen]
    expected = [camera_errors.get(name, np.inf) for name in seen.pool.cameras[views]]
    return {
        **dict(zip(fused, world)),
        "best_camera": alone[np.argmin(expected)],
        "best_view": alone.min(),
    }


def _summary(values, rng):
    """Mean and error bars of errors `[instants, subsets]`."""
    values = np.asarray(values)
    of_instants = values.mean(1)
    drawn = rng.integers(0, len(values), (_RESAMPLES, len(values)))
    low, high = np.percentile(of_instants[drawn].mean(1), [2.5, 97.5])
    return {
        "n_mpjpe_mm": float(of_instants.mean()),
        "low_mm": float(low),
        "high_mm": float(high),
        "std_over_subsets_mm": float(values.std(1).mean()),
        "instants": len(values),
        "subsets": values.shape[1],
    }
