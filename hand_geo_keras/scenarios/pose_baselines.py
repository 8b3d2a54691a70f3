"""What a pose estimator must beat: the mean pose and the most similar labelled crop."""

import numpy as np

from hand_geo_keras.scenarios.hand_region import central_crops


def mean_pose(pool, labels, views):
    """Predicts the mean of the labelled poses for every view.

    Args:
        pool: `InstantPool`.
        labels: `[L]` indices of the labelled views that may be used.
        views: `[K]` indices of the views to predict.

    Returns:
        `[K, 21, 3]` float32 poses in mm, wrist-relative, virtual-camera frame.
    """
    return np.broadcast_to(pool.poses(labels).mean(0), (len(views), 21, 3))


def nearest_pose(pool, labels, views):
    """Predicts the pose of the labelled crop with the smallest L2 pixel distance.

    Args and result are those of `mean_pose`.
    """
    images = central_crops(pool.images, pool.crop_size)
    flat = images.reshape(len(images), -1).astype(np.float32)
    distances = np.stack([((flat[labels] - flat[view]) ** 2).sum(-1) for view in views])
    return pool.poses(labels)[distances.argmin(1)]
