"""Fitted hands of all frames, good or not: where corrections by hand begin."""

from pathlib import Path

import numpy as np

from hand_geo_keras.errors import HandGeoError
from hand_geo_keras.io import read_arrays, write_arrays
from hand_geo_keras.labelling.hand_track import HandTrack

_FILE = "fitted.npz"


def write_fitted_hands(folder: Path, track: HandTrack) -> None:
    """Writes the hands of a `HandTrack` into a folder."""
    arrays = {"frames": track.frames, "joints": np.float32(track.joints)}
    write_arrays(folder / _FILE, arrays)


def read_fitted_hands(folder: Path) -> dict[int, np.ndarray]:
    """Reads what `write_fitted_hands` wrote.

    Args:
        folder: `pathlib.Path`.

    Returns:
        dict from frame to `[21, 3]` float64 joints in mm, world frame; empty where
        there is no whole file.
    """
    try:
        arrays = read_arrays(folder / _FILE)
        frames, joints = arrays["frames"], np.asarray(arrays["joints"], np.float64)
    except (HandGeoError, KeyError):
        return {}
    if joints.shape != (len(frames), 21, 3) or not np.isfinite(joints).all():
        return {}
    return dict(zip(map(int, frames), joints))
