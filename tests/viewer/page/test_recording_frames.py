"""Tests of the time line: frames in any order, boxes, and where the cameras stand."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hand_geo_keras.geometry import Camera, square_box
from hand_geo_keras.viewer.page.hand_image import HandImage
from hand_geo_keras.viewer.page.recording_frames import RecordingFrames
from hand_geo_keras.viewer.page.request_error import RequestError
from hand_geo_keras.viewer.page.top_view import TopView
from tests.viewer.page.conftest import CentralFinder


@pytest.fixture
def frames(recording):
    return RecordingFrames(recording, CentralFinder())


def test_frames_in_any_order_are_those_of_the_recording(frames, recording):
    expected = dict(recording.frames("left"))
    for frame in (0, 1, 2, 9, 3, 3, 11, 0):
        camera, image = frames.image("left", frame)
        assert camera.name == "left" and (image == expected[frame]).all()


@pytest.mark.parametrize(
    ("camera", "frame", "match"),
    [
        ("up", 0, "left, right"),
        (["left"], 0, "left, right"),
        ("left", 12, "0 to 11"),
        ("left", -1, "0 to 11"),
        ("left", True, "0 to 11"),
        ("left", "0", "0 to 11"),
    ],
)
def test_frames_that_are_not_there(frames, camera, frame, match):
    with pytest.raises(RequestError, match=match):
        frames.image(camera, frame)


def test_boxes_are_those_of_the_labels_and_of_the_user(frames, recording, monkeypatch):
    camera, image = frames.image("left", 4)
    label = recording.hands(4)[0]
    hand, found = frames.hand(camera, 4, image)
    np.testing.assert_allclose(hand.box, square_box(camera.project(label.joints)))
    assert (hand.side, found, hand.is_calibrated) == ("right", None, True)
    hand, _ = frames.hand(camera, 4, image, (40, 40, 20), "left")
    assert (*hand.box, hand.side) == (40, 40, 20, "left")
    monkeypatch.setattr(recording, "boxes", lambda *_: (30, 40, 50))
    hand, found = frames.hand(camera, 4, image)
    assert (*hand.box, hand.side) == (30, 40, 50, found.side)


def test_without_boxes_the_hand_is_looked_for(frames, recording, monkeypatch):
    monkeypatch.setattr(recording, "hands", lambda frame: ())
    camera, image = frames.image("left", 4)
    hand, found = frames.hand(camera, 4, image)
    assert (hand.box == found.box).all() and hand.side == "left"
    assert frames.hand(camera, 5, np.zeros_like(image)) == (None, None)


def test_a_frame_on_the_page(rig_session, recording):
    answer = rig_session.answer("frame", {"camera": "right", "frame": 3})
    assert answer["whole"].startswith("data:image/jpeg") and answer["width"] == 96
    assert answer["source"] == "rig, right" and len(answer["place"]) == 2
    state = rig_session.answer("state", {})
    assert state["recording"]["frames"] == 12 and not state["models"][0]["views"]
    assert [c["name"] for c in state["recording"]["cameras"]] == ["left", "right"]


def test_the_hand_stands_where_the_wrist_is(frames, recording):
    camera, wrist = recording.camera("right"), recording.hands(3)[0].joints[0]
    place = frames.place(camera, camera.to_camera(wrist))
    np.testing.assert_allclose(place, frames._plan.place(wrist), atol=0.1)


def looking(angle):
    """A camera 2 m from the origin that looks at it, at a height of 1 m (y is up)."""
    centre = np.array([2000 * np.sin(angle), 1000, -2000 * np.cos(angle)])
    forward = -centre / np.linalg.norm(centre)
    right = np.cross(forward, [0, 1, 0])
    right /= np.linalg.norm(right)
    down = np.cross(forward, right)
    R = np.stack([right, down, forward])
    K = np.array([[100.0, 0, 50], [0, 100, 50], [0, 0, 1]])
    return Camera("c", K, np.zeros(5), R, -R @ centre, (100, 100))


@given(st.lists(st.floats(-3, 3), min_size=2, max_size=5), st.floats(-3, 3))
def test_a_plan_keeps_horizontal_distances(angles, start):
    # Cameras all around have their mean up vector along the vertical.
    around = [start + k * np.pi / 2 for k in range(4)]
    plan = TopView([looking(angle) for angle in around])
    cameras = [looking(angle) for angle in angles]
    places = np.array([plan.place(camera.center) for camera in cameras])
    truth = np.array([camera.center[[0, 2]] for camera in cameras])
    for k in range(1, len(cameras)):
        flat, true = places[k] - places[0], truth[k] - truth[0]
        assert np.linalg.norm(flat) == pytest.approx(np.linalg.norm(true), abs=1e-6)
    for camera, place in zip(cameras, places):
        ahead = plan.direction(camera.R[2])
        centre = plan.place(np.zeros(3))
        toward = (centre - place) / np.linalg.norm(centre - place)
        np.testing.assert_allclose(ahead, toward, atol=1e-9)


def test_the_first_camera_looks_up_the_plan():
    plan = TopView([looking(angle) for angle in (0.3, 1.3)])
    direction = plan.direction(looking(0.3).R[2])
    np.testing.assert_allclose(direction, [0, 1], atol=1e-9)


def test_a_camera_that_looks_straight_down():
    R = np.array([[1.0, 0, 0], [0, 0, -1], [0, 1, 0]])  # world: z up
    down = np.array([[1.0, 0, 0], [0, -1, 0], [0, 0, -1]])
    K = np.array([[100.0, 0, 50], [0, 100, 50], [0, 0, 1]])
    cameras = [
        Camera(name, K, np.zeros(5), turn, np.zeros(3), (100, 100))
        for name, turn in (("front", R), ("top", down))
    ]
    assert np.isfinite(TopView(cameras[::-1]).place(np.ones(3))).all()
    assert np.isfinite(TopView(cameras[1:]).direction(down[2])).all()


def test_a_crop_sees_what_its_camera_projects():
    K = np.array([[300.0, 0, 150], [0, 300, 100], [0, 0, 1]])
    lens = np.array([-0.2, 0.05, 0.001, 0, 0])
    R = looking(0.4).R
    camera = Camera("c", K, lens, R, np.array([5.0, -3, 600]), (300, 200))
    joints = np.random.default_rng(0).normal(size=(21, 3)) * 40
    image = np.zeros((200, 300, 3), np.uint8)
    hand = HandImage(image, np.array([220.0, 60, 80]), camera=camera)
    crop = hand.virtual_camera(128)
    seen = hand.crop_pixels(camera.project(joints), 128)
    np.testing.assert_allclose(seen, crop.project(joints), atol=0.05)
    relative = (joints - joints[0]) @ camera.R.T
    expected = crop.to_camera(joints) - crop.to_camera(joints[0])
    np.testing.assert_allclose(hand.crop_joints(relative), expected, atol=1e-9)
