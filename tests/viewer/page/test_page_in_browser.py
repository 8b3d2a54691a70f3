"""The page in a headless Chromium: mouse, keyboard, a phone's screen."""

import cv2
import numpy as np
import pytest

from hand_geo_keras.viewer.page.view_rotation import view_rotation
from tests.viewer.page.browser import Browser, find_chromium

pytestmark = pytest.mark.skipif(find_chromium() is None, reason="needs chromium")


@pytest.fixture(scope="module")
def page(server, tmp_path_factory):
    with Browser(tmp_path_factory.mktemp("profile")) as browser:
        browser.resize(1280, 900)
        browser.open(server.url)
        browser.wait("Boolean(window.lastAnswer)")
        yield browser


def settled(page, angles):
    """Waits for the view from these angles and returns the answer."""
    wanted = " && ".join(
        f"Math.abs(lastAnswer.request.{k} - {v}) < 0.5" for k, v in angles
    )
    return page.wait(f"{wanted} && lastAnswer")


def test_arrow_keys_rotate_the_hand(page):
    page.value("document.getElementById('rows').focus()")
    before = page.value("document.querySelector('.row img').src")
    for key in ("Home", "ArrowRight", "ArrowRight", "ArrowDown", "e"):
        page.key(key)
    answer = settled(page, [("yaw", 10), ("pitch", 5), ("roll", 5)])
    assert page.value("document.getElementById('yaw-value').value") == "10°"
    assert page.value("document.querySelector('.row img').src") != before
    script = (
        "import('/rendering.js').then(m => m.rotationOf(window.lastAnswer.request))"
    )
    np.testing.assert_allclose(page.value(script), answer["rotation"], atol=1e-5)
    np.testing.assert_allclose(answer["rotation"], view_rotation(10, 5, 5), atol=1e-5)


def facing_the_camera(page, selector):
    """Rotates the hand back; centre `x, y` and width of an element, in pixels."""
    page.value("document.getElementById('reset').click()")
    settled(page, [("yaw", 0), ("pitch", 0)])
    return page.value(
        "(b => [b.x + b.width / 2, b.y + b.height / 2, b.width])"
        f"(document.querySelector('{selector}').getBoundingClientRect())"
    )


def test_dragging_rotates_the_hand(page):
    x, y, width = facing_the_camera(page, "canvas")
    page.drag((x, y), (x + width / 4, y))
    settled(page, [("yaw", 45), ("pitch", 0)])
    pixels = "document.querySelectorAll('.row canvas')[%d]"
    filled = (
        f"Array.from({pixels}.getContext('2d').getImageData(0, 0, {pixels}.width, "
        f"{pixels}.height).data).some(Boolean)"
    )
    assert page.value(filled % (0, 0, 0)) and page.value(filled % (1, 1, 1))


def test_a_finger_rotates_the_hand(page):
    x, y, width = facing_the_camera(page, ".row img")
    page.swipe((x, y), (x, y + width / 6))
    settled(page, [("yaw", 0), ("pitch", 30)])


def upload(page, path, left=False):
    """Goes through the dialog that puts the hand into the frame."""
    page.value("document.getElementById('upload-hand').click()")
    page.choose_file("#file", path)
    page.wait("document.getElementById('crop').open")
    if left:
        page.value("document.getElementById('crop-left').click()")
    page.value("document.getElementById('crop-ok').click()")
    page.wait("!document.getElementById('crop').open")


def test_own_image_is_cropped_uploaded_and_rotated(page, tmp_path):
    image = np.zeros((60, 100, 3), np.uint8)
    image[:, 20:50] = 255  # the left half of the square in the centre
    cv2.imwrite(str(tmp_path / "hand.png"), image)
    count = "document.querySelectorAll('#hands input').length"
    answer = "window.lastAnswer.request.image"
    before, number = page.value(answer), page.value(count)
    bright = (
        "(async () => { const c = new OffscreenCanvas(64, 64).getContext('2d');"
        "const i = [...document.querySelectorAll('#hands img')].at(-1);"
        "await i.decode(); c.drawImage(i, 0, 0, 64, 64);"
        "return [8, 56].map(x => c.getImageData(x, 32, 1, 1).data[0]) })()"
    )
    upload(page, tmp_path / "hand.png")
    first = page.wait(f"{answer} !== {before!r} && {answer}")
    assert page.value(count) == number + 1
    assert page.value(bright) == [255, 0]
    upload(page, tmp_path / "hand.png", left=True)
    page.wait(f"{answer} !== {first!r}")
    assert page.value(bright) == [0, 255]


def test_a_file_that_is_no_image_is_refused_in_one_sentence(page, tmp_path):
    (tmp_path / "notes.png").write_text("no image")
    page.value("document.getElementById('upload-hand').click()")
    page.choose_file("#file", tmp_path / "notes.png")
    error = "document.getElementById('error')"
    text = page.wait(f"!{error}.hidden && {error}.textContent")
    assert text == "This is no readable JPEG or PNG image."
    page.value("document.querySelector('#hands input').click()")
    page.wait(f"{error}.hidden")


def test_appearance_and_errors(page):
    page.value("document.querySelectorAll('#looks input')[2].click()")
    page.wait("lastAnswer.request.appearance")
    page.value("document.querySelectorAll('#looks input')[0].click()")
    page.wait("lastAnswer.request.appearance === null")
    page.value(
        "document.getElementById('background').add(new Option('x', 'x', true, true));"
        "document.getElementById('background').onchange()"
    )
    error = "document.getElementById('error')"
    assert page.wait(f"!{error}.hidden && {error}.textContent").startswith("The back")
    page.value("document.getElementById('background').value = 'own'")
    page.value("document.getElementById('background').onchange()")
    page.wait(f"{error}.hidden")


def test_everything_has_a_name_and_can_be_focused(page):
    nameless = page.value(
        "[...document.querySelectorAll('button, select, input, canvas')].filter(e => "
        "!(e.ariaLabel || e.labels?.length || e.textContent.trim())).map(e => e.id)"
    )
    assert nameless == []


def test_a_phones_screen_is_wide_enough(page):
    page.resize(360, 740, mobile=True, dark=True)
    page.wait("innerWidth === 360")
    assert page.value("document.documentElement.scrollWidth") <= 360
    small = page.value(
        "[...document.querySelectorAll('main button, main select')].filter(e => "
        "e.getBoundingClientRect().height < 40).length"
    )
    assert small == 0
