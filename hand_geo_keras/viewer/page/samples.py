"""Hands to start with: from a prepared folder, or rendered on the fly."""

import dataclasses
from pathlib import Path

import numpy as np
import tensorflow as tf

from hand_geo_keras.datasets import instant_features, pool_of_instants
from hand_geo_keras.datasets.instant_folder import INFO_FILE, complete_shards, read_json
from hand_geo_keras.errors import DatasetError
from hand_geo_keras.geometry import (
    Camera,
    central_box,
    square_box,
    virtual_camera,
    warp_crops,
)
from hand_geo_keras.prediction.locate_hand import DEFAULT_MARGIN
from hand_geo_keras.synthetic import SequenceSpec, SyntheticSequence
from hand_geo_keras.synthetic.cameras import SPREAD_CAMERAS, dome_cameras
from hand_geo_keras.synthetic.timeline import FrameKind, frames_of_kind
from hand_geo_keras.viewer.page.hand_image import HandImage

_INSTANTS_PER_SUBJECT = 2


@dataclasses.dataclass(frozen=True, eq=False)
class Sample:
    """One right hand's crop.

    Args:
        name: What it is called on the page.
        image: `[S, S, 3]` uint8 RGB.
        background: `[S, S, 3]` uint8 RGB, the empty scene behind it.
        scale: Half the crop's side over its focal length.
    """

    name: str
    image: np.ndarray
    background: np.ndarray
    scale: float = 0.5

    @property
    def hand_image(self) -> HandImage:
        """The `HandImage` in which the hand fills the crop."""
        size = self.image.shape[0]
        focal, centre = size / 2 / self.scale, (size - 1) / 2
        K = np.array([[focal, 0, centre], [0, focal, centre], [0, 0, 1]])
        return HandImage(
            self.image,
            central_box((size, size)),
            camera=Camera("crop", K, np.zeros(5), np.eye(3), np.zeros(3), (size, size)),
            background=self.background,
            source=self.name,
        )


def load_samples(folder: str | Path, count: int = 8) -> list[Sample]:
    """Reads some hands, spread over a prepared folder.

    Args:
        folder: Folder that `prepare_recording` wrote.
        count: Number of samples, at most.

    Returns:
        list of `Sample`.

    Raises:
        DatasetError: If the folder holds no prepared instants.
    """
    folder = Path(folder)
    info = read_json(folder / INFO_FILE)
    shards = [str(path) for path in complete_shards(folder)]
    if not info or not shards:
        raise DatasetError(
            f"{folder} holds no prepared instants; give a folder that `hand-geo "
            "prepare` or a training run wrote."
        )
    chosen = [shards[k] for k in _spread(len(shards), count)]
    features = instant_features(info["stored_size"])
    instants = []
    for number, shard in enumerate(chosen):  # a few of each, the last one the rest
        wanted = count * (number + 1) // len(chosen) - len(instants)
        dataset = tf.data.TFRecordDataset(shard).shard(_STRIDE, 0).take(wanted)
        instants += list(dataset.map(features.deserialize_example).as_numpy_iterator())
    pool = pool_of_instants(instants, info["crop_size"])
    views = [pool.views[k, k % pool.num_views[k]] for k in range(len(pool))]
    return [_of_pool(pool, view) for view in views]


_STRIDE = 24  # neighbouring instants look alike


def _of_pool(pool, view):
    instant = pool.instant_of_view[view]
    return Sample(
        f"{pool.sequences[instant]}, frame {pool.frames[instant]}, "
        f"camera {pool.cameras[view]}",
        _central(pool.images[view], pool.crop_size),
        _central(pool.backgrounds[view], pool.crop_size),
        float(pool.scales[view]),
    )


def _central(image, size):
    start = (image.shape[0] - size) // 2
    return image[start : start + size, start : start + size]


def _spread(total, count):
    return np.unique(np.linspace(0, total - 1, min(count, total)).astype(int))


def render_samples(count: int = 6, size: int = 256, seed: int = 7) -> list[Sample]:
    """Renders hands of the synthetic dome, a fraction of a second each.

    Args:
        count: Number of samples.
        size: Side of the crops in pixels.
        seed: Seed of the dome.

    Returns:
        list of `Sample`.
    """
    return [_rendered(number, size, seed) for number in range(count)]


def _rendered(number, size, seed):
    subject, instant = divmod(number, _INSTANTS_PER_SUBJECT)
    index = SPREAD_CAMERAS[number % len(SPREAD_CAMERAS)]
    spec = SequenceSpec(subject, "test", _INSTANTS_PER_SUBJECT, (index,))
    sequence = SyntheticSequence(spec, seed)
    frame = frames_of_kind(sequence.timeline, FrameKind.GOOD)[instant]
    (empty, *_) = frames_of_kind(sequence.timeline, FrameKind.EMPTY)
    camera = dome_cameras()[index]
    box = square_box(camera.project(sequence.hand(frame).joints), DEFAULT_MARGIN)
    images = [image for k in (frame, empty) for _, image in sequence.images(k, [index])]
    seen = virtual_camera(camera, box, size)
    crop, background = warp_crops(images, camera, seen)
    name = f"synthetic hand {number + 1}, camera {index}"
    return Sample(name, crop, background, seen.scale)
