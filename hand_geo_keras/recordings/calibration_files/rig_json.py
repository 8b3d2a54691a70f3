"""The cameras of a plain rig's `calibration.json`, without opening its videos."""

import dataclasses
import json
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from hand_geo_keras.errors import CalibrationError
from hand_geo_keras.geometry.cameras import Camera
from hand_geo_keras.io import write_text
from hand_geo_keras.recordings.calibration import (
    MM_PER_UNIT,
    camera_entries,
    camera_from_entry,
    mm_per_unit,
)
from hand_geo_keras.recordings.calibration_files.lengths import resolve_unit
from hand_geo_keras.recordings.image_frames import PLACEHOLDER
from hand_geo_keras.recordings.lens_models import lens_fields
from hand_geo_keras.recordings.text_files import read_json

VIDEO_SUFFIXES = (".mp4", ".avi", ".mov", ".mkv", ".webm")


def is_rig(values: Any) -> bool:
    """Whether the fields of a JSON file are those of a rig or of CMU Panoptic."""
    return "cameras" in values


def read_rig_json(
    path: Path,
    unit: str | float | None = None,
    resolution: tuple[int, int] | None = None,
) -> tuple[Camera, ...]:
    """Reads the cameras of a rig's calibration; its videos need not be there.

    CMU Panoptic's own calibrations have the same layout without `unit`: they are in
    centimetres, and their cameras have a `type`.

    Args:
        path: File, str or `pathlib.Path`.
        unit: Unit of the translations if the file has no field `unit`.
        resolution: Not used: the file says it per camera.

    Returns:
        tuple of `Camera`, lengths in mm.

    Raises:
        CalibrationError: If the file or a camera is malformed.
    """
    path = Path(path)
    content = read_json(path, CalibrationError)
    entries = camera_entries(content, path)
    if unit is not None:
        mm = resolve_unit(path, unit)
    elif "unit" not in content and _is_panoptic(content, entries):
        mm = MM_PER_UNIT["cm"]
    else:
        mm = mm_per_unit(content, path)
    return tuple(camera_from_entry(entry, path, mm) for entry in entries)


def _is_panoptic(content, entries):
    fields = ("type", "panel", "node")
    return "calibDataSource" in content or all(
        all(field in entry for field in fields) for entry in entries
    )


def write_rig_json(
    path: Path,
    cameras: Sequence[Camera],
    videos: dict[Any, Any] | None = None,
    fps: float | None = None,
    offsets: dict[Any, Any] | None = None,
    unit: str | float | None = "mm",
) -> None:
    """Writes a rig's `calibration.json`, see `RigRecording`.

    What a calibration that is replaced says of the recording is kept where nothing
    else is given: subject, frame rate, and for cameras of the same names their videos,
    if they are there, with their frame offsets. A warning tells what that is.

    Args:
        path: File, str or `pathlib.Path`.
        cameras: `Camera` objects, lengths in mm.
        videos: dict from camera name to the video's file name beside `path`; found
            by `find_videos` if None.
        fps: Frames per second; that of the videos if None.
        offsets: Optional dict from camera name to its `frame_offset`.
        unit: Unit of the written translations, `"mm"`, `"cm"` or `"m"`.

    Raises:
        CalibrationError: If a video or an offset is of none of the cameras.
    """
    path = Path(path)
    mm = resolve_unit(path, unit)
    names = [camera.name for camera in cameras]
    unknown = sorted({*(videos or {}), *(offsets or {})} - set(names))
    if unknown:
        raise CalibrationError(
            f"{path}: videos or frame offsets are given for {unknown}, but the "
            f"cameras are {names}; correct the names."
        )
    recording = recording_of(path)
    found, given = find_videos(path.parent, cameras), videos or {}
    there = {name: v for name, v in recording.videos.items() if name in found}
    videos = {**found, **there, **given}
    kept_offsets = {
        name: offset
        for name, offset in recording.offsets.items()
        if not offsets and name in there and videos[name] == there[name]
    }
    fields = {} if fps is None else {"fps": fps}
    kept = [
        *(name for name in recording.fields if name not in fields),
        *(["video"] if {**found, **given} != videos else []),
        *(["frame_offset"] if kept_offsets else []),
    ]
    if kept:
        warnings.warn(
            f"{path}: keeps what the calibration that it replaces said of the "
            f"recording: {', '.join(kept)}",
            stacklevel=2,
        )
    offsets = offsets or kept_offsets
    entries = [
        {
            "name": camera.name,
            "video": videos[camera.name],
            "resolution": list(camera.resolution),
            "K": camera.K.tolist(),
            "distCoef": camera.distortion.tolist(),
            **lens_fields(camera),
            "R": camera.R.tolist(),
            "t": (camera.t / mm).tolist(),
            "frame_offset": int(offsets.get(camera.name, 0)),
        }
        for camera in cameras
    ]
    content = {"unit": unit, **recording.fields, **fields, "cameras": entries}
    write_text(path, json.dumps(content, indent=1))


@dataclasses.dataclass(frozen=True)
class RigVideos:
    """What a rig's JSON says of the recording, beside its cameras.

    Args:
        fields: Those of `subject` and `fps` that it has.
        videos: dict from camera name to its video, of those that are there.
        offsets: dict from camera name to its `frame_offset` where that is not 0.
    """

    fields: dict
    videos: dict
    offsets: dict


def recording_of(path: str | Path) -> RigVideos:
    """`RigVideos` of a file; empty if it is missing, damaged or no rig's JSON."""
    path = Path(path)
    try:
        content = read_json(path, CalibrationError) if path.is_file() else {}
    except CalibrationError:
        content = {}
    entries = content.get("cameras")
    entries = entries if isinstance(entries, list) else []
    videos, offsets = {}, {}
    for entry in entries:
        if isinstance(entry, dict) and isinstance(entry.get("name"), str):
            video, offset = entry.get("video"), entry.get("frame_offset")
            if isinstance(video, str) and _is_there(path.parent, video):
                videos[entry["name"]] = video
            if isinstance(offset, int) and offset:
                offsets[entry["name"]] = offset
    kinds = {"subject": str, "fps": int | float}
    fields = {
        name: content[name]
        for name, kind in kinds.items()
        if isinstance(content.get(name), kind)
    }
    return RigVideos(fields, videos, offsets)


def _is_there(folder, video):
    """Whether a video is there, or the folder of a pattern of images."""
    place = folder / video
    return place.parent.is_dir() if PLACEHOLDER.search(place.name) else place.exists()


def find_videos(folder: Path, cameras: Sequence[Camera]) -> dict[Any, Any]:
    """Guesses each camera's video: `<name>.mp4`, else `<session>_<name>.mp4`.

    A folder of images is a video as well.

    Args:
        folder: `pathlib.Path` of the videos.
        cameras: `Camera` objects.

    Returns:
        dict from camera name to file name; `<name>.mp4` where none or several fit.
    """
    files = sorted(folder.iterdir()) if folder.is_dir() else []
    files = [f for f in files if f.is_dir() or f.suffix.lower() in VIDEO_SUFFIXES]
    files = [f for f in files if not f.name.startswith(".")]
    videos = {}
    for camera in cameras:
        exact = [file.name for file in files if _name(file) == camera.name]
        ending = [f.name for f in files if _name(f).endswith(f"_{camera.name}")]
        fitting = exact or ending
        videos[camera.name] = fitting[0] if len(fitting) == 1 else f"{camera.name}.mp4"
    return videos


def _name(file):
    return file.name if file.is_dir() else file.stem
