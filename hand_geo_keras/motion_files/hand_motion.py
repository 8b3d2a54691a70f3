"""The joints of one hand over time."""

import dataclasses
from typing import Any

import numpy as np

from hand_geo_keras.geometry.skeleton import NUM_JOINTS

REFERENCES = ("camera", "wrist", "world")
# Half a turn about x: from x right, y down, z forward to x right, y up, z backward.
_Y_UP = np.array([1.0, -1.0, -1.0])
# Time stamps that are off the regular ones by less than this many frames are regular.
_REGULAR = 0.05


@dataclasses.dataclass(frozen=True, eq=False)
class HandMotion:
    """Joints of one hand at ascending times.

    Args:
        name: Name of the hand, part of file names.
        side: `"right"` or `"left"`.
        frames: `[T]` ascending 0-based frame indices at which the hand was seen.
        times: `[T]` their time stamps in seconds.
        joints: `[T, 21, 3]` joints in mm.
        fps: Frames per second of the video.
        reference: Frame of the joints. `"camera"`: the camera's (x right, y down, z
            forward); `"wrist"`: the same axes, origin in the wrist; `"world"`: that of
            the rig's calibration.

    Raises:
        ValueError: If shapes differ, there is no frame, frames or times do not ascend,
            or the frame of reference is unknown.

    Example:
        ```python
        motion = HandMotion("hand0_right", "right", frames, times, joints, 30.0)
        write_motions("out", [motion], ["bvh", "gltf"])
        ```
    """

    name: str
    side: str
    frames: np.ndarray
    times: np.ndarray
    joints: np.ndarray
    fps: float
    reference: str = "camera"

    def __post_init__(self) -> None:
        object.__setattr__(self, "frames", np.asarray(self.frames, np.int64))
        object.__setattr__(self, "times", np.asarray(self.times, np.float64))
        object.__setattr__(self, "joints", np.asarray(self.joints, np.float64))
        count = len(self.frames)
        shapes = self.frames.shape, self.times.shape, self.joints.shape
        if not count or shapes != ((count,), (count,), (count, NUM_JOINTS, 3)):
            raise ValueError(
                "A motion needs frames [T], times [T] and joints [T, 21, 3] with T > 0."
                f" Received: shapes {shapes}"
            )
        if (np.diff(self.frames) <= 0).any() or (np.diff(self.times) <= 0).any():
            raise ValueError(
                f"Frames and times of {self.name!r} must ascend; give one hand per "
                "frame."
            )
        if self.reference not in REFERENCES or not 0 < self.fps < np.inf:
            raise ValueError(
                f"`reference` must be one of {REFERENCES} and `fps` positive. "
                f"Received: reference={self.reference!r}, fps={self.fps}"
            )

    def y_up(self) -> Any:
        """The joints `[T, 21, 3]` with y up; those of a world as they are.

        Which way is up in the world of a rig only its owner knows.
        """
        return self.joints if self.reference == "world" else self.joints * _Y_UP

    def at_constant_rate(self) -> "HandMotion":
        """The motion with all frames from the first to the last, `1 / fps` s apart.

        Frames without the hand have NaN joints. Where time stamps are not regular, the
        joints are interpolated linearly between neighbouring frames.

        Returns:
            `HandMotion` of `frames[-1] - frames[0] + 1` frames.
        """
        count = self.frames[-1] - self.frames[0] + 1
        times = self.times[0] + np.arange(count) / self.fps
        positions = self.frames - self.frames[0]
        if (np.abs(self.times - times[positions]) < _REGULAR / self.fps).all():
            joints = np.full((count, NUM_JOINTS, 3), np.nan)
            joints[positions] = self.joints
        else:
            count = round((self.times[-1] - self.times[0]) * self.fps) + 1
            times = self.times[0] + np.arange(count) / self.fps
            joints = self._interpolated(times)
        frames = self.frames[0] + np.arange(count)
        return dataclasses.replace(self, frames=frames, times=times, joints=joints)

    def _interpolated(self, times):
        """Joints at other times; NaN in gaps."""
        after = np.searchsorted(self.times, times).clip(1, len(self.times) - 1)
        before = after - 1
        step = self.times[after] - self.times[before]
        weight = ((times - self.times[before]) / step).clip(0, 1)
        in_gap = self.frames[after] - self.frames[before] > 1
        weight = np.where(in_gap, weight.round(), weight)[:, None, None]
        joints = (1 - weight) * self.joints[before] + weight * self.joints[after]
        nearest = np.minimum(times - self.times[before], self.times[after] - times)
        joints[in_gap & (nearest > 0.5 / self.fps)] = np.nan
        return joints
