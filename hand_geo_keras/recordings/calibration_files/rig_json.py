"""The cameras of a plain rig's `calibration.json`, without opening its videos."""

import json
from pathlib import Path

from hand_geo_keras.errors import CalibrationError
from hand_geo_keras.io import write_text
from hand_geo_keras.recordings.calibration import (
    camera_entries,
    camera_from_entry,
    mm_per_unit,
)
from hand_geo_keras.recordings.calibration_files.lengths import resolve_unit
from hand_geo_keras.recordings.json_file import read_json

VIDEO_SUFFIXES = (".mp4", ".avi", ".mov", ".mkv", ".webm")


def read_rig_json(path, unit=None):
    """Reads the cameras of a rig's calibration; its videos need not be there.

    Args:
        path: File, str or `pathlib.Path`.
        unit: Unit of the translations if the file has no field `unit`.

    Returns:
        tuple of `Camera`, lengths in mm.

    Raises:
        CalibrationError: If the file or a camera is malformed.
    """
    path = Path(path)
    content = read_json(path, CalibrationError)
    if unit is None:
        mm = mm_per_unit(content, path)
    else:
        mm = resolve_unit(path, unit)
    return tuple(
        camera_from_entry(entry, path, mm) for entry in camera_entries(content, path)
    )


def write_rig_json(path, cameras, videos=None, fps=None, offsets=None, unit="mm"):
    """Writes a rig's `calibration.json`, see `RigRecording`.

    Args:
        path: File, str or `pathlib.Path`.
        cameras: `Camera` objects, lengths in mm.
        videos: dict from camera name to the video's file name beside `path`; found
            by `find_videos` if None.
        fps: Frames per second; that of the videos if None.
        offsets: Optional dict from camera name to its `frame_offset`.
        unit: Unit of the written translations, `"mm"`, `"cm"` or `"m"`.
    """
    path = Path(path)
    mm = resolve_unit(path, unit)
    videos = {**find_videos(path.parent, cameras), **(videos or {})}
    offsets = offsets or {}
    entries = [
        {
            "name": camera.name,
            "video": videos[camera.name],
            "resolution": list(camera.resolution),
            "K": camera.K.tolist(),
            "distCoef": camera.distortion.tolist(),
            "R": camera.R.tolist(),
            "t": (camera.t / mm).tolist(),
            "frame_offset": int(offsets.get(camera.name, 0)),
        }
        for camera in cameras
    ]
    content = {"unit": unit, **({} if fps is None else {"fps": fps})}
    write_text(path, json.dumps({**content, "cameras": entries}, indent=1))


def find_videos(folder, cameras):
    """Guesses each camera's video: `<name>.mp4`, else `<session>_<name>.mp4`.

    Args:
        folder: `pathlib.Path` of the videos.
        cameras: `Camera` objects.

    Returns:
        dict from camera name to file name; `<name>.mp4` where none or several fit.
    """
    files = sorted(folder.iterdir()) if folder.is_dir() else []
    files = [file for file in files if file.suffix.lower() in VIDEO_SUFFIXES]
    videos = {}
    for camera in cameras:
        exact = [file.name for file in files if file.stem == camera.name]
        ending = [file.name for file in files if file.stem.endswith(f"_{camera.name}")]
        fitting = exact or ending
        videos[camera.name] = fitting[0] if len(fitting) == 1 else f"{camera.name}.mp4"
    return videos
