"""What every recording offers, whatever its format on disk."""

import collections
import dataclasses
import functools
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from hand_geo_keras.errors import RecordingError
from hand_geo_keras.geometry.cameras import Camera
from hand_geo_keras.recordings.content_fingerprint import content_fingerprint
from hand_geo_keras.recordings.recorded_times import TIME_STAMPS
from hand_geo_keras.recordings.resolution_advice import resolution_advice


@dataclasses.dataclass(frozen=True, eq=False)
class Hand:
    """The 3D label of one hand at one instant.

    Args:
        side: `"right"` or `"left"`.
        subject: Name of the person, the same in all recordings of that person.
        joints: `[21, 3]` float64 joint positions in mm, world frame, OpenPose order
            (see `geometry.skeleton`). Invalid joints hold anything.
        valid: `[21]` bool, False where the joint was not reconstructed.
        score: `[21]` float32 confidence in 0..1; ones where the format has none.
        reprojection_px: `[21]` float32 reprojection error in pixels.
        id: Person id of the tracker, 0 where the format has none.
        corrected: Whether a person has placed the joints; such labels are kept when
            others are made anew.
    """

    side: str
    subject: str
    joints: np.ndarray
    valid: np.ndarray
    score: np.ndarray
    reprojection_px: np.ndarray
    id: int = 0
    corrected: bool = False


@dataclasses.dataclass(frozen=True)
class Problem:
    """Something that was skipped while reading, so that it can be counted.

    Args:
        kind: Short text of what happened, equal for equal problems.
        file: Path of the file it happened in.
        frame: 0-based frame index, or None if it concerns the whole file.
        camera: Name of the camera, or None.
    """

    kind: str
    file: str
    frame: int | None = None
    camera: str | None = None


class Recording:
    """One synchronised multi-camera capture: cameras, frames and maybe 3D hands.

    Open one with `open_recording`. Subclasses read a format: they call `_set_labels`
    and override `_read_hands`, `_label_file` and perhaps `boxes`.

    Frame `i` of every camera shows the same instant. A camera that started earlier
    or later is aligned by its frame offset: instant `i` is its video's frame
    `i + offset`.

    Args:
        path: Folder of the recording.
        name: Name of the sequence.
        cameras: `Camera` objects, one per source.
        sources: dict from camera name to `VideoFrames` or `ImageFrames`.
        num_frames: Number of instants.
        fps: Frames per second.
        frame_offsets: dict from camera name to frame offset, 0 where absent.

    Attributes:
        name: Name of the sequence.
        cameras: tuple of `Camera`.
        num_frames: Number of instants.
        fps: Frames per second.
        missing_frames: dict from camera name to a frozenset of the instants that
            this camera is known not to have.

    Example:
        ```python
        recording = open_recording("desk_two_cam")
        for index, image in recording.frames("cam0", recording.labelled_frames):
            for hand in recording.hands(index):
                pixels = recording.camera("cam0").project(hand.joints)
        ```
    """

    def __init__(
        self,
        path: Path,
        name: str,
        cameras: Sequence[Camera],
        sources: dict[Any, Any],
        num_frames: int,
        fps: float,
        frame_offsets: dict[Any, Any] | None = None,
    ) -> None:
        self.path = path
        self.name = name
        self.cameras = tuple(cameras)
        self.num_frames = int(num_frames)
        self.fps = float(fps)
        self._sources = sources
        self._offsets = frame_offsets or {}
        # A dict keeps the order of discovery and drops repetitions.
        self._problems = {}
        self._labels = {}
        for camera in self.cameras:
            _check_resolution(camera, sources[camera.name])
        self.missing_frames = {
            camera.name: self._missing(camera.name) for camera in self.cameras
        }

    def _missing(self, camera_name):
        source, offset = self._sources[camera_name], self.frame_offset(camera_name)
        absent = {index - offset for index in source.missing}
        absent.update(range(0, -offset))
        absent.update(range(max(0, source.num_frames - offset), self.num_frames))
        return frozenset(index for index in absent if 0 <= index < self.num_frames)

    def frame_offset(self, camera_name: str) -> Any:
        """How many frames later than instant 0 the camera's video shows it."""
        return self._offsets.get(camera_name, 0)

    @property
    def problems(self) -> tuple[Any, ...]:
        """Tuple of every `Problem` met so far, each once, in order of discovery."""
        return tuple(self._problems)

    @property
    def problem_counts(self) -> Any:
        """`collections.Counter` of the problems met so far by kind."""
        return collections.Counter(problem.kind for problem in self._problems)

    def image_names(self, camera_name: str) -> tuple[Any, ...]:
        """Names that images of a camera may bear: its own and its video's, a tuple."""
        path = self._sources[camera_name].path
        return tuple(dict.fromkeys([camera_name, path.stem, path.name]))

    def media_files(self, camera_name: str) -> tuple[Any, ...]:
        """Tuple of the files that hold a camera's images, in their order."""
        return tuple(filter(_is_file, self._sources[camera_name].files))

    def frame_times_ms(self, camera_name: str, max_frames: int) -> Any:
        """Time stamps in ms of a camera's first frames, empty where it has none."""
        return self._sources[camera_name].frame_times_ms(max_frames)

    def fingerprint(self) -> str:
        """Text that differs when any file of the recording differs.

        Calibrations, labels and other settings count with their whole content, videos
        and images by name, size and samples, see `content_fingerprint`.
        """
        media = self._media()
        labels = {self._label_file(frame) for frame in self._labels}
        settings = set(self.path.glob("[!.]*.json"))  # hidden ones come and go
        settings.add(self.path / TIME_STAMPS)
        texts = (labels | settings) - media
        return content_fingerprint(filter(_is_file, texts), media)

    def media_fingerprint(self) -> str:
        """Text that differs when any video or image of the recording differs."""
        return content_fingerprint((), self._media())

    def _media(self):
        return {file for name in self._sources for file in self.media_files(name)}

    def _report(self, kind, file, frame=None, camera=None):
        self._problems[Problem(kind, str(file), frame, camera)] = None

    def camera(self, name: str) -> Any:
        """The `Camera` of that name.

        Raises:
            ValueError: If there is none.
        """
        for camera in self.cameras:
            if camera.name == name:
                return camera
        raise ValueError(
            f"Recording {self.name!r} has the cameras "
            f"{[camera.name for camera in self.cameras]}. Received: name={name!r}"
        )

    def _set_labels(self, labels):
        """Keeps a dict from frame to label; those beyond the last frame are dropped."""
        self._labels = dict(labels)
        for frame in sorted(labels):
            if frame >= self.num_frames:
                self._report("label past the end", self._label_file(frame), frame)
                del self._labels[frame]

    @property
    def files(self) -> tuple[Any, ...]:
        """Ascending tuple of the files with labels and frames; no folders of images.

        Calibration and other settings are the `*.json` files right in `path`.
        """
        labels = {self._label_file(frame) for frame in self._labels}
        videos = {source.path for source in self._sources.values()}
        return tuple(sorted(file for file in labels | videos if file.is_file()))

    @functools.cached_property
    def labelled_frames(self) -> tuple[Any, ...]:
        """Ascending tuple of the frame indices that have a label.

        A label may still turn out unusable when read: then `hands` is empty.
        """
        return tuple(sorted(self._labels))

    def hands(self, frame: int) -> tuple[Hand, ...]:
        """Labelled hands at a frame.

        Args:
            frame: 0-based frame index.

        Returns:
            tuple of `Hand`, empty where nothing is labelled. Hands that no camera
            sees or that have no valid joint are left out and counted in `problems`.
        """
        usable = []
        for hand in self._read_hands(frame) if frame in self._labels else ():
            if any(sees(camera, hand) for camera in self.cameras):
                usable.append(hand)
            else:
                where = "outside every view" if hand.valid.any() else "without joints"
                file = self._label_file(frame)
                self._report(f"{hand.side} hand {where}", file, frame)
        return tuple(usable)

    def all_hands(self, frame: int) -> tuple[Any, ...]:
        """`hands`, together with those that no camera sees."""
        return tuple(self._read_hands(frame) if frame in self._labels else ())

    def _read_hands(self, frame):
        """Reads the labelled hands of a frame in `_labels`."""
        raise NotImplementedError

    def _label_file(self, frame):
        """File with the label of a frame, for reports."""
        raise NotImplementedError

    def boxes(self, camera_name: str, frame: int) -> Any:
        """Hand box `(centre x, centre y, side)` in pixels that the user has given.

        Returns:
            tuple of three floats, or None where the box is unknown. Boxes come from
            a track file, never from the 3D labels.
        """
        return None

    def frames(self, camera_name: str, indices: Any = None) -> Any:
        """Decodes frames of one camera, in order.

        Args:
            camera_name: Name of the camera.
            indices: 0-based frame indices in any order, all if None.

        Yields:
            `(index, image)` in ascending order, `image` uint8 RGB `[H, W, 3]`, or
            None where the frame is missing or unreadable. Unreadable frames are
            counted in `problems`, known-missing ones are in `missing_frames`.

        Raises:
            ValueError: If the camera is unknown or an index is out of range.
        """
        self.camera(camera_name)
        if indices is None:
            indices = range(self.num_frames)
        indices = sorted({int(index) for index in indices})
        if indices and not 0 <= indices[0] <= indices[-1] < self.num_frames:
            raise ValueError(
                f"Recording {self.name!r} has frames 0 to {self.num_frames - 1}. "
                f"Received: indices from {indices[0]} to {indices[-1]}"
            )
        return self._decode(camera_name, indices)

    def _decode(self, camera_name, indices):
        source, offset = self._sources[camera_name], self.frame_offset(camera_name)
        missing = self.missing_frames[camera_name]
        present = (index + offset for index in indices if index not in missing)
        decoded = source.read(present)
        for index in indices:
            if index in missing:
                yield index, None
                continue
            position, image = next(decoded)
            if image is None:
                file = source.file_of(position)
                self._report("unreadable frame", file, index, camera_name)
            yield index, image


def sees(camera: Camera, hand: Hand) -> bool:
    """Whether at least one valid joint of a hand falls into the camera's image."""
    joints = hand.joints[hand.valid]
    joints = joints[camera.to_camera(joints)[:, 2] > 0]
    pixels = camera.project(joints)
    inside = (pixels > -0.5) & (pixels < np.array(camera.resolution) - 0.5)
    return bool(inside.all(-1).any())


def _check_resolution(camera, source):
    if source.resolution != camera.resolution:
        raise RecordingError(
            f"{source.path}: its frames have another size than camera "
            f"{camera.name!r} was calibrated for; "
            f"{resolution_advice(source.resolution, camera.resolution)} "
            f"Received: frames={source.resolution}, calibration={camera.resolution}"
        )


def _is_file(path):
    return path.is_file()
