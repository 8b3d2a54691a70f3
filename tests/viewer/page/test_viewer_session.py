"""Tests of what the page's questions are answered with."""

import base64

import cv2
import numpy as np
import pytest

from hand_geo_keras.viewer.page.request_error import RequestError
from hand_geo_keras.viewer.page.view_rotation import view_rotation
from tests import zoo


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
    assert answer["joints"][1] is None and np.shape(answer["latent_3d"]) == (2, 5, 3)
    points = second.synthesizer.encode(sample.image[None])["latent_3d"][0]
    np.testing.assert_allclose(answer["latent_3d"][1], points, atol=2e-3)


def test_images_are_encoded_once_and_forgotten_in_turn(session, monkeypatch, upload):
    calls = []
    encode = session.models[0].encode
    count = lambda image: calls.append(1) or encode(image)  # noqa: E731
    monkeypatch.setattr(session.models[0], "encode", count)
    keys = {session.answer("encode", {"image": upload})["image"] for _ in range(3)}
    (key,) = keys
    for yaw in range(4):
        session.answer("render", {"image": key, "yaw": yaw})
    assert len(calls) == 1
    rng = np.random.default_rng(0)
    for _ in range(3):  # as many as are kept
        session._encoded(rng.integers(0, 256, (16, 16, 3), "uint8"), None)
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
        image = np.zeros((size, size, 3), np.uint8)
        key, _ = session._encoded(image, None)
        view = session.answer("render", {"image": key, "background": "blur"})["views"]
        assert image_of(view[0]).shape == (zoo.SIZE, zoo.SIZE, 3)
