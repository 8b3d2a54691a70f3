"""The formats of calibrations that are known, and how the content tells them."""

import collections
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from hand_geo_keras.errors import CalibrationError
from hand_geo_keras.recordings.calibration_files.anipose_toml import read_anipose_toml
from hand_geo_keras.recordings.calibration_files.easymocap import (
    is_easymocap,
    read_easymocap,
)
from hand_geo_keras.recordings.calibration_files.jarvis import is_jarvis, read_jarvis
from hand_geo_keras.recordings.calibration_files.kalibr import is_kalibr, read_kalibr
from hand_geo_keras.recordings.calibration_files.opencv_files import (
    halves_in,
    read_named_values,
    with_other_half,
)
from hand_geo_keras.recordings.calibration_files.opencv_stereo import (
    is_opencv_stereo,
    read_opencv_stereo,
)
from hand_geo_keras.recordings.calibration_files.rig_json import is_rig, read_rig_json

# `fits` takes the named values of a file, `read` a path, a unit and a resolution.
CalibrationFormat = collections.namedtuple("CalibrationFormat", "name fits read")

CALIBRATION_FORMATS = (
    CalibrationFormat("a rig's or CMU Panoptic's JSON", is_rig, read_rig_json),
    CalibrationFormat("Kalibr's camchain", is_kalibr, read_kalibr),
    CalibrationFormat(
        "EasyMocap's intri.yml and extri.yml", is_easymocap, read_easymocap
    ),
    CalibrationFormat("JARVIS' YAML per camera", is_jarvis, read_jarvis),
    CalibrationFormat(
        "OpenCV's stereo calibration", is_opencv_stereo, read_opencv_stereo
    ),
)
_ENDINGS = (".json", ".yml", ".yaml", ".xml", ".toml")


def calibration_files(path: str | Path) -> list[Any]:
    """The files that a calibration consists of.

    Args:
        path: A file, several, or a folder. A file named like one half of a calibration
            (`intrinsics`, `extri`, ...) is completed by the other half beside it.

    Returns:
        list of `pathlib.Path`.

    Raises:
        CalibrationError: If nothing is there, or a folder holds several calibrations.
    """
    if not isinstance(path, str | os.PathLike):
        return [Path(part) for part in path]
    path = Path(path)
    if not path.is_dir():
        return with_other_half(path)
    for pattern in ("calibration.json", "calibration_*.json", "calibration.toml"):
        found = sorted(path.glob(pattern))
        if len(found) == 1:
            return found
    if halves := halves_in(path):
        return halves
    visible = [file for file in sorted(path.iterdir()) if file.name[0] != "."]
    files = [file for file in visible if file.suffix.lower() in _ENDINGS]
    if len(files) == 1 or _are_one_per_camera(files):
        return files
    raise CalibrationError(
        f"{path}: is a folder with {'several' if files else 'no'} calibrations; name "
        f"the file. Received: {[file.name for file in files][:8]}"
    )


def _are_one_per_camera(files):
    yaml = [f for f in files if f.suffix.lower() in (".yml", ".yaml")]
    return bool(yaml) and yaml == files and is_jarvis(read_named_values(yaml[0])[0])


def calibration_format(files: Sequence[Path]) -> Any:
    """The `CalibrationFormat` of files, told from their content.

    Args:
        files: list of `pathlib.Path`.

    Raises:
        CalibrationError: If the content is of no known format, or unreadable.
    """
    if [file.suffix.lower() for file in files] == [".toml"]:
        return CalibrationFormat("Anipose's TOML", None, _read_toml)
    for file in files:
        if file.suffix.lower() not in _ENDINGS:
            raise CalibrationError(
                f"{file}: the ending of a calibration file must be one of "
                f"{', '.join(_ENDINGS)}."
            )
    values = {}
    for file in files:
        values.update(read_named_values(file)[0])
    for known in CALIBRATION_FORMATS:
        if known.fits(values):
            return known
    names = "; ".join(["Anipose's TOML", *(f.name for f in CALIBRATION_FORMATS)])
    raise CalibrationError(
        f"{' + '.join(map(str, files))}: is no calibration of a known format "
        f"({names}); write the matrices as K1, D1, K2, D2, R, T. Received: "
        f"{sorted(values)[:12]}"
    )


def _read_toml(path, unit=None, resolution=None):
    return read_anipose_toml(path, unit)
