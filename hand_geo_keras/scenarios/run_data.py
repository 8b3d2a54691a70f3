"""What a training on a recording starts from: crops, and maybe a trained model."""

import dataclasses
from pathlib import Path
from typing import Any

from hand_geo_keras.datasets import PreparedData, prepare_one
from hand_geo_keras.datasets.instant_folder import INFO_FILE, read_json
from hand_geo_keras.datasets.prepared_data import (
    is_prepared_one,
    open_prepared_one,
    prepared_crop_size,
)
from hand_geo_keras.errors import DatasetError
from hand_geo_keras.models import PRESETS
from hand_geo_keras.training.profiles import Network, Profile
from hand_geo_keras.training.trained import Preset


def wanted_crop_size(
    folder: str | Path, crop_size: int | None, detector: Any = None
) -> int | None:
    """Side of the crops in pixels where it is given, or there already.

    Args:
        folder: A recording, or what `prepare_recording` wrote.
        crop_size: What was asked for, or None.
        detector: What was given to find hands, or None.

    Returns:
        int, or None where anything will do.

    Raises:
        DatasetError: If the folder holds crops of another size, or of other boxes.
    """
    if not is_prepared_one(folder):
        return crop_size
    there = prepared_crop_size(folder)
    if crop_size not in (None, there) or detector is not None:
        raise DatasetError(
            f"{folder}: holds crops of {there} px that are cut already; give the crop "
            "size and the detector to hand-geo prepare, or train on the recording."
        )
    return there


def recording_name(folder: str | Path) -> str:
    """Name of a recording, or of that which `prepare_recording` made a folder from."""
    if is_prepared_one(folder):
        return str(read_json(Path(folder) / INFO_FILE)["recording"])
    return Path(folder).resolve().name


def of_crop_size(profile: Profile, size: int | None) -> Profile:
    """A profile with networks for crops of a size, the compact ones where they fit."""
    network = profile.network
    if size in (None, network.image_size):
        return profile
    fitting = f"compact_{size}"
    is_free = network.widths is None and fitting in PRESETS
    preset = fitting if is_free else network.preset
    return profile.replaced("network", image_size=size, preset=preset)


def started(
    start: str | Path | None, profile: Profile, size: int | None
) -> tuple[Preset | None, Profile]:
    """The preset to start from, and the profile with networks of its size.

    Args:
        start: Folder or name of a preset, or None.
        profile: `Profile`.
        size: Side of the crops in pixels where it is fixed, else None.

    Raises:
        DatasetError: If the preset takes crops of another size.
        WeightsError: If there is no such preset.
    """
    if start is None:
        return None, profile
    preset = Preset.find(str(start))
    encoder = preset.pose_estimator().encoder
    if size not in (None, encoder.image_size):
        raise DatasetError(
            f"{start}: takes crops of {encoder.image_size} px, not of {size}; ask for "
            f"--crop_size={encoder.image_size}, here or of hand-geo prepare."
        )
    network = Network(
        str(start) if start in PRESETS else profile.network.preset,
        encoder.image_size,
        encoder.num_points,
    )
    return preset, dataclasses.replace(profile, network=network)


def open_crops(
    folder: str | Path,
    prepared_dir: Path,
    size: int,
    measured: tuple[str, ...],
    detector: Any = None,
) -> tuple[PreparedData, dict[Any, Any]]:
    """The crops of a folder, cut first where it is a recording.

    Args:
        folder: A recording, or what `prepare_recording` wrote.
        prepared_dir: Folder for the crops of a recording.
        size: Side of the crops in pixels.
        measured: Parts in time that are measured, see `split_in_time`.
        detector: See `prepare_one`.

    Returns:
        `(PreparedData, report)`, see `prepare_one`.

    Raises:
        HandGeoError: If recording or crops cannot be read.
    """
    if is_prepared_one(folder):
        return open_prepared_one(folder, measured)
    return prepare_one(folder, prepared_dir, size, measured, detector=detector)
