"""What was detected in every view, kept on disk so that a stopped run resumes."""

import dataclasses
import hashlib
import itertools
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from hand_geo_keras.datasets.prepare import synchronised_frames
from hand_geo_keras.errors import DatasetError, HandGeoError
from hand_geo_keras.geometry.skeleton import NUM_JOINTS
from hand_geo_keras.io import (
    read_arrays,
    read_json,
    remove_partials,
    write_arrays,
    write_json,
)
from hand_geo_keras.recordings.recording import Recording

_FRAMES_PER_FILE = 128
_SETTINGS = "settings.json"
_VERSION = 2  # of how detections are made


@dataclasses.dataclass(frozen=True, eq=False)
class Detections:
    """What V cameras saw in successive frames.

    Args:
        pixels: `[V, F, 21, 2]` float32, NaN where no hand was found.
        std: `[V, F, 21]` float32 std in pixels.
        score: `[V, F]` float32, 0 where no hand was found.
        shapes: `[V, F, 21, 3]` float32 mm, see `ViewHand`; NaN where unknown.
    """

    pixels: np.ndarray
    std: np.ndarray
    score: np.ndarray
    shapes: np.ndarray

    @property
    def found(self) -> np.ndarray:
        """`[V, F]` bool: where there is a hand."""
        return np.isfinite(self.pixels).all((-1, -2))


class DetectionFolder:
    """Detections of a recording, some frames per file.

    A file that is there is not made again; files of another detector, side or
    recording are removed.

    Args:
        path: `pathlib.Path` of the folder; made if absent.
        recording: `Recording`.
        reader: `PresetReader`, `LandmarkReader` or the like.
    """

    def __init__(self, path: Path, recording: Recording, reader: Any) -> None:
        self.path, self._recording, self._reader = path, recording, reader
        settings = {"fingerprint": _fingerprint(recording, reader)}
        try:
            kept = read_json(path / _SETTINGS, DatasetError, default={})
        except DatasetError:
            kept = {}
        if kept != settings:
            for file in path.glob("*.npz"):
                file.unlink()
            write_json(path / _SETTINGS, settings)
        remove_partials(path)

    def search(self, progress: Callable[[int], object]) -> Detections:
        """Looks for hands in all frames, each view by itself; `Detections`."""
        followers = {}

        def read(frame, images):
            # Each file begins with a search, wherever the run before was stopped.
            if frame % _FRAMES_PER_FILE == 0:
                followers.update({c.name: self._reader.follower() for c in cameras})
            return [
                None if images[c.name] is None else followers[c.name](c, images[c.name])
                for c in cameras
            ]

        cameras = self._recording.cameras
        return self._collected("search", read, progress)

    def look_again(
        self,
        expected: Mapping[int, np.ndarray],
        progress: Callable[[int], object],
        number: int = 1,
    ) -> Detections:
        """Reads hands whose place is known from other views and frames.

        Args:
            expected: dict from frame to `[21, 3]` joints in mm, world frame; decided by
                the detections before.
            progress: Function that is called with the number of frames done.
            number: How many times it was looked already, and once more.

        Returns:
            `Detections`.
        """

        def read(frame, images):
            hands = [None] * len(cameras)
            views = [
                view
                for view, camera in enumerate(cameras)
                if frame in expected and _sees(camera, expected[frame], images)
            ]
            if not views:
                return hands
            chosen = [cameras[view] for view in views]
            found = self._reader.look_again(
                chosen,
                [images[camera.name] for camera in chosen],
                [camera.project(expected[frame]) for camera in chosen],
            )
            for view, hand in zip(views, found):
                hands[view] = hand
            return hands

        cameras = self._recording.cameras
        return self._collected(f"look{number}", read, progress)

    def _collected(self, kind, read, progress):
        """The `Detections` of all frames; those that are on disk are read."""
        count = self._recording.num_frames
        parts = {}
        missing = []
        for start in range(0, count, _FRAMES_PER_FILE):
            frames = range(start, min(start + _FRAMES_PER_FILE, count))
            parts[start] = self._read(self._file(kind, start), len(frames))
            if parts[start] is None:
                missing.append(frames)
            else:
                progress(len(frames))
        decoded = synchronised_frames(
            self._recording, list(itertools.chain.from_iterable(missing))
        )
        for frames in missing:
            rows = []
            for _ in frames:
                rows.append(read(*next(decoded)))
                progress(1)
            parts[frames.start] = _stacked(rows)
            write_arrays(self._file(kind, frames.start), vars(parts[frames.start]))
        ordered = [parts[start] for start in sorted(parts)]
        return Detections(
            *(
                np.concatenate([getattr(part, field.name) for part in ordered], axis=1)
                for field in dataclasses.fields(Detections)
            )
        )

    def _file(self, kind, start):
        return self.path / f"{kind}-{start:08d}.npz"

    def _read(self, file, count):
        """Detections of a file; None where it is absent or damaged."""
        if not file.is_file():
            return None
        views = len(self._recording.cameras)
        try:
            part = Detections(**read_arrays(file))
        except (HandGeoError, TypeError):
            return None
        fits = part.pixels.shape == (views, count, NUM_JOINTS, 2)
        return part if fits else None


def _stacked(rows):
    """`Detections` of a list over frames of lists over views."""
    views, frames = len(rows[0]), len(rows)
    pixels = np.full((views, frames, NUM_JOINTS, 2), np.nan, np.float32)
    std = np.full((views, frames, NUM_JOINTS), np.nan, np.float32)
    score = np.zeros((views, frames), np.float32)
    shapes = np.full((views, frames, NUM_JOINTS, 3), np.nan, np.float32)
    for frame, hands in enumerate(rows):
        for view, hand in enumerate(hands):
            if hand is not None and np.isfinite(hand.pixels).all():
                pixels[view, frame], std[view, frame] = hand.pixels, hand.std
                score[view, frame] = hand.score
                if hand.shape is not None:
                    shapes[view, frame] = hand.shape
    return Detections(pixels, std, score, shapes)


def _sees(camera, joints, images):
    """Whether most of the expected hand is in front of a camera and in its image."""
    if images[camera.name] is None or camera.to_camera(joints)[:, 2].min() <= 0:
        return False
    pixels = camera.project(joints)
    inside = (pixels > 0) & (pixels < np.array(camera.resolution))
    return inside.all(-1).mean() > 0.5


def _fingerprint(recording, reader):
    """Differs when frames or the way in which they are read differ."""
    cameras = [
        [camera.name, recording.frame_offset(camera.name), camera.K.tolist()]
        + [camera.distortion.tolist(), camera.R.tolist(), camera.t.tolist()]
        for camera in recording.cameras
    ]
    state = [_VERSION, reader.name, recording.num_frames, cameras]
    state.append(recording.media_fingerprint())
    state.append([sorted(recording.missing_frames[name]) for name, *_ in cameras])
    return hashlib.sha256(json.dumps(state).encode()).hexdigest()
