"""Multi-view pseudo-labels: all images of a calibrated rig, from few annotations."""

import dataclasses

import keras
import numpy as np

from hand_geo_keras.datasets.instant_pool import InstantPool
from hand_geo_keras.evaluation.pose_baselines import mean_articulation
from hand_geo_keras.evaluation.predict import hand_places, in_batches
from hand_geo_keras.geometry.triangulation import nearest_to_rays
from hand_geo_keras.metrics.alignment import align_procrustes
from hand_geo_keras.models import PoseEstimator
from hand_geo_keras.models.read_joints import read_joints
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
    centres, rays = rays_of_points(pool, points)
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


def rays_of_points(
    pool: InstantPool, points: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """The rays along which views see points.

    Args:
        pool: `InstantPool` of M views.
        points: `[M, N, 2]` points in the crops of all views, in halves of the crop's
            side from its centre.

    Returns:
        `(centres, rays)`: `[M, 3]` centres of the virtual cameras and `[M, N, 3]` unit
        vectors, both in the world.
    """
    focals = np.broadcast_to(pool.focals[:, None, None], (*points.shape[:2], 1))
    rays = np.concatenate([points * pool.crop_size / 2, focals], axis=-1)
    rays = (rays / np.linalg.norm(rays, axis=-1, keepdims=True)) @ pool.rotations
    return -(pool.translations[:, None] @ pool.rotations)[:, 0], rays


def triangulated_joints(
    model: PoseEstimator, pool: InstantPool
) -> tuple[np.ndarray, np.ndarray]:
    """Joints of every instant from where a model sees them in all views of it.

    Views count by the inverse variance of their heatmaps, see `triangulated_points`.

    Args:
        model: `PoseEstimator` with named latent points.
        pool: `InstantPool` of I instants.

    Returns:
        `(joints, poses)`: `[I, 21, 3]` float64 in the world, mm, NaN where an instant
        has too few views; and `[M, 21, 3]` float32, the pose in mm that the model takes
        each of the M views for, wrist-relative in its virtual camera.
    """

    def read(views):
        inputs = {"image": pool.crops(views), "scale": pool.scales[views]}
        found = read_joints(model, inputs)
        spread = keras.ops.expand_dims(found["spread"], -1)
        parts = [found["points"], spread, found["joints_mm"]]
        return keras.ops.concatenate(parts, axis=-1)

    found = in_batches(read, np.arange(len(pool.images)))
    points, spread, poses = found[..., :2], found[..., 2], found[..., 3:]
    return triangulated_points(pool, points, 1 / (spread**2 + 1e-4)), poses


def _nearest_robustly(origins, directions, prior):
    weights = prior
    for _ in range(3):
        points = nearest_to_rays(origins, directions, weights)
        offsets = points[..., None, :] - origins
        along = (offsets * directions).sum(-1, keepdims=True) * directions
        distances = np.linalg.norm(offsets - along, axis=-1)
        weights = prior / (1 + np.nan_to_num(distances / _USUAL_MISS_MM) ** 2)
    return points


def joints_from_points(
    points: np.ndarray, joints: np.ndarray, valid: np.ndarray, ridge: float = 0.1
) -> np.ndarray:
    """Joints of all instants, as they follow from points where they are annotated.

    By ridge regression in the hand's own frame: points are moved by the similarity that
    fits them to their mean shape (Procrustes), and joints with them. Hands that are
    turned are then labelled alike, so a few labels say as much as those labels in all
    orientations. Where there is nothing to be learned from, the mean articulation of
    the annotated hands follows the points.

    Args:
        points: `[I, N, 3]` points of all instants in any axes, such as latent points or
            joints that are less exact; NaN where they are unknown.
        joints: `[I, J, 3]` joints in the same axes.
        valid: `[I, J]` bool, which joints are annotated; others are not looked at.
        ridge: Weight of the penalty relative to the mean square of the moved points.

    Returns:
        `[I, J, 3]` float64; NaN where points are unknown, or a joint never annotated.

    Example:
        >>> points = np.random.default_rng(0).normal(size=(40, 4, 3))
        >>> joints = 2 * points[:, :2] - points[:, 2:]
        >>> valid = np.arange(40)[:, None] < [30, 30]
        >>> found = joints_from_points(points, joints, valid, ridge=1e-6)
        >>> np.allclose(found, joints, atol=1e-2)
        True
    """
    found = np.full(joints.shape, np.nan)
    usable = np.isfinite(points).all((1, 2))
    annotated = valid & usable[:, None]
    if not annotated.any():
        return found
    centres = points[usable].mean(1, keepdims=True)
    centred = points[usable] - centres
    true = np.where(annotated[usable, :, None], joints[usable] - centres, 0.0)
    counts = annotated[usable]
    shape = mean_articulation(centred[counts.any(1)])
    moved, wanted = _moved(centred, np.broadcast_to(shape, centred.shape), true)
    features = moved.reshape(len(moved), -1)
    fitted = np.stack(
        [
            _ridge_regression(features, wanted[:, joint], counts[:, joint], ridge)
            for joint in range(joints.shape[1])
        ],
        axis=1,
    )
    found[usable] = _moved(moved, centred, fitted)[1] + centres
    found[:, ~counts.any(0)] = np.nan
    return found


def _moved(points, targets, others):
    """Points `[I, N, 3]` fitted to targets, and others `[I, J, 3]` moved with them."""
    weights = np.ones(points.shape[:2], np.float32), np.zeros(others.shape[:2])
    moved = align_procrustes(
        np.concatenate([targets, np.zeros_like(others)], axis=1, dtype=np.float32),
        np.concatenate([points, others], axis=1, dtype=np.float32),
        np.concatenate(weights, axis=1, dtype=np.float32),
    )
    moved = keras.ops.convert_to_numpy(moved).astype(np.float64)
    return moved[:, : points.shape[1]], moved[:, points.shape[1] :]


def _ridge_regression(features, targets, known, ridge):
    """Predicts `[I, 3]` targets of all from those that are known, if there are any."""
    if not known.any():
        return np.zeros_like(targets)
    offset, mean = features[known].mean(0), targets[known].mean(0)
    centred = features - offset
    inputs = centred[known]
    penalty = ridge * (inputs**2).sum(1).mean() * np.eye(inputs.shape[1])
    # Of a single annotated instant nothing but the mean is learned.
    inverse = np.linalg.pinv(inputs.T @ inputs + penalty, hermitian=True)
    return centred @ (inverse @ inputs.T @ (targets[known] - mean)) + mean


def with_multi_view_labels(
    pool: InstantPool, views: np.ndarray, points: np.ndarray, ridge: float = 0.1
) -> InstantPool:
    """Labels a pool from some of its views.

    An annotated pose is known in every view of its instant, since the cameras are
    calibrated. All other instants get `joints_from_points` of their fused points.

    Args:
        pool: `InstantPool`; only labels of instants that `views` show are looked at.
        views: `[L]` indices of the annotated views.
        points: `[I, N, 3]` about their own centre, see `fused_points`.
        ridge: See `joints_from_points`.

    Returns:
        `InstantPool` in which all joints of all instants are labelled, wrist-relative,
        but those that no view shows annotated.

    Example:
        ```python
        points = fused_points(view_synthesizer, instants, latents)
        taught = with_multi_view_labels(instants, choose_labels(instants, 64), points)
        model = PoseEstimator(view_synthesizer.encoder, head, trainable_encoder=True)
        model.adapt(taught.poses(labelled_views(taught)))
        model.fit(labelled_dataset(taught, labelled_views(taught), 32), ...)
        ```
    """
    annotated = np.zeros(len(pool), bool)
    annotated[pool.instant_of_view[views]] = True
    true = pool.joints - pool.joints[:, :1]
    valid = pool.valid & annotated[:, None]
    joints = joints_from_points(points, true, valid, ridge)
    joints -= joints[:, :1]
    joints = np.where(valid[..., None], true, joints)
    found = np.isfinite(joints).all(-1)
    return dataclasses.replace(
        pool, joints=np.nan_to_num(joints).astype(np.float32), valid=found
    )
