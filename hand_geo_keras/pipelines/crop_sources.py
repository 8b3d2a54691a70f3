"""Where crops with labels come from: shards on disk, or instants in memory."""

import functools
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import tensorflow as tf

from hand_geo_keras.datasets.instant_folder import INFO_FILE, complete_shards, read_json
from hand_geo_keras.datasets.instant_pool import InstantPool
from hand_geo_keras.errors import DatasetError
from hand_geo_keras.geometry.skeleton import NUM_JOINTS

_SHARDS_AT_ONCE = 12


class ShardViews:
    """Labelled views of right hands, some shards at a time.

    Args:
        folders: Folder(s) of prepared instants.

    Raises:
        DatasetError: If a folder holds no prepared instants or their sizes differ.

    Attributes:
        crop_size: Side of the crop that a model sees in pixels.
        stored_size: Side of the stored crops.
    """

    def __init__(self, folders: Any) -> None:
        folders = [folders] if isinstance(folders, (str, Path)) else folders
        self._folders = tuple(map(Path, folders))
        self.crop_size, self.stored_size = _sizes(self._folders)

    def views(self, seed: int, step: int, batch_size: int) -> list[Any]:
        """The views that a batch takes its samples from.

        Args:
            seed: int.
            step: Number of the batch.
            batch_size: Crops in a batch.

        Returns:
            list of dicts: `"joints"` `[21, 3]` float in mm in the view's virtual
            camera, `"valid"` `[21]` bool, `"focal"` in pixels of the crop, and
            `"image"`, `"background"` and perhaps `"mask"`, see `decoded`.
        """
        per_group = _SHARDS_AT_ONCE * 256 // batch_size
        return _group_of_views(self._folders, seed, step // per_group)


class PoolViews:
    """Labelled views of an `InstantPool`, in memory.

    Args:
        pool: `InstantPool`.
        views: Indices of views; those without a labelled wrist are left out.

    Raises:
        DatasetError: If no view is left.

    Attributes:
        crop_size: Side of the crop that a model sees in pixels.
        stored_size: Side of the stored crops.

    Example:
        ```python
        stream = CropStream(PoolViews(pool, labels), batch_size=32)
        ```
    """

    def __init__(self, pool: InstantPool, views: Any) -> None:
        self.crop_size, self.stored_size = pool.crop_size, pool.images.shape[1]
        views = np.asarray(views)
        labelled = views[pool.validity(views)[:, 0]]
        if not len(labelled):
            raise DatasetError("None of the chosen images has a label with a wrist.")
        self._views = [self._view(pool, view) for view in labelled]

    def views(self, seed: int, step: int, batch_size: int) -> Any:
        """See `ShardViews.views`."""
        del seed, step, batch_size
        return self._views

    @staticmethod
    def _view(pool: Any, view: int) -> Any:
        instant = pool.instant_of_view[view]
        joints = pool.joints[instant] @ pool.rotations[view].T
        return {
            "joints": joints + pool.translations[view],
            "valid": pool.valid[instant],
            "focal": float(pool.focals[view]),
            "image": pool.images[view],
            "background": pool.backgrounds[view],
        }


def decoded(image: Any) -> Any:
    """`[S, S, 3]` uint8 RGB of an image of a view: encoded bytes, or an array."""
    if isinstance(image, np.ndarray):
        return image
    return cv2.imdecode(np.frombuffer(image, np.uint8), cv2.IMREAD_COLOR_RGB)


def _sizes(folders):
    """`(crop_size, stored_size)` of all folders."""
    infos = [read_json(folder / INFO_FILE) for folder in folders]
    sizes = {(info.get("crop_size"), info.get("stored_size")) for info in infos}
    if len(sizes) != 1 or None in next(iter(sizes)):
        raise DatasetError(
            f"{', '.join(map(str, folders))}: must hold prepared instants of one size; "
            f"prepare or render them with the same crop size. Received: {sorted(sizes)}"
        )
    return sizes.pop()


@functools.lru_cache(maxsize=3)
def _group_of_views(folders, seed, group):
    """Views of some shards, chosen by seed and number of the group."""
    # A renderer may add more at any time.
    shards = sorted(shard for folder in folders for shard in complete_shards(folder))
    if not shards:
        raise DatasetError(f"{folders[0]}: there is no prepared instant; prepare again")
    rng = np.random.default_rng([seed, 7, group])
    count = min(_SHARDS_AT_ONCE, len(shards))
    chosen = rng.choice(len(shards), count, replace=False)
    files = [str(shards[index]) for index in chosen]
    return [
        view
        for record in tf.data.TFRecordDataset(files).as_numpy_iterator()
        for view in _views_of(record)
    ]


def _views_of(record):
    """The right-handed, labelled views of one instant, images still encoded."""
    features = tf.train.Example.FromString(record).features.feature

    def floats(name, *shape):
        return np.array(features[name].float_list.value, np.float32).reshape(shape)

    joints = floats("joints", NUM_JOINTS, 3)
    valid = np.array(features["valid"].int64_list.value, bool)
    if features["side"].bytes_list.value[0] != b"right" or not valid[0]:
        return
    rotations = floats("views/rotation", -1, 3, 3)
    translations = floats("views/translation", -1, 3)
    images = {
        key: features[f"views/{key}"].bytes_list.value
        for key in ("image", "background", "mask")
        if f"views/{key}" in features
    }
    for index, focal in enumerate(floats("views/focal", -1)):
        yield {
            "joints": joints @ rotations[index].T + translations[index],
            "valid": valid,
            "focal": float(focal),
            **{key: values[index] for key, values in images.items()},
        }
