"""Writes CMU Panoptic's own files: calibration, hand labels, videos and images."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from hand_geo_keras.geometry.cameras import Camera
from hand_geo_keras.io import make_folder, write_image, write_json
from hand_geo_keras.recordings.video_file import VideoFile

_CM_PER_MM = 0.1
_NOT_RECONSTRUCTED_PX = 1e5
_FINGER_GROUPS = ((0,), *(tuple(range(1 + 4 * k, 5 + 4 * k)) for k in range(5)))


def write_calibration(path: str | Path, cameras: Sequence[Camera]) -> None:
    """Writes `calibration_{sequence}.json` (centimetres, t as 3x1, tabs)."""
    entries = [
        {
            "name": camera.name,
            "type": "hd",
            "resolution": list(camera.resolution),
            "panel": 0,
            "node": int(camera.name.split("_")[1]),
            "K": camera.K.tolist(),
            "distCoef": camera.distortion.tolist(),
            "R": camera.R.tolist(),
            "t": (camera.t * _CM_PER_MM)[:, None].tolist(),
        }
        for camera in cameras
    ]
    content = {"calibDataSource": "hand_geo_keras synthetic dome", "cameras": entries}
    write_json(path, content, indent="\t")


def write_hands(path: Path, people: Any) -> None:
    """Writes one `handRecon3D_hdXXXXXXXX.json`.

    Args:
        path: `pathlib.Path` of the file.
        people: list of `{"id": ..., "right_hand": {...}}`, hands from `hand_entry`.
    """
    write_json(path, {"version": 0.5, "people": people}, indent=None)


def hand_entry(
    rng: np.random.Generator, joints: np.ndarray, cameras: Sequence[int] | np.ndarray
) -> dict[Any, Any]:
    """A flawless hand as the triangulation reports it.

    Args:
        rng: `np.random.Generator` for scores, errors and camera lists.
        joints: `[21, 3]` in mm, world.
        cameras: Indices of the cameras that may have seen it.

    Returns:
        dict with `landmarks` (63 numbers, cm), `averageScore`, `averageReproError`,
        `validity` and `visibility`. Joints of one finger share all but the score.
    """
    cameras = np.asarray(cameras)
    errors, seen = np.zeros(21), [None] * 21
    for group in _FINGER_GROUPS:
        error = rng.uniform(0.4, 3.5)
        count = rng.integers(min(2, len(cameras)), len(cameras) + 1)
        used = sorted(rng.choice(cameras, count, replace=False).tolist())
        for joint in group:
            errors[joint], seen[joint] = error, used  # type: ignore[call-overload]
    return {
        "landmarks": np.round(joints * _CM_PER_MM, 5).ravel().tolist(),
        "averageScore": np.round(rng.uniform(0.6, 0.95, 21), 4).tolist(),
        "averageReproError": np.round(errors, 4).tolist(),
        "validity": [1] * 21,
        "visibility": seen,
    }


def without_fingers(rng: np.random.Generator, entry: Any) -> Any:
    """The hand after one or two fingers could not be reconstructed."""
    entry = {name: list(value) for name, value in entry.items()}
    for finger in rng.choice(5, rng.integers(1, 3), replace=False):
        for joint in _FINGER_GROUPS[1 + finger]:
            entry["landmarks"][3 * joint : 3 * joint + 3] = [0.0, 0.0, 0.0]
            entry["averageScore"][joint] = 0.0
            entry["averageReproError"][joint] = _NOT_RECONSTRUCTED_PX
            entry["validity"][joint] = 0
            entry["visibility"][joint] = []
    return entry


def with_poor_joints(rng: np.random.Generator, entry: Any) -> Any:
    """The hand with landmarks that are off, low scores and large errors."""
    entry = {name: list(value) for name, value in entry.items()}
    for finger in rng.choice(5, rng.integers(2, 6), replace=False):
        error = float(np.round(rng.uniform(25, 70), 4))
        for joint in _FINGER_GROUPS[1 + finger]:
            place = slice(3 * joint, 3 * joint + 3)
            moved = entry["landmarks"][place] + rng.normal(0, 3, 3)
            entry["landmarks"][place] = np.round(moved, 5).tolist()
            entry["averageScore"][joint] = round(float(rng.uniform(0.1, 0.4)), 4)
            entry["averageReproError"][joint] = error
    return entry


class VideoSink:
    """Writes `hdVideos/hd_00_XX.mp4` (MPEG-4 part 2, the codec OpenCV brings).

    Args:
        folder: `pathlib.Path` of the sequence.
        camera: `Camera`.
        fps: Frames per second noted in the file.

    Raises:
        RecordingError: If OpenCV cannot write the video here.
    """

    def __init__(self, folder: Path, camera: Camera, fps: float) -> None:
        path = make_folder(folder / "hdVideos") / f"hd_{camera.name}.mp4"
        self._video = VideoFile(path, fps, camera.resolution)

    def add(self, frame: int, image: np.ndarray) -> None:
        """Appends an RGB image `[H, W, 3]`; frames come in order from 0."""
        del frame  # a video counts its frames itself
        self._video.write(image)

    def close(self) -> None:
        """Finishes the file; raises `StorageError` if frames are missing in it."""
        self._video.close()


class ImageSink:
    """Writes `hdImgs/00_XX/00_XX_XXXXXXXX.jpg`; arguments as of `VideoSink`."""

    def __init__(self, folder: Path, camera: Camera, fps: float) -> None:
        del fps
        self._folder, self._name = folder / "hdImgs" / camera.name, camera.name
        make_folder(self._folder)

    def add(self, frame: int, image: np.ndarray) -> None:
        """Writes an RGB image `[H, W, 3]` under its 0-based frame index."""
        write_image(self._folder / f"{self._name}_{frame:08d}.jpg", image, quality=95)

    def close(self) -> None:
        """Nothing is left to do."""
