"""What the page's questions are answered with, and what is written."""

import json
import math

import numpy as np
import pytest

from hand_geo_keras.errors import LabelError, StorageError
from hand_geo_keras.recordings import open_recording
from hand_geo_keras.viewer.correct import CorrectionSession, correction_server
from hand_geo_keras.viewer.correct import label_store as store_module
from hand_geo_keras.viewer.page.request_error import RequestError
from tests.viewer.correct.conftest import CAMERAS, FRAMES, make_hand


@pytest.fixture
def session(folder):
    return CorrectionSession(open_recording(folder, labels=False), [3, 1, 99])


def test_state(session):
    state = session.answer("state", {})
    assert state["chosen"] == [3, 1] and state["side"] == "right"
    assert state["status"] == ["labelled"] * (FRAMES - 1) + ["empty"]
    assert [camera["name"] for camera in state["cameras"]] == ["left", "right"]
    json.dumps(state)


def test_a_frame_shows_its_label_in_all_views(session):
    answer = session.answer("frame", {"frame": 2})
    np.testing.assert_allclose(answer["joints"], make_hand(2).joints, atol=1e-3)
    for camera, pixels in zip(CAMERAS, answer["pixels"]):
        np.testing.assert_allclose(
            pixels, camera.project(make_hand(2).joints), atol=0.01
        )
    assert all(url.startswith("data:image/jpeg;base64,") for url in answer["images"])


def test_a_frame_without_a_label_begins_with_the_nearest_one(session):
    answer = session.answer("frame", {"frame": FRAMES - 1})
    near = make_hand(FRAMES - 2).joints
    np.testing.assert_allclose(answer["joints"], near, atol=1e-3)
    assert answer["status"] == "empty"


def test_a_rig_without_any_label_begins_with_some_hand_in_view(folder):
    (folder / "hands3d.json").unlink()
    session = CorrectionSession(open_recording(folder, labels=False))
    answer = session.answer("frame", {"frame": 0})
    inside = (np.array(answer["pixels"][0]) > 0) & (
        np.array(answer["pixels"][0]) < CAMERAS[0].resolution
    )
    assert inside.mean() > 0.5


def test_moving_a_joint_moves_the_point_and_gives_epipolar_lines(session):
    point = make_hand(2).joints[8]
    target = point + [6, -4, 9]
    one = {"left": CAMERAS[0].project(target).tolist()}
    answer = session.answer("move", {"point": point.tolist(), "placed": one})
    assert np.linalg.norm(np.array(answer["point"]) - point) > 3
    assert answer["lines"][0] == [] and len(answer["lines"][1]) == 1
    both = one | {"right": CAMERAS[1].project(target).tolist()}
    answer = session.answer("move", {"point": point.tolist(), "placed": both})
    np.testing.assert_allclose(answer["point"], target, atol=0.01)
    assert max(answer["errors"].values()) < 0.05


def save(session, frame, joints, placed=None):
    request = {"frame": frame, "joints": np.asarray(joints).tolist()}
    return session.answer("save", request | {"placed": placed or {}})


def test_a_saved_frame_is_marked_and_the_others_stay(session, folder):
    before = json.loads((folder / "hands3d.json").read_text())["frames"]
    joints = make_hand(2).joints + 3
    pixel = (CAMERAS[0].project(joints[8]) + [2, 0]).tolist()
    assert save(session, 2, joints, {"8": {"left": pixel}})["status"] == "corrected"
    after = json.loads((folder / "hands3d.json").read_text())["frames"]
    assert [e for e in after if e["frame"] != 2] == [
        e for e in before if e["frame"] != 2
    ]
    hand = open_recording(folder).hands(2)[0]
    assert hand.corrected and hand.subject == "anna" and hand.valid.all()
    np.testing.assert_allclose(hand.joints, joints)
    assert hand.reprojection_px[8] == pytest.approx(2) and hand.reprojection_px[0] == 0
    assert session.answer("state", {})["status"][2] == "corrected"


def test_a_frame_without_a_label_gets_one_and_can_lose_it(session, folder):
    save(session, FRAMES - 1, make_hand(0).joints)
    assert open_recording(folder).hands(FRAMES - 1)[0].corrected
    answer = session.answer("discard", {"frame": FRAMES - 1})
    assert answer["status"] == "empty"
    assert open_recording(folder).hands(FRAMES - 1) == ()
    assert len(open_recording(folder).labelled_frames) == FRAMES - 1


def test_labels_that_another_program_wrote_meanwhile_are_not_lost(session, folder):
    other = CorrectionSession(open_recording(folder, labels=False))
    save(other, 1, make_hand(1).joints + 1)
    save(session, 2, make_hand(2).joints + 2)
    recording = open_recording(folder)
    assert recording.hands(1)[0].corrected and recording.hands(2)[0].corrected


def test_a_full_disk_is_one_sentence_and_nothing_is_lost(session, folder, monkeypatch):
    before = (folder / "hands3d.json").read_bytes()

    def fail(path, hands, source):
        raise StorageError(f"{path}: cannot be written, the disk is full.")

    monkeypatch.setattr(store_module, "write_hands3d", fail)
    with pytest.raises(RequestError, match="disk is full") as raised:
        save(session, 2, make_hand(2).joints + 3)
    assert raised.value.status == 507
    assert (folder / "hands3d.json").read_bytes() == before
    assert session.answer("frame", {"frame": 2})["status"] == "labelled"


GOOD = {"frame": 2, "joints": make_hand(2).joints.tolist(), "placed": {}}


@pytest.mark.parametrize(
    ("route", "request_"),
    [
        ("nowhere", {}),
        ("frame", []),
        ("frame", {}),
        ("frame", {"frame": FRAMES}),
        ("frame", {"frame": -1}),
        ("frame", {"frame": True}),
        ("frame", {"frame": "2"}),
        ("move", {"point": [0, 0], "placed": {"left": [1, 1]}}),
        ("move", {"point": [0, 0, math.nan], "placed": {"left": [1, 1]}}),
        ("move", {"point": [0, 0, 0], "placed": {}}),
        ("move", {"point": [0, 0, 0], "placed": {"up": [1, 1]}}),
        ("move", {"point": [0, 0, 0], "placed": {"left": [1, math.inf]}}),
        ("move", {"point": [0, 0, 0], "placed": {"left": "aa"}}),
        ("move", {"point": [0, 0, 0], "placed": [["left", 1]]}),
        ("move", {"point": "123", "placed": {"left": [1, 1]}}),
        ("save", GOOD | {"joints": [[0, 0, 0]] * 20}),
        ("save", GOOD | {"joints": [[0, 0, None]] * 21}),
        ("save", GOOD | {"joints": [[0, 0, 1e300]] * 21}),
        ("save", GOOD | {"joints": [[0, 0, -90000]] * 21}),
        ("save", GOOD | {"placed": {"21": {"left": [1, 1]}}}),
        ("save", GOOD | {"placed": {"1": {"left": [1]}}}),
        ("save", GOOD | {"placed": {"1": 5}}),
        ("save", GOOD | {"placed": 5}),
        ("discard", {"frame": 1e9}),
    ],
)
def test_bad_requests_are_refused_and_write_nothing(session, folder, route, request_):
    before = (folder / "hands3d.json").read_bytes()
    with pytest.raises(RequestError) as raised:
        session.answer(route, request_)
    assert raised.value.status in (400, 404) and len(str(raised.value)) < 300
    assert (folder / "hands3d.json").read_bytes() == before


def test_one_camera_or_no_rig_is_refused(folder):
    calibration = json.loads((folder / "calibration.json").read_text())
    calibration["cameras"] = calibration["cameras"][:1]
    (folder / "calibration.json").write_text(json.dumps(calibration))
    with pytest.raises(LabelError, match="two or more views"):
        correction_server(folder)
