"""Multi-view pseudo-labels: all images of a calibrated rig, from few annotations."""

import dataclasses

import keras
import numpy as np

from hand_geo_keras.datasets.instant_pool import InstantPool
from hand_geo_keras.evaluation.predict import hand_places
from hand_geo_keras.geometry.triangulation import nearest_to_rays
from hand_geo_keras.models.view_synthesizer import ViewSynthesizer

_INSTANTS_AT_ONCE = 256
_USUAL_MISS_MM = 10.0  # distance of a ray from the point that it shows


def fused_points(
    synthesizer: ViewSynthesizer, pool: InstantPool, latents: np.ndarray
) -> np.ndarray:
    """Latent points of every instant, averaged over all views of it.

    The latent points of one image are uncertain along its line of sight, and other
    cameras look along other lines. No label is involved.

    Args:
        synthesizer: `ViewSynthesizer`.
        pool: `InstantPool` of I instants.
        latents: `[M, N, 3]` latent points of all its views, as encoded.

    Returns:
        `[I, N, 3]` float32 in the world's axes, about their own centre.
    """
    places = hand_places(pool, np.arange(len(latents)))
    places = {name: value[:, None] for name, value in places.items()}
    at_hand = synthesizer.points_at_hand(places, latents[:, None])
    in_world = keras.ops.convert_to_numpy(at_hand)[:, 0] @ pool.rotations
    fused = np.zeros((len(pool), *in_world.shape[1:]), np.float32)
    np.add.at(fused, pool.instant_of_view, in_world)
    fused /= np.maximum(pool.num_views, 1)[:, None, None]
    return fused - fused.mean(1, keepdims=True)


def triangulated_points(
    pool: InstantPool, points: np.ndarray, weights: np.ndarray | None = None
) -> np.ndarray:
    """Triangulates what was found in the crops of every instant.

    Views that look past what the others agree on count less, twice reweighted.

    Args:
        pool: `InstantPool` of I instants.
        points: `[M, N, 2]` points in the crops of all its views, in halves of the
            crop's side from its centre.
        weights: Optional `[M, N]` positive weights, such as inverse variances.

    Returns:
        `[I, N, 3]` float64 in the world, mm; NaN where an instant has too few views.
    """
    focals = np.broadcast_to(pool.focals[:, None, None], (*points.shape[:2], 1))
    rays = np.concatenate([points * pool.crop_size / 2, focals], axis=-1)
    rays = (rays / np.linalg.norm(rays, axis=-1, keepdims=True)) @ pool.rotations
    centres = -(pool.translations[:, None] @ pool.rotations)[:, 0]
    result = np.full((len(pool), points.shape[1], 3), np.nan)
    for start in range(0, len(pool), _INSTANTS_AT_ONCE):
        some = slice(start, start + _INSTANTS_AT_ONCE)
        views = np.maximum(pool.views[some], 0)
        seen = np.arange(views.shape[1]) < pool.num_views[some, None]
        directions = np.moveaxis(rays[views], 1, 2).astype(np.float64)  # [i, N, V, 3]
        origins = np.broadcast_to(centres[views][:, None], directions.shape)
        prior = np.broadcast_to(seen[:, None], directions.shape[:3]).astype(np.float64)
        if weights is not None:
            prior = prior * np.moveaxis(weights[views], 1, 2)
        result[some] = _nearest_robustly(origins, directions, prior)
    return result


def _nearest_robustly(origins, directions, prior):
    weights = prior
    for _ in range(3):
        points = nearest_to_rays(origins, directions, weights)
        offsets = points[..., None, :] - origins
        along = (offsets * directions).sum(-1, keepdims=True) * directions
        distances = np.linalg.norm(offsets - along, axis=-1)
        weights = prior / (1 + np.nan_to_num(distances / _USUAL_MISS_MM) ** 2)
    return points


def fit_joints(
    points: np.ndarray,
    joints: np.ndarray,
    valid: np.ndarray | None = None,
    ridge: float = 3e-4,
) -> np.ndarray:
    """Fits joints as weighted sums of latent points, by ridge regression.

    The weights are the same for x, y and z, so that rotated points give joints rotated
    alike: a few labels then say as much as those labels in all orientations.

    Args:
        points: `[M, N, 3]` latent points about their centre.
        joints: `[M, J, 3]` wrist-relative joints in mm, in the same axes.
        valid: `[M, J]` bool, which joints count; all if None.
        ridge: Weight of the penalty relative to the mean square of the points.

    Returns:
        `[J, N]` float64, with which `weights @ points` are joints in mm.

    Example:
        >>> points = np.random.default_rng(0).normal(size=(9, 4, 3))
        >>> weights = np.array([[1.0, 0, 0, 0], [0, 2.0, -1.0, 0]])
        >>> np.allclose(fit_joints(points, weights @ points, ridge=0), weights)
        True
    """
    points, joints = np.asarray(points, np.float64), np.asarray(joints, np.float64)
    counts = np.ones(joints.shape[:2]) if valid is None else np.asarray(valid, float)
    penalty = ridge * (points**2).sum((0, 2)).mean() * np.eye(points.shape[1])
    weights = np.zeros((joints.shape[1], points.shape[1]))
    for joint in range(joints.shape[1]):
        counted = points[counts[:, joint] > 0]
        wanted = joints[counts[:, joint] > 0, joint]
        squares = np.einsum("mnc,mkc->nk", counted, counted)
        weights[joint] = np.linalg.solve(
            squares + penalty, np.einsum("mnc,mc->n", counted, wanted)
        )
    return weights


def with_multi_view_labels(
    pool: InstantPool, views: np.ndarray, points: np.ndarray, ridge: float = 3e-4
) -> InstantPool:
    """Labels a pool from some of its views.

    An annotated pose is known in every view of its instant, since the cameras are
    calibrated. All other instants get `fit_joints` of their fused points.

    Args:
        pool: `InstantPool`; only labels of instants that `views` show are looked at.
        views: `[L]` indices of the annotated views.
        points: `[I, N, 3]`, see `fused_points`.
        ridge: See `fit_joints`.

    Returns:
        `InstantPool` in which all joints of all instants are labelled, wrist-relative.

    Example:
        ```python
        points = fused_points(view_synthesizer, instants, latents)
        taught = with_multi_view_labels(instants, choose_labels(instants, 64), points)
        model = PoseEstimator(view_synthesizer.encoder, head, trainable_encoder=True)
        model.adapt(taught.poses(labelled_views(taught)))
        model.fit(labelled_dataset(taught, labelled_views(taught), 32), ...)
        ```
    """
    annotated = np.unique(pool.instant_of_view[views])
    true = pool.joints[annotated] - pool.joints[annotated, :1]
    valid = pool.valid[annotated]
    joints = fit_joints(points[annotated], true, valid, ridge) @ points
    joints -= joints[:, :1]
    joints[annotated] = np.where(valid[..., None], true, joints[annotated])
    return dataclasses.replace(
        pool, joints=joints.astype(np.float32), valid=np.ones_like(pool.valid)
    )
