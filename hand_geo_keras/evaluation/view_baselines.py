"""What view synthesis must beat: predictions that need no network."""

from typing import Any

import numpy as np

from hand_geo_keras.datasets.instant_pool import InstantPool
from hand_geo_keras.evaluation.hand_region import hand_region


def view_pairs(pool: InstantPool, instants: Any) -> tuple[Any, ...]:
    """All ordered pairs of different views of the same instant.

    Args:
        pool: `InstantPool`.
        instants: Indices of instants.

    Returns:
        `(sources [K], targets [K])` int arrays of views.
    """
    pairs = [
        (source, target)
        for instant in instants
        for source in pool.views[instant, : pool.num_views[instant]]
        for target in pool.views[instant, : pool.num_views[instant]]
        if source != target
    ]
    if not pairs:
        return np.zeros(0, np.int32), np.zeros(0, np.int32)
    sources, targets = np.array(pairs).T
    return sources, targets


def view_baselines(
    train: InstantPool, pool: InstantPool, sources: np.ndarray, targets: np.ndarray
) -> dict[Any, Any]:
    """Predicts target views without a network.

    | baseline | prediction |
    |---|---|
    | `background` | the target view's background |
    | `source` | the source image itself |
    | `mean_image` | mean training crop of the target's camera |
    | `mean_colour` | mean colour of training hands, everywhere |
    | `nearest_neighbour` | the other view of the training instant whose image from the source's camera is closest in L2 |

    Args:
        train: `InstantPool` of the training instants.
        pool: `InstantPool` of the views below.
        sources: `[K]` views that are given.
        targets: `[K]` views to predict.

    Returns:
        dict from baseline to `[K, S, S, 3]` float32 images in 0..255.
    """  # noqa: E501
    images = train.crops(slice(None))
    means = {
        camera: images[train.cameras == camera].astype(np.float32).mean(0)
        for camera in np.unique(train.cameras)
    }
    hands = np.flatnonzero(train.labelled[train.instant_of_view])
    colour = images[hands][hand_region(train, hands)].astype(np.float32).mean(0)
    mean_image = np.mean(list(means.values()), axis=0)
    shape = pool.crops(targets).shape
    return {
        "background": pool.background_crops(targets).astype(np.float32),
        "source": pool.crops(sources).astype(np.float32),
        "mean_image": np.stack(
            [means.get(camera, mean_image) for camera in pool.cameras[targets]]  # type: ignore[misc]
        ),
        "mean_colour": np.broadcast_to(colour, shape),
        "nearest_neighbour": _nearest_neighbours(train, pool, sources, targets),
    }


def _nearest_neighbours(train, pool, sources, targets):
    train_sources, train_targets = view_pairs(train, range(len(train)))
    images = train.crops(slice(None))
    flat = images.reshape(len(images), -1).astype(np.float32)
    predictions = np.zeros((len(targets), *images.shape[1:]), np.float32)
    for number, (source, target) in enumerate(zip(sources, targets)):
        same = (train.cameras[train_sources] == pool.cameras[source]) & (
            train.cameras[train_targets] == pool.cameras[target]
        )
        candidates = np.flatnonzero(same)
        given = pool.crops(source).reshape(-1)
        distances = ((flat[train_sources[candidates]] - given) ** 2).sum(-1)
        predictions[number] = images[train_targets[candidates[distances.argmin()]]]
    return predictions
