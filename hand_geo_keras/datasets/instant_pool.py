"""Prepared instants as flat arrays that pipelines index into."""

import dataclasses
import functools
import itertools
from pathlib import Path
from typing import Any

import numpy as np
import tensorflow as tf

from hand_geo_keras.datasets.features import instant_features
from hand_geo_keras.datasets.instant_folder import (
    INFO_FILE,
    complete_shards,
    corrected_hands,
    hand_of,
    read_json,
)
from hand_geo_keras.datasets.mapped_images import MappedImages, map_images
from hand_geo_keras.errors import DatasetError
from hand_geo_keras.geometry import nearest_to_rays

# Instants of which images are stacked at once: freed one by one, gigabytes of small
# arrays would stay with the process.
_BLOCK, _BLOCK_ON_DISK = 256, 16
_MIRROR = np.diag([-1.0, 1.0, 1.0]).astype(np.float32)


@dataclasses.dataclass(frozen=True, eq=False)
class InstantPool:
    """Instants as flat arrays: M views of I instants, every hand a right hand.

    Left hands are mirrored when loaded: their crops are flipped and world and
    cameras with them, so that rotations stay rotations and a model only ever sees
    right hands. `mirrored` remembers which; flip x of a predicted pose to go back.

    Args:
        images: `[M, S, S, 3]` uint8 crops with context: an array, or `MappedImages`.
        backgrounds: `[M, S, S, 3]` uint8 background crops, likewise.
        rotations: `[M, 3, 3]` float32 world -> virtual camera.
        translations: `[M, 3]` float32 in mm.
        focals: `[M]` float32 focal lengths in crop pixels.
        cameras: `[M]` names of the real cameras.
        instant_of_view: `[M]` int32 index of each view's instant.
        views: `[I, V]` int32 indices of each instant's views, padded with -1.
        num_views: `[I]` int32 number of views of each instant.
        joints: `[I, 21, 3]` float32 mm, world frame.
        valid: `[I, 21]` bool, which joints are labelled.
        sequences: `[I]` names of sequences.
        subjects: `[I]` names of subjects.
        frames: `[I]` int64 frame indices.
        mirrored: `[I]` bool, whether it was a left hand.
        corrected: `[I]` bool, whether a person has corrected the label.
        crop_size: Side of the crop that a model sees, at most S.
    """

    images: Any
    backgrounds: Any
    rotations: np.ndarray
    translations: np.ndarray
    focals: np.ndarray
    cameras: np.ndarray
    instant_of_view: np.ndarray
    views: np.ndarray
    num_views: np.ndarray
    joints: np.ndarray
    valid: np.ndarray
    sequences: np.ndarray
    subjects: np.ndarray
    frames: np.ndarray
    mirrored: np.ndarray
    corrected: np.ndarray
    crop_size: int

    def __len__(self) -> int:
        return len(self.num_views)

    @property
    def labelled(self) -> np.ndarray:
        """`[I]` bool: instants of which at least the wrist and one joint are known."""
        return self.valid[:, 0] & (self.valid.sum(-1) > 1)

    @functools.cached_property
    def hand_points(self) -> np.ndarray:
        """`[I, 3]` float32 mm: where each instant's hand is, without any label.

        The point nearest to the optical axes of the instant's virtual cameras, which
        all look straight at the hand; NaN where a single view does not locate it, or
        where the views look past each other and it would lie behind one of them.
        """
        seen = np.arange(self.views.shape[1]) < self.num_views[:, None]
        views = np.maximum(self.views, 0)
        rotations = self.rotations.astype(np.float64)
        centers = -(self.translations[:, None] @ rotations)[:, 0]
        axes = rotations[:, 2]
        points = nearest_to_rays(centers[views], axes[views], seen)
        depths = ((points[:, None] - centers[views]) * axes[views]).sum(-1)
        behind = (seen & (depths <= 0)).any(1)
        return np.where(behind[:, None], np.nan, points).astype(np.float32)

    @property
    def scales(self) -> np.ndarray:
        """`[M]` float32: half of each crop's side over its focal length."""
        return (self.crop_size / 2 / self.focals).astype(np.float32)

    def crops(self, views: Any) -> np.ndarray:
        """Crops as a model sees them, without the context around.

        Args:
            views: `[...]` int indices of views, or a slice.

        Returns:
            `[..., crop_size, crop_size, 3]` uint8.

        Example:
            ```python
            model.predict({"image": instants.crops([0])})  # [1, 21, 3]
            ```
        """
        return self._central(self.images[views])

    def background_crops(self, views: Any) -> Any:
        """The empty scene behind the same crops, see `crops`."""
        return self._central(self.backgrounds[views])

    def poses(self, views: np.ndarray) -> np.ndarray:
        """Wrist-relative poses in the virtual cameras of some views.

        Args:
            views: `[...]` int indices of views.

        Returns:
            `[..., 21, 3]` float32 poses in mm; what it says of joints without a label
            (see `validity`) means nothing.
        """
        joints = self.joints[self.instant_of_view[views]]
        relative = joints - joints[..., :1, :]
        return relative @ np.swapaxes(self.rotations[views], -1, -2)

    def validity(self, views: Any) -> np.ndarray:
        """`[..., 21]` bool, which joints of some views are labelled."""
        return self.valid[self.instant_of_view[views]]

    def select(self, instants: np.ndarray) -> Any:
        """A pool of some of the instants; shares nothing but images on disk.

        Args:
            instants: `[K]` int indices or `[I]` bool mask of instants.

        Returns:
            A new `InstantPool` with the instants in ascending order.
        """
        chosen = np.arange(len(self))[instants]
        keep = np.isin(self.instant_of_view, chosen)
        number = np.cumsum(keep) - 1  # new number of each kept view
        renumber = np.append(number, -1).astype(np.int32)
        instant_number = np.full(len(self), -1, np.int32)
        instant_number[np.sort(chosen)] = np.arange(len(chosen), dtype=np.int32)
        chosen = np.sort(chosen)
        per_view = ("rotations", "translations", "focals", "cameras")
        per_instant = ("num_views", "joints", "valid", "sequences", "subjects")
        return dataclasses.replace(
            self,
            images=_some(self.images, keep),
            backgrounds=_some(self.backgrounds, keep),
            **{name: getattr(self, name)[keep] for name in per_view},
            **{
                name: getattr(self, name)[chosen]
                for name in (*per_instant, "frames", "mirrored", "corrected")
            },
            instant_of_view=instant_number[self.instant_of_view[keep]],
            views=renumber[self.views[chosen]],
        )

    def in_label_order(self, views: np.ndarray, seed: int = 0) -> np.ndarray:
        """Views in the order in which their labels are taken for a budget.

        At random, but those that a person has corrected come first: they are better
        than what a detector said.

        Args:
            views: `[L]` int indices of labelled views.
            seed: Seed of the order.

        Returns:
            `[L]` int indices.
        """
        order = np.random.default_rng(seed).permutation(views)
        last = ~self.corrected[self.instant_of_view[order]]
        return order[np.argsort(last, kind="stable")]

    def _central(self, images):
        border = (images.shape[-2] - self.crop_size) // 2
        inner = slice(border, border + self.crop_size)
        return images[..., inner, inner, :]


def load_instants(path: str | Path, keep: Any = None) -> InstantPool:
    """Loads prepared instants; their decoded images stay on the folder's disk.

    Args:
        path: Folder that `prepare_recording` wrote, or a list of such folders with
            the same crop size, which are joined.
        keep: Optional function from an instant, a dict as described by
            `instant_features`, to whether it is loaded.

    Returns:
        An `InstantPool`.

    Raises:
        DatasetError: If a folder holds no prepared instants, sizes differ, a shard is
            damaged or none is kept.
        StorageError: If the disk is full.
    """
    folders = [Path(path)] if isinstance(path, (str, Path)) else list(map(Path, path))
    infos = [_info(folder) for folder in folders]
    sizes = {
        (info["crop_size"], info["stored_size"], info.get("masks", False))
        for info in infos
    }
    if len(sizes) != 1:
        raise DatasetError(
            "Prepared folders must have one crop size; prepare them with the same "
            f"settings. Received: {dict(zip(map(str, folders), infos))}"
        )
    ((crop_size, stored_size, masks),) = sizes
    shards = [str(shard) for folder in folders for shard in complete_shards(folder)]
    features = instant_features(stored_size, masks)
    dataset = tf.data.TFRecordDataset(shards).map(
        features.deserialize_example, num_parallel_calls=tf.data.AUTOTUNE
    )
    corrected = set().union(*map(corrected_hands, folders))
    instants = (
        instant | {"corrected": hand_of(instant) in corrected}
        for instant in filter(keep, dataset.prefetch(8).as_numpy_iterator())
    )
    try:
        first = next(instants, None)
        if first is not None:
            instants = itertools.chain([first], instants)
            return pool_of_instants(instants, crop_size, folders[0])
    except tf.errors.OpError as reason:
        raise DatasetError(
            f"{', '.join(map(str, folders))}: a shard is damaged ({reason.message}); "
            "remove it and prepare again."
        ) from reason
    raise DatasetError(f"{folders[0]}: there is no prepared instant; prepare again")


def pool_of_instants(
    instants: Any, crop_size: int, folder: str | Path | None = None
) -> InstantPool:
    """Joins instants (dicts as described by `instant_features`) into a pool.

    Args:
        instants: Iterable of dicts with numpy values; views stacked along axis 0.
            An iterator needs less memory than a list, whose crops stay.
        crop_size: Side of the crop that a model sees.
        folder: Folder on whose disk images are kept, see `map_images`; in memory if
            None.

    Returns:
        An `InstantPool`.

    Raises:
        StorageError: If the disk is full.
    """
    right_handed, instants = map(_right_handed, instants), []
    if folder is None:
        pairs = _image_blocks(right_handed, instants, _BLOCK)
        images, backgrounds = map(np.concatenate, zip(*pairs))
    else:
        pairs = _image_blocks(right_handed, instants, _BLOCK_ON_DISK)
        images, backgrounds = _mapped(pairs, folder)
    counts = np.array([len(instant["views"]["focal"]) for instant in instants])
    starts = np.cumsum(counts) - counts
    slots = np.arange(counts.max())
    views = np.where(slots < counts[:, None], starts[:, None] + slots, -1)

    def per_view(key):
        return np.concatenate([instant["views"][key] for instant in instants])

    def per_instant(key):
        return np.stack([instant[key] for instant in instants])

    return InstantPool(
        images=images,
        backgrounds=backgrounds,
        rotations=per_view("rotation"),
        translations=per_view("translation"),
        focals=per_view("focal"),
        cameras=per_view("camera").astype(str),
        instant_of_view=np.repeat(np.arange(len(instants), dtype=np.int32), counts),
        views=views.astype(np.int32),
        num_views=counts.astype(np.int32),
        joints=per_instant("joints"),
        valid=per_instant("valid"),
        sequences=per_instant("sequence").astype(str),
        subjects=per_instant("subject").astype(str),
        frames=per_instant("frame"),
        mirrored=per_instant("mirrored"),
        corrected=np.array([bool(i.get("corrected", False)) for i in instants]),
        crop_size=crop_size,
    )


def _image_blocks(instants, kept, size):
    """Yields stacks of images and backgrounds; the instants without them are `kept`."""
    while block := list(itertools.islice(instants, size)):
        yield tuple(
            np.concatenate([instant["views"].pop(key) for instant in block])
            for key in ("image", "background")
        )
        kept += block


def _mapped(pairs, folder):
    """Two `MappedImages` in one file: of every block the images, then backgrounds."""
    counts = []

    def stacks():
        for pair in pairs:
            counts.append(len(pair[0]))
            yield from pair

    images = map_images(stacks(), folder)
    ends = np.cumsum(np.repeat(counts, 2))
    blocks = np.split(np.arange(ends[-1]), ends[:-1])
    return [images.select(np.concatenate(blocks[part::2])) for part in range(2)]


def _some(images, keep):
    return images.select(keep) if isinstance(images, MappedImages) else images[keep]


def _right_handed(instant):
    left = instant["side"] in (b"left", "left")
    if not left:
        return {**instant, "views": dict(instant["views"]), "mirrored": False}
    views = instant["views"]
    flipped = {
        **views,
        "image": views["image"][:, :, ::-1],
        "background": views["background"][:, :, ::-1],
        "rotation": _MIRROR @ views["rotation"] @ _MIRROR,
        "translation": views["translation"] @ _MIRROR,
    }
    joints = instant["joints"] @ _MIRROR
    return {**instant, "views": flipped, "joints": joints, "mirrored": True}


def _info(folder):
    info = read_json(folder / INFO_FILE)
    if not info:
        raise DatasetError(
            f"{folder / INFO_FILE} is missing, so this folder holds no prepared "
            "instants; run prepare_recording first"
        )
    return info
