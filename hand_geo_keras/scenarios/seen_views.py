"""All labelled views of a stretch, seen by a pose model one by one."""

import dataclasses

import keras
import numpy as np

from hand_geo_keras.datasets import InstantPool
from hand_geo_keras.errors import DatasetError
from hand_geo_keras.prediction.pose_model import crop_size_of
from hand_geo_keras.scenarios.grid_evaluation import n_mpjpe_of_each
from hand_geo_keras.scenarios.hand_region import central_crops

_BATCH = 64


@dataclasses.dataclass(frozen=True, eq=False)
class SeenViews:
    """What a model predicts for all labelled right-hand views of a stretch.

    Args:
        pool: `InstantPool` that the views come from.
        views: `[K]` ascending indices of the views in it.
        latents: `[K, N, 3]` float32 latent points.
        poses: `[K, 21, 3]` float32 poses in mm, virtual-camera frames.
        errors: `[K]` N-MPJPE in mm of each view by itself.
        centers: `[K, 2]` where the hand lies in each crop, see `hand_places`.
        scales: `[K]` mm of half a crop at the hand's distance.
    """

    pool: InstantPool
    views: np.ndarray
    latents: np.ndarray
    poses: np.ndarray
    errors: np.ndarray
    centers: np.ndarray
    scales: np.ndarray

    def of_instants(self, least):
        """Positions in `views` of each instant that at least `least` views see.

        Returns:
            dict from instant to an int array.
        """
        instants = self.pool.instant_of_view[self.views]
        return {
            int(instant): np.flatnonzero(instants == instant)
            for instant in np.unique(instants)
            if (instants == instant).sum() >= least
        }


def see_views(model, data, stretch):
    """Runs a model on the labelled right-hand views of a stretch.

    Args:
        model: `PoseEstimator`.
        data: `GridDataset`.
        stretch: `"validation"` or `"test"`.

    Returns:
        `SeenViews`.

    Raises:
        DatasetError: If the crops are of another size than the model's.
    """
    pool, views = getattr(data, stretch), data.evaluation_views(stretch)
    if pool.crop_size != crop_size_of(model):
        raise DatasetError(
            f"Dataset {data.name!r} holds crops of {pool.crop_size} px but the model "
            f"takes {crop_size_of(model)} px; prepare it with that crop size"
        )
    latents, poses = [], []
    for start in range(0, len(views), _BATCH):
        images = pool.images[views[start : start + _BATCH]]
        batch = model.latents({"image": central_crops(images, pool.crop_size)})
        latents.append(keras.ops.convert_to_numpy(batch))
        predicted = model({"latent_3d": batch}, training=False)
        poses.append(keras.ops.convert_to_numpy(predicted))
    poses = np.concatenate(poses)
    valid = pool.valid[pool.instant_of_view[views]]
    errors = n_mpjpe_of_each(pool.poses(views), poses, valid)
    places = hand_places(pool, views)
    return SeenViews(pool, views, np.concatenate(latents), poses, errors, *places)


def hand_places(pool, views):
    """Where the hand is in each crop and how large the crop is there, without labels.

    The hand is taken to be at the point nearest to the optical axes of all virtual
    cameras of its instant, which look straight at it.

    Args:
        pool: `InstantPool`.
        views: `[K]` indices of views whose instants are seen by two cameras at least.

    Returns:
        `(centers [K, 2], scales [K])`: that point in the crop, from its middle and in
        halves of its side; and mm of such a half at the point's distance.
    """
    axes = pool.rotations[:, 2].astype(np.float64)
    across = np.eye(3) - axes[:, :, None] * axes[:, None]  # [M, 3, 3]
    cameras = -np.einsum("mji,mj->mi", pool.rotations, pool.translations)
    votes = (across @ cameras[..., None])[..., 0]
    points = np.zeros((len(pool), 3))
    for instant in np.unique(pool.instant_of_view[views]):
        seen = pool.views[instant, : pool.num_views[instant]]
        total = across[seen].sum(0)
        points[instant] = np.linalg.pinv(total) @ votes[seen].sum(0)
    points = points[pool.instant_of_view[views], :, None]
    in_view = (pool.rotations[views] @ points)[..., 0] + pool.translations[views]
    scales = in_view[:, 2] / pool.focals[views] * pool.crop_size / 2
    return in_view[:, :2] / scales[:, None], scales
