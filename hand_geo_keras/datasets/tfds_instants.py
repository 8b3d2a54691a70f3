"""Loads a built TFDS dataset of instants into memory."""

from pathlib import Path
from typing import Any

import tensorflow_datasets as tfds

from hand_geo_keras.datasets.instant_pool import InstantPool, pool_of_instants
from hand_geo_keras.errors import DatasetError


def load_tfds_instants(
    name_or_builder: Any, split: Any, data_dir: str | Path | None = None
) -> InstantPool:
    """Loads a split of a TFDS dataset of instants; builds it first if need be.

    Args:
        name_or_builder: Name such as `"panoptic_hands/synthetic_tiny"` (import
            `hand_geo_keras.datasets.panoptic_hands` before), or a
            `tfds.core.DatasetBuilder`.
        split: Split, such as `"train"`, `"test"` or `"train[:10%]"`.
        data_dir: Folder of the built datasets, TFDS' default if None; for names only.

    Returns:
        An `InstantPool`, ordered by sequence, frame, side and subject.

    Raises:
        DatasetError: If the dataset holds no instants, or the split is empty.

    Example:
        ```python
        import hand_geo_keras.datasets.panoptic_hands

        pool = load_tfds_instants("panoptic_hands/synthetic_mini", "train")
        ```
    """
    builder = name_or_builder
    if isinstance(builder, str):
        builder = tfds.builder(builder, data_dir=data_dir)
    crop_size = (builder.info.metadata or {}).get("crop_size")
    if crop_size is None:
        raise DatasetError(
            f"{builder.name}: is no dataset of instants, its metadata lacks "
            "'crop_size'; use a configuration of panoptic_hands."
        )
    builder.download_and_prepare()
    # TFDS shuffles examples when it writes them.
    instants = sorted(tfds.as_numpy(builder.as_dataset(split=split)), key=_place)
    if not instants:
        raise DatasetError(f"{builder.info.full_name}: split {split!r} is empty")
    return pool_of_instants(instants, crop_size)


def _place(instant):
    hand = instant["side"], instant["subject"]
    return instant["sequence"], int(instant["frame"]), *hand
