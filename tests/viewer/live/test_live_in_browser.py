"""The live page in a headless Chromium."""

import numpy as np
import pytest

from hand_geo_keras.viewer import live
from hand_geo_keras.viewer.live import LatencyBudget, LiveSession
from hand_geo_keras.viewer.page import PageServer, static_files
from tests.viewer.live.test_live_loop import hand
from tests.viewer.page.browser import Browser, find_chromium

pytestmark = pytest.mark.skipif(not find_chromium(), reason="needs Chromium")


def test_overlays_appear_one_after_the_other_until_the_end(tmp_path):
    session, rng = LiveSession("clip.mp4"), np.random.default_rng(0)
    with PageServer(session, static=static_files(live.__name__)) as server:
        server.start()
        with Browser(tmp_path / "profile") as browser:
            browser.open(server.url)
            browser.wait("document.getElementById('name')?.textContent == 'clip.mp4'")
            for number in range(3):
                image = np.full((48, 64, 3), 60 * number, np.uint8)
                session.show(image, [hand(number, rng)] * number, LatencyBudget())
                rows = "document.querySelectorAll('tbody tr').length"
                browser.wait(f"{rows} == {number} && !view.hidden")
            assert browser.value("view.naturalWidth") == 64
            assert "frames/s" in browser.value("speed.textContent")
            assert browser.value("document.getElementById('message').hidden")
            session.end()
            browser.wait("message.textContent == 'The camera has ended.'")
