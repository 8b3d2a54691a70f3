"""Tests of masked median backgrounds."""

import cv2
import numpy as np
import pytest

from hand_geo_keras.recordings import median_backgrounds, open_recording, write_rig
from hand_geo_keras.recordings.background import masked_median
from hand_geo_keras.recordings.hand_region import hand_region
from tests.recordings.conftest import NUM_FRAMES, SIZE, damage_frame, make_hand


def random_stack(count, seed=0):
    generator = np.random.default_rng(seed)
    images = generator.integers(0, 256, (count, 70, 9, 3), dtype=np.uint8)
    regions = generator.random((count, 70, 9)) < 0.5
    return images, regions


@pytest.mark.parametrize("count", [1, 4, 7])
def test_masked_median_equals_numpy(count):
    images, regions = random_stack(count)
    regions[0] = False
    samples = np.where(regions[..., None], np.nan, images.astype(float))
    expected = np.floor(np.nanmedian(samples, axis=0) + 0.5)
    median, num_uncovered = masked_median(list(images), list(regions))
    np.testing.assert_array_equal(median, expected)
    assert median.dtype == np.uint8 and num_uncovered == 0


def test_frames_without_a_known_region_serve_only_where_needed():
    images = [np.full((2, 2, 3), value, np.uint8) for value in (10, 20, 90, 90)]
    behind_hand = np.array([[True, False], [False, False]])
    median, num_uncovered = masked_median(
        images, [behind_hand, behind_hand, None, None]
    )
    assert median[..., 0].tolist() == [[90, 15], [15, 15]]
    assert num_uncovered == 0


def test_pixels_always_behind_a_hand_keep_the_plain_median():
    images = [np.full((2, 2, 3), value, np.uint8) for value in (10, 20, 60)]
    behind_hand = np.array([[True, False], [False, False]])
    median, num_uncovered = masked_median(images, [behind_hand] * 3)
    assert median[0, 0, 0] == 20 and num_uncovered == 1


@pytest.fixture
def waving_rig(tmp_path, cameras):
    """A noisy wall, in front of which a bright hand rests most of the time."""
    wall = np.random.default_rng(1).integers(40, 90, (6, 8, 3), dtype=np.uint8)
    wall = cv2.resize(wall, SIZE)
    centers = [-110] * 8 + [110] * 4
    hands = {frame: [make_hand(center=(x, 0, 0))] for frame, x in enumerate(centers)}
    videos = {camera.name: f"{camera.name}.avi" for camera in cameras}
    write = {}
    for camera in cameras:
        codec = cv2.VideoWriter_fourcc(*"MJPG")
        path = str(tmp_path / videos[camera.name])
        write[camera.name] = cv2.VideoWriter(path, codec, 30, SIZE)
        for frame in range(NUM_FRAMES):
            image = wall.copy()
            for x, y in camera.project(hands[frame][0].joints).round().astype(int):
                cv2.circle(image, (int(x), int(y)), 3, (255, 255, 255), -1)
            write[camera.name].write(image)
        write[camera.name].release()
    write_rig(tmp_path, cameras, videos, 30, hands=hands)
    return tmp_path, cv2.cvtColor(wall, cv2.COLOR_BGR2RGB)


def test_a_resting_hand_leaves_no_ghost(waving_rig):
    folder, wall = waving_rig
    recording = open_recording(folder)
    backgrounds = median_backgrounds(recording)
    plain = np.median([image for _, image in recording.frames("front")], axis=0)
    region = hand_region(recording, recording.cameras[0], 0)
    assert np.abs(plain - wall)[region].max() > 100
    for background in backgrounds.values():
        assert np.abs(background.astype(int) - wall).max() < 40
    assert recording.problems == ()


def test_deterministic_and_skips_unreadable_frames(rig_dir):
    damage_frame(rig_dir / "front.mp4", 11)
    first, second = (median_backgrounds(open_recording(rig_dir)) for _ in range(2))
    for name in ("front", "side"):
        np.testing.assert_array_equal(first[name], second[name])
        assert first[name].shape == (SIZE[1], SIZE[0], 3)


def test_pixels_always_behind_a_hand_are_reported(rig_dir, cameras):
    videos = {camera.name: f"{camera.name}.mp4" for camera in cameras}
    hands = {frame: [make_hand()] for frame in range(NUM_FRAMES)}
    write_rig(rig_dir, cameras, videos, 30, hands=hands)
    recording = open_recording(rig_dir)
    median_backgrounds(recording)
    assert [problem.camera for problem in recording.problems] == ["front", "side"]
    assert "pixels always behind a hand" in recording.problems[0].kind


def test_no_ghost_where_the_real_hand_rests(shared_dir):
    """Skin is redder than the grey desk: hardly any is left where it lay before."""
    recording = open_recording(shared_dir / "recordings" / "desk_two_cam")
    background = median_backgrounds(recording)["cam0"]
    indices = range(0, recording.num_frames, 8)
    images = [image for _, image in recording.frames("cam0", indices)]
    resting_place = (slice(190, 320), slice(450, 580))

    def redness(image):
        desk = image[resting_place].astype(int)
        return np.mean(desk[..., 0] - desk[..., 2] > 25)

    assert redness(np.median(images, axis=0)) > 0.5
    assert redness(background) < 0.01
