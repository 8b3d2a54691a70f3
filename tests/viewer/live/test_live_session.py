import base64
import json
import threading
from urllib import request

import cv2
import numpy as np
import pytest

from hand_geo_keras.viewer import live
from hand_geo_keras.viewer.live import LatencyBudget, LiveSession
from hand_geo_keras.viewer.page import PageServer, static_files
from hand_geo_keras.viewer.page.request_error import RequestError
from tests.viewer.live.test_live_loop import hand

IMAGE = np.full((48, 64, 3), (200, 90, 30), np.uint8)


@pytest.fixture
def session():
    return LiveSession("camera 0")


def test_a_page_gets_the_newest_frame_and_waits_for_the_next(session):
    one = hand(0, np.random.default_rng(0))
    session.show(IMAGE, [one], LatencyBudget())
    session.show(IMAGE, [one], LatencyBudget())
    found = session.answer("frame", {"after": -1})
    assert found["frame"] == 1 and not found["ended"]
    data = base64.b64decode(found["image"].removeprefix("data:image/jpeg;base64,"))
    pixels = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)
    assert np.abs(pixels[..., ::-1].astype(int) - IMAGE).max() < 8
    (seen,) = found["hands"]
    assert seen == {"track": 0, "side": "right", "score": None, "wrist_mm": None}
    timer = threading.Timer(0.1, session.show, (IMAGE, [], LatencyBudget()))
    timer.start()
    later = session.answer("frame", {"after": 1})
    assert later["frame"] == 2 and later["hands"] == []
    timer.join()


def test_the_end_is_told_without_waiting(session):
    session.show(IMAGE, [], LatencyBudget())
    session.end()
    assert session.answer("frame", {"after": -1})["image"]
    assert session.answer("frame", {"after": 0}) == {"frame": 0, "ended": True}


@pytest.mark.parametrize(
    ("route", "asked"),
    [("frame", {"after": "x"}), ("frame", []), ("frame", {"after": True}), ("a", {})],
)
def test_senseless_requests_are_refused(session, route, asked):
    with pytest.raises(RequestError):
        session.answer(route, asked)


def test_the_page_and_its_frames_are_served(session):
    session.show(IMAGE, [], LatencyBudget())
    with PageServer(session, static=static_files(live.__name__)) as server:
        server.start()
        with request.urlopen(server.url) as page:
            assert b"/live.js" in page.read()
        for name in ("live.js", "live.css"):
            with request.urlopen(server.url + name) as file:
                assert file.status == 200
        asked = request.Request(
            server.url + "api/frame",
            json.dumps({"after": -1}).encode(),
            {"Content-Type": "application/json"},
        )
        with request.urlopen(asked) as answer:
            assert json.load(answer)["frame"] == 0
