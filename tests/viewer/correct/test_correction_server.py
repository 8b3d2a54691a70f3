"""The page and its files, and the safeguards of the viewer's server."""

import numpy as np
import pytest

from tests.viewer.correct.conftest import CAMERAS, make_hand
from tests.viewer.page.test_page_server import JSON, ask, send


def test_the_page_and_its_files_and_nothing_else(server):
    assert server.server_address[0] == "127.0.0.1"
    names = {
        "/",
        "/ask.js",
        "/page.js",
        "/correct.js",
        "/view.js",
        "/correct.css",
        "/style.css",
        "/rendering.js",
    }
    assert set(server.static) == names
    for path in names:
        status, headers, content = send(server, "GET", path)
        assert status == 200 and content
        assert "default-src 'none'" in headers["Content-Security-Policy"]
    page = send(server, "GET", "/")[2]
    assert b"Correct labels" in page and page.startswith(b"<!doctype html>")
    for path in ("/app.js", "/../hands3d.json", "/hands3d.json"):
        assert send(server, "GET", path)[0] == 404


def test_from_a_drag_to_a_saved_label(server):
    hand = make_hand(1)
    target = hand.joints[4] + [2, 5, -3]
    places = {camera.name: camera.project(target).tolist() for camera in CAMERAS}
    answer = ask(server, "move", {"point": hand.joints[4].tolist(), "placed": places})
    np.testing.assert_allclose(answer["point"], target, atol=0.01)
    joints = hand.joints.tolist()
    joints[4] = answer["point"]
    saved = ask(server, "save", {"frame": 1, "joints": joints, "placed": {"4": places}})
    assert saved["status"] == "corrected"


@pytest.mark.parametrize("headers", [{"Host": "evil.example"}, {"Origin": "null"}])
def test_strangers_are_refused(server, headers):
    assert send(server, "POST", "/api/state", "{}", {**JSON, **headers})[0] == 403
