"""A rig without videos: cameras and a hand that moves over 40 frames."""

from pathlib import Path

import numpy as np
import pytest

from hand_geo_keras.recordings import Recording
from hand_geo_keras.recordings.view_labels import ViewLabels
from tests.recordings.conftest import SIZE, make_camera, make_hand


class StillFrames:
    """Grey walls of one brightness, or of a list of them."""

    missing = frozenset()
    fps = 30
    resolution = SIZE
    path = Path("nowhere")
    is_unfinished = False
    files = ()

    def __init__(self, num_frames, brightness=90, times=()):
        self.num_frames = num_frames
        self.times = times
        self.brightness = np.broadcast_to(brightness, num_frames)

    def frame_times_ms(self, max_frames):
        return self.times[:max_frames]

    def read(self, indices):
        wall = np.linspace(-10, 10, SIZE[0])[None, :, None] + np.zeros((SIZE[1], 1, 3))
        for index in indices:
            yield index, np.uint8(np.clip(self.brightness[index] + wall, 0, 255))


class MemoryRig(Recording):
    """A recording whose hands are given as a dict from frame to tuple of `Hand`."""

    def __init__(self, cameras, hands, num_frames=120, brightness=90, offsets=None):
        sources = {c.name: StillFrames(num_frames, brightness) for c in cameras}
        super().__init__("rig", "rig", cameras, sources, num_frames, 30, offsets)
        self._set_labels(hands)

    def _read_hands(self, frame):
        return self._labels[frame]

    def _label_file(self, frame):
        return "hands3d.json"


@pytest.fixture
def cameras():
    return make_camera("front", 0.0), make_camera("side", 0.6)


@pytest.fixture
def hands():
    return {
        frame: (make_hand(center=(20 * np.sin(frame / 3), 8 * np.cos(frame), 0)),)
        for frame in range(40)
    }


@pytest.fixture
def pixels(cameras, hands):
    return {
        camera.name: {
            frame: camera.project(hand.joints) for frame, (hand,) in hands.items()
        }
        for camera in cameras
    }


def finding(findings, check):
    (found,) = [f for f in findings if f.check == check]
    return found


@pytest.fixture
def labels(pixels):
    return {name: ViewLabels(frames, len(frames)) for name, frames in pixels.items()}
