"""One synthetic sequence: who is seen, how the hand moves, every image of it."""

import dataclasses
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from hand_geo_keras.synthetic.backgrounds import dome_background
from hand_geo_keras.synthetic.cameras import WORKSPACE_MM, dome_cameras
from hand_geo_keras.synthetic.hand_model import NUM_SHAPES, HandModel
from hand_geo_keras.synthetic.hand_renderer import light_arm, render_arm
from hand_geo_keras.synthetic.lighting import random_environment
from hand_geo_keras.synthetic.motion import random_motion
from hand_geo_keras.synthetic.sensor import Sensor
from hand_geo_keras.synthetic.skin import looks_of, skin_of
from hand_geo_keras.synthetic.timeline import FrameKind, make_timeline
from hand_geo_keras.synthetic.variants import SequenceSpec

# Independent random streams, so that e.g. more frames leave the skin unchanged.
_SUBJECT, _SEQUENCE, _MOTION, _BACKGROUND, _SENSOR, _TIMELINE, _FRAME = range(7)
_MIRROR = np.array([-1.0, 1.0, 1.0])


@dataclasses.dataclass(frozen=True)
class PosedHand:
    """The arm at one instant, in the world, lengths in mm.

    Attributes:
        side: `"right"` or `"left"`.
        verts: `[2139, 3]` coarse mesh.
        joints: `[21, 3]` Panoptic joints, derived from the mesh.
    """

    side: str
    verts: np.ndarray
    joints: np.ndarray


class SyntheticSequence:
    """Samples a sequence from its specification and a seed, and renders it.

    The same specification and seed give the same images, whatever cameras are
    rendered together and in whatever order.

    Args:
        spec: `SequenceSpec`.
        seed: int; each seed is another set of people, motions and walls.

    Attributes:
        timeline: tuple of `FrameKind`, one per frame.

    Example:
        >>> from hand_geo_keras.synthetic.variants import sequences_of
        >>> sequence = SyntheticSequence(sequences_of("tiny")[0], seed=0)
        >>> frame = sequence.timeline.index(FrameKind.GOOD)
        >>> [(_, image)] = sequence.images(frame, cameras=[8])
        >>> image.shape
        (384, 512, 3)
    """

    def __init__(self, spec: SequenceSpec, seed: int = 0) -> None:
        self.spec, self._seed = spec, seed
        subject = self._rng(_SUBJECT)
        shape = np.clip(subject.normal(0, 0.8, NUM_SHAPES), -2, 2)
        scale = subject.uniform(0.87, 0.98)  # the asset has a large man's hand
        skin, gloss = skin_of(subject)
        dressing = self._rng(_SEQUENCE)
        self._looks = looks_of(dressing, skin, gloss)
        self._environment = random_environment(dressing)
        self._brightness = dressing.uniform(0.75, 1.15)
        self._hand = HandModel(shape, scale, self._looks.offsets())
        self.timeline = make_timeline(self._rng(_TIMELINE), spec.num_instants)
        self._motion = random_motion(self._rng(_MOTION), len(self.timeline), spec.fps)
        self._sensors = {}

    def hand(self, frame: int) -> PosedHand | None:
        """The `PosedHand` of a frame, or None when nobody is in the dome."""
        kind = self.timeline[frame]
        if kind is FrameKind.EMPTY:
            return None
        verts, joints = self._hand.posed(self._motion.poses[frame])
        rotation, position = (
            self._motion.rotations[frame],
            self._motion.positions[frame],
        )
        verts, joints = verts @ rotation.T + position, joints @ rotation.T + position
        if kind is not FrameKind.LEFT:
            return PosedHand("right", verts, joints)
        verts, joints = (
            (points - WORKSPACE_MM) * _MIRROR + WORKSPACE_MM
            for points in (verts, joints)
        )
        return PosedHand("left", verts, joints)

    def images(self, frame: int, cameras: Sequence[int]) -> Iterator[Any]:
        """Renders a frame.

        Args:
            frame: 0-based frame index.
            cameras: Camera indices 0..30.

        Yields:
            `(camera index, [384, 512, 3] uint8 RGB)`.
        """
        hand = self.hand(frame)
        arm = None
        if hand is not None:
            arm = light_arm(hand, self._environment)
        for index in cameras:
            layer = None
            if arm is not None:
                camera = dome_cameras()[index]
                layer = render_arm(camera, arm, self._looks, self._environment)
            rng = self._rng(_FRAME, index, frame)
            yield index, self._sensor(index).expose(rng, layer)

    def label_rng(self, frame: int) -> Any:
        """`np.random.Generator` for the flaws of a frame's label."""
        return self._rng(_FRAME, 1000, frame)

    def _sensor(self, index):
        if index not in self._sensors:
            # The walls belong to the dome: all sequences share them.
            walls = np.random.default_rng([self._seed, _BACKGROUND, index])
            background = dome_background(walls, dome_cameras()[index].resolution)
            rng = self._rng(_SENSOR, index)
            self._sensors[index] = Sensor(rng, background, self._brightness)
        return self._sensors[index]

    def _rng(self, *stream):
        return np.random.default_rng([self._seed, self.spec.subject, *stream])
