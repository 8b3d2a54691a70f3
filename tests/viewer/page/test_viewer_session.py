"""Tests of what the page's questions are answered with."""

import base64
import csv
import io
import json

import cv2
import numpy as np
import pytest

from hand_geo_keras.prediction import predict_photo
from hand_geo_keras.viewer.page import ViewerSession, load_view_model, render_samples
from hand_geo_keras.viewer.page.hand_image import HandImage
from hand_geo_keras.viewer.page.request_error import RequestError
from hand_geo_keras.viewer.page.view_rotation import view_rotation
from tests import zoo
from tests.viewer.page.conftest import as_base64

PIXEL = as_base64(np.zeros((1, 1, 3), np.uint8))


def image_of(url):
    data = base64.b64decode(url.removeprefix("data:image/png;base64,"))
    return cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)[..., ::-1]


def test_a_view_is_that_of_synthesize(session):
    sample, other = session.samples
    hand = session.answer("encode", {"sample": 0})["image"]
    looks = session.answer("encode", {"sample": 1})["image"]
    request = {"image": hand, "appearance": looks, "background": 1}
    angles = {"yaw": 30, "pitch": -20, "roll": 10}
    answer = session.answer("render", {**request, **angles})
    rotation = view_rotation(30, -20, 10)
    np.testing.assert_allclose(answer["rotation"], rotation, atol=1e-6)
    expected = session.models[0].synthesizer.synthesize(
        {
            "image": sample.image[None],
            "appearance_image": other.image[None],
            "background": other.background[None],
            "rotation": rotation[None],
        }
    )["image"]
    view = image_of(answer["views"][0]).astype(float)
    np.testing.assert_allclose(view, expected[0].numpy(), atol=0.51)


def test_pose_and_points_are_those_of_the_models(session):
    sample = session.samples[0]
    answer = session.answer("encode", {"sample": 0})
    first, second = session.models
    joints = first.pose_model({"image": sample.image[None]})[0].numpy()
    np.testing.assert_allclose(answer["joints"][0], joints - joints[:1], atol=2e-3)
    assert answer["pixels"][1] is None and np.shape(answer["pixels"][0]) == (21, 2)
    assert answer["joints"][1] is None and np.shape(answer["latent_3d"]) == (2, 5, 3)
    points = second.synthesizer.encode(sample.image[None])["latent_3d"][0]
    np.testing.assert_allclose(answer["latent_3d"][1], points, atol=2e-3)


def test_images_are_encoded_once_and_forgotten_in_turn(session, monkeypatch, upload):
    calls = []
    encode = session.models[0].encode
    count = lambda image: calls.append(1) or encode(image)  # noqa: E731
    monkeypatch.setattr(session.models[0], "encode", count)
    request = {"image": upload, "box": [14.5, 9.5, 12]}
    keys = {session.answer("encode", request)["image"] for _ in range(3)}
    (key,) = keys
    for yaw in range(4):
        session.answer("render", {"image": key, "yaw": yaw})
    assert len(calls) == 1
    rng = np.random.default_rng(0)
    for _ in range(3):  # as many as are kept
        image = rng.integers(0, 256, (16, 16, 3), "uint8")
        session._encoded(HandImage(image, np.array([7.5, 7.5, 16])))
    with pytest.raises(RequestError, match="choose it again") as error:
        session.answer("render", {"image": key})
    assert error.value.status == 404


def test_backgrounds_differ(session):
    key = session.answer("encode", {"sample": 0})["image"]
    views = {
        session.answer("render", {"image": key, "background": choice})["views"][0]
        for choice in ("own", "color", "blur", 1)
    }
    assert len(views) == 4


@pytest.mark.parametrize(
    ("route", "request_", "match"),
    [
        ("fly", {}, "no such address"),
        ("state", [], "JSON object"),
        ("encode", {}, "either an image"),
        ("encode", {"sample": 2}, "number from 0 to 1"),
        ("encode", {"sample": -1}, "number from 0 to 1"),
        ("encode", {"sample": True}, "number from 0 to 1"),
        ("encode", {"sample": "../../etc/passwd"}, "number from 0 to 1"),
        ("encode", {"image": PIXEL, "box": [1, 2]}, "centre x, centre y and side"),
        ("encode", {"image": PIXEL, "box": [0, 0, float("nan")]}, "centre x"),
        ("encode", {"image": PIXEL, "box": [9, 0, 8]}, "must lie in the image"),
        ("encode", {"image": PIXEL, "box": [0, 0, 1e6]}, "must lie in the image"),
        ("encode", {"image": PIXEL, "side": "both"}, "right or left"),
        ("encode", {"image": PIXEL}, "No hand was found"),
        ("track", {"image": PIXEL}, "The stream must be"),
        ("track", {"image": PIXEL, "stream": "x" * 65}, "The stream must be"),
        ("frame", {"camera": "a", "frame": 0}, "no recording"),
        ("keypoints", {"image": "unknown"}, "not known"),
        ("render", {}, "not known"),
        ("render", {"image": ["x"]}, "not known"),
    ],
)
def test_requests_that_make_no_sense(session, route, request_, match):
    with pytest.raises(RequestError, match=match):
        session.answer(route, request_)


@pytest.mark.parametrize(
    "wrong",
    [
        {"yaw": "90"},
        {"pitch": None},
        {"roll": float("nan")},
        {"yaw": 1e9},
        {"yaw": True},
        {"background": "file:///etc/passwd"},
        {"background": 99},
        {"background": {}},
        {"appearance": "unknown"},
    ],
)
def test_views_that_make_no_sense(session, wrong):
    key = session.answer("encode", {"sample": 0})["image"]
    with pytest.raises(RequestError, match=r"^[A-Z][^.]*\.$"):
        session.answer("render", {"image": key, **wrong})


def test_any_upload_size_fits_any_model(session):
    assert session.models[0].crop_size == zoo.SIZE
    for size in (1, 7, 256):
        centre = (size - 1) / 2
        given = HandImage(
            np.zeros((size, size, 3), "u1"), np.array([centre, centre, size])
        )
        request = {"image": session._encoded(given).key, "background": "blur"}
        view = session.answer("render", request)["views"]
        assert image_of(view[0]).shape == (zoo.SIZE, zoo.SIZE, 3)


def test_a_left_hand_is_the_mirrored_right_one(session):
    image = np.random.default_rng(5).integers(0, 256, (16, 16, 3), "uint8")
    seen = []
    for side, shown in (("right", image), ("left", image[:, ::-1])):
        request = {"image": as_base64(shown), "box": [7.5, 7.5, 16], "side": side}
        answer = session.answer("encode", request)
        turn = (
            {"yaw": 30, "pitch": 10} if side == "right" else {"yaw": -30, "pitch": 10}
        )
        view = session.answer("render", {"image": answer["image"], **turn})["views"][0]
        seen.append((answer, image_of(view).astype(int)))
    (right, view), (left, mirrored) = seen
    assert np.abs(mirrored[:, ::-1] - view).max() <= 1
    for key, first in (("joints", 0), ("latent_3d", 1)):
        flipped = np.array(left[key][first]) * [-1, 1, 1]
        np.testing.assert_allclose(flipped, right[key][first], atol=2e-3)
    pixels = np.array(left["pixels"][0])
    np.testing.assert_allclose(
        np.c_[1 - pixels[:, 0], pixels[:, 1]], right["pixels"][0], atol=2e-3
    )


def test_an_upload_is_searched_once(session, upload):
    before = session.finder.searches
    found = session.answer("find", {"image": upload})
    assert (found["width"], found["height"]) == (30, 20)
    assert found["hand"] == {"box": [14.5, 9.5, 10.0], "side": "left", "score": 0.8}
    answer = session.answer("encode", {"image": upload})
    assert answer["side"] == "left" and answer["box"] == found["hand"]["box"]
    assert answer["found"] == {"by": "hand_128", "score": 0.8}
    assert session.finder.searches == before + 1


def test_a_box_is_read_whatever_was_found_in_it_before(session):
    """A search also tells which way is up, so its joints are others."""
    image = as_base64(zoo.images(1, seed=8)[0])
    found = session.answer("encode", {"image": image})
    given = {"image": image, "box": found["box"], "side": found["side"]}
    in_box = session.answer("encode", given)
    assert in_box["box"] == found["box"] and in_box["image"] != found["image"]
    assert in_box["found"] is None and found["found"]["score"] == 0.8
    assert session.answer("encode", {"image": image})["image"] == found["image"]


def test_a_webcam_with_and_without_hand(session, upload):
    answer = session.answer("track", {"image": upload, "stream": "a"})
    assert answer["image"] and answer["side"] == "left"
    assert session.answer("track", {"image": PIXEL, "stream": "a"}) == {"image": None}


def test_keypoints_are_the_files_of_predict(session):
    key = session.answer("encode", {"sample": 0})["image"]
    file = session.answer("keypoints", {"image": key, "format": "json"})
    (hand,) = json.loads(file["text"])["hands"]
    expected = session._cached(key).hands[0]
    assert file["name"] == "joints.json" and hand["source"] == "hand 0"
    np.testing.assert_allclose(hand["joints_mm"], expected.joints, atol=1e-3)
    assert hand["wrist_mm"] is None  # nobody knows where a crop's camera stood
    rows = list(
        csv.reader(
            io.StringIO(
                session.answer("keypoints", {"image": key, "format": "csv"})["text"]
            )
        )
    )
    assert len(rows) == 2 and len(rows[0]) == 6 + 21 * 5
    with pytest.raises(RequestError, match="json or csv"):
        session.answer("keypoints", {"image": key, "format": "../x"})


def test_the_shipped_preset_gives_the_joints_of_a_photo(tmp_path, monkeypatch):
    monkeypatch.setenv("HAND_GEO_ENGINE", "tensorflow")  # as the viewer's model is
    photo = np.full((192, 256, 3), 120, np.uint8)
    photo[32:160, 64:192] = render_samples(1, size=128)[0].image
    cv2.imwrite(str(tmp_path / "hand.png"), photo[..., ::-1])
    expected = predict_photo("hand_128", tmp_path / "hand.png")
    session = ViewerSession([load_view_model("hand_128")])
    answer = session.answer("encode", {"image": as_base64(photo[..., ::-1])})
    assert len(answer["latent_3d"][0]) == 64 and answer["side"] == expected.side
    key = answer["image"]
    (view,) = session.answer("render", {"image": key, "yaw": 9})["views"]
    assert view  # the preset has a decoder
    text = session.answer("keypoints", {"image": key, "format": "json"})["text"]
    (hand,) = json.loads(text)["hands"]
    np.testing.assert_allclose(hand["joints_mm"], expected.joints, atol=0.1)
    np.testing.assert_allclose(hand["pixels"], expected.pixels, atol=0.01)
