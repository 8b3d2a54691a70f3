"""What view synthesis must beat: predictions that need no network."""

import numpy as np

from hand_geo_keras.scenarios.hand_region import central_crops, hand_region


def view_pairs(pool, instants):
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


def view_baselines(pool, train, sources, targets):
    """Predicts target views without a network.

    | baseline | prediction |
    |---|---|
    | `background` | the target view's background |
    | `source` | the source picture itself |
    | `mean_image` | mean training crop of the target's camera |
    | `mean_colour` | mean colour of training hands, everywhere |
    | `nearest_neighbour` | the other view of the training instant whose picture from the source's camera is closest in L2 |

    Args:
        pool: `InstantPool`.
        train: Indices of training instants.
        sources: `[K]` views that are given.
        targets: `[K]` views to predict.

    Returns:
        dict from baseline to `[K, S, S, 3]` float32 pictures in 0..255.
    """  # noqa: E501
    size = pool.crop_size
    images = central_crops(pool.images, size)
    in_train = np.isin(pool.instant_of_view, train)
    means = {
        camera: images[in_train & (pool.cameras == camera)].astype(np.float32).mean(0)
        for camera in np.unique(pool.cameras[in_train])
    }
    hands = np.flatnonzero(in_train & pool.labelled[pool.instant_of_view])
    colour = images[hands][hand_region(pool, hands)].astype(np.float32).mean(0)
    mean_image = np.mean(list(means.values()), axis=0)
    return {
        "background": central_crops(pool.backgrounds, size)[targets].astype(np.float32),
        "source": images[sources].astype(np.float32),
        "mean_image": np.stack(
            [means.get(camera, mean_image) for camera in pool.cameras[targets]]
        ),
        "mean_colour": np.broadcast_to(colour, (len(targets), size, size, 3)),
        "nearest_neighbour": _nearest_neighbours(pool, images, train, sources, targets),
    }


def _nearest_neighbours(pool, images, train, sources, targets):
    train_sources, train_targets = view_pairs(pool, train)
    flat = images.reshape(len(images), -1).astype(np.float32)
    predictions = np.zeros((len(targets), *images.shape[1:]), np.float32)
    for number, (source, target) in enumerate(zip(sources, targets)):
        same = (pool.cameras[train_sources] == pool.cameras[source]) & (
            pool.cameras[train_targets] == pool.cameras[target]
        )
        candidates = np.flatnonzero(same)
        distances = ((flat[train_sources[candidates]] - flat[source]) ** 2).sum(-1)
        nearest = candidates[distances.argmin()]
        predictions[number] = images[train_targets[nearest]]
    return predictions
