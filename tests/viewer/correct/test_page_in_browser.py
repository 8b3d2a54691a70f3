"""The page in a headless Chromium: mouse, keyboard, a phone's screen."""

import json
import os
from pathlib import Path

import numpy as np
import pytest

from hand_geo_keras.recordings import open_recording
from tests.viewer.correct.conftest import make_hand
from tests.viewer.page.browser import Browser, find_chromium

pytestmark = pytest.mark.skipif(find_chromium() is None, reason="needs chromium")
# Where screenshots are kept for people to look at.
SHOTS = os.environ.get("HAND_GEO_SCREENSHOTS")


@pytest.fixture
def page(server, tmp_path):
    with Browser(tmp_path / "profile") as browser:
        browser.resize(1280, 900)
        browser.open(server.url)
        browser.wait("Boolean(window.corrected)")
        yield browser


def place_of(page, view, joint):
    """Where a joint is on the screen, in pixels."""
    script = (
        "(async () => {const c = document.querySelectorAll('#views canvas')[%d];"
        "const b = c.getBoundingClientRect(); const p = corrected.pixels[%d];"
        "const {View} = await import('/view.js');"
        "const v = new View({size: [320, 240]}, c); v.around(p);"
        "const [x, y] = v.toCanvas(p[%d]); return [x + b.x, y + b.y];})()"
    )
    return page.value(script % (view, view, joint))


def shot(page, name):
    if SHOTS:
        page.screenshot(Path(SHOTS) / name)


def point(page, joint):
    return np.array(page.value(f"corrected.joints[{joint}]"))


def test_a_joint_dragged_in_one_view_moves_the_3d_point(page, folder):
    assert page.value("corrected.frame") == 3
    before = point(page, 12)
    np.testing.assert_allclose(before, make_hand(3).joints[12], atol=0.01)
    x, y = place_of(page, 0, 12)
    page.drag((x, y), (x + 40, y - 25))
    page.wait("corrected.lines && corrected.lines.joint === 12")
    after = point(page, 12)
    assert np.linalg.norm(after - before) > 3
    others = [k for k in range(21) if k != 12]
    np.testing.assert_allclose(
        page.value("corrected.joints"), _with(make_hand(3).joints, 12, after), atol=0.01
    )
    assert len(others) == 20 and page.value("corrected.lines.lines[1].length") == 1
    shot(page, "desktop.png")
    page.key("s")
    page.wait("Boolean(document.querySelector('#frames button.corrected'))")
    hand = open_recording(folder).hands(3)[0]
    assert hand.corrected
    np.testing.assert_allclose(hand.joints[12], after, atol=1e-3)


def _with(joints, joint, place):
    joints = np.array(joints)
    joints[joint] = place
    return joints


def test_dragged_in_both_views_it_is_triangulated(page):
    for view, (dx, dy) in enumerate([(30, 10), (12, 10)]):
        x, y = place_of(page, view, 8)
        page.drag((x, y), (x + dx, y + dy))
        page.wait(f"Object.keys(corrected.placed[8] ?? {{}}).length === {view + 1}")
    page.wait("Object.keys(corrected.lines.errors).length === 2")
    placed = page.value("corrected.placed[8]")
    seen = page.value("corrected.pixels.map(p => p[8])")
    for pixel, name in zip(seen, ("left", "right")):
        assert np.linalg.norm(np.subtract(pixel, placed[name])) < 12


def test_keys_select_nudge_undo_and_change_the_frame(page, folder):
    page.key("j")
    assert page.value("document.getElementById('joint').value") == "9"
    page.key("v")
    before = point(page, 9)
    pixel = page.value("corrected.pixels[1][9]")
    page.key("ArrowRight")
    page.wait("corrected.lines && corrected.lines.joint === 9")
    moved = page.value("corrected.placed[9].right")
    np.testing.assert_allclose(np.subtract(moved, pixel), [1, 0], atol=1e-6)
    assert page.value("document.getElementById('status').textContent").endswith(
        "not saved"
    )
    page.key("u")
    np.testing.assert_allclose(point(page, 9), before)
    page.key("n")
    page.wait("corrected.frame === 1")
    page.key("p")
    page.wait("corrected.frame === 3")
    assert not any(
        entry.get("corrected")
        for entry in json.loads((folder / "hands3d.json").read_text())["frames"]
    )


def test_a_click_selects_and_changes_nothing(page):
    x, y = place_of(page, 1, 16)
    page.drag((x, y), (x, y))
    page.wait("document.getElementById('joint').value === '16'")
    assert page.value("Object.keys(corrected.placed).length") == 0
    assert page.value("document.getElementById('undo').disabled")


def test_drafts_survive_a_change_of_frame(page):
    page.key("ArrowUp")
    page.wait("corrected.lines")
    moved = point(page, 8)
    page.key("n")
    page.wait("corrected.frame === 1")
    page.key("p")
    page.wait("corrected.frame === 3")
    np.testing.assert_allclose(point(page, 8), moved)


def test_an_error_of_the_server_is_shown(page, server):
    server.session.answer("discard", {"frame": 3})
    page.value(
        "document.getElementById('go').value = '99999';"
        "corrected.joints[0] = [0, 0, -90000];"
    )
    page.key("s")
    error = "document.getElementById('error')"
    text = page.wait(f"!{error}.hidden && {error}.textContent")
    assert text == "The hand must be in front of a camera."


def test_a_finger_on_a_phones_screen(page):
    page.resize(360, 740, mobile=True, dark=True)
    page.wait("innerWidth === 360")
    page.value("dispatchEvent(new Event('resize'))")
    assert page.value("document.documentElement.scrollWidth") <= 360
    small = page.value(
        "[...document.querySelectorAll('main button, main select, main input')]"
        ".filter(e => e.getBoundingClientRect().height < 40).map(e => e.id)"
    )
    assert small == []
    widths = "[...document.querySelectorAll('#views canvas')].map(c => c.clientWidth)"
    assert min(page.value(widths)) > 250
    pixel = np.array(page.value("corrected.pixels[0][12]"))
    x, y = place_of(page, 0, 12)
    page.swipe((x, y), (x + 30, y))
    page.wait("corrected.lines && corrected.lines.joint === 12")
    moved = np.array(page.value("corrected.placed[12].left")) - pixel
    assert 5 < moved[0] < 30 and abs(moved[1]) < 0.5
    assert page.value("scrollY") == 0
    shot(page, "phone.png")


def test_everything_has_a_name(page):
    nameless = page.value(
        "[...document.querySelectorAll('button, select, input, canvas')].filter(e => "
        "!(e.ariaLabel || e.labels?.length || e.textContent.trim())).map(e => e.id)"
    )
    assert nameless == []
