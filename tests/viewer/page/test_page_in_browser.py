"""The page in a headless Chromium: mouse, keyboard, a phone's screen."""

import json
import threading
import time

import cv2
import numpy as np
import pytest

from hand_geo_keras.geometry.skeleton import FINGER_COLORS
from hand_geo_keras.viewer.page import PageServer, ViewerSession
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
    before = page.value("document.querySelector('img.turns').src")
    for key in ("Home", "ArrowRight", "ArrowRight", "ArrowDown", "e"):
        page.key(key)
    answer = settled(page, [("yaw", 10), ("pitch", 5), ("roll", 5)])
    assert page.value("document.getElementById('yaw-value').value") == "10°"
    assert page.value("document.querySelector('img.turns').src") != before
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
    x, y, width = facing_the_camera(page, "canvas.turns")
    page.drag((x, y), (x + width / 4, y))
    settled(page, [("yaw", 45), ("pitch", 0)])
    pixels = "document.querySelectorAll('.row canvas')[%d]"
    filled = (
        f"Array.from({pixels}.getContext('2d').getImageData(0, 0, {pixels}.width, "
        f"{pixels}.height).data).some(Boolean)"
    )
    for panel in range(3):  # input, 3D skeleton, latent points
        assert page.value(filled % (panel, panel, panel))


def test_a_finger_rotates_the_hand(page):
    x, y, width = facing_the_camera(page, "img.turns")
    page.swipe((x, y), (x, y + width / 6))
    settled(page, [("yaw", 0), ("pitch", 30)])


NOTE = "document.getElementById('crop-note').textContent"
CAPTION = "document.querySelector('.large figcaption').textContent"


def open_dialog(page, path):
    page.value("document.getElementById('upload-hand').click()")
    page.choose_file("#file", path)
    page.wait("document.getElementById('crop').open")


def use_it(page):
    before = page.value("window.lastAnswer.request.image")
    page.value("document.getElementById('crop-ok').click()")
    page.wait("!document.getElementById('crop').open")
    return page.wait(f"lastAnswer.request.image !== {before!r} && lastAnswer")


@pytest.fixture
def photo(tmp_path):
    image = np.random.default_rng().integers(0, 256, (60, 100, 3), "uint8")
    cv2.imwrite(str(tmp_path / "hand.png"), image)
    return tmp_path / "hand.png"


def test_the_hand_of_an_own_image_is_found(page, photo):
    count = "document.querySelectorAll('#hands input').length"
    number = page.value(count)
    open_dialog(page, photo)
    page.wait(f"{NOTE}.startsWith('A left hand was found (80 %)')")
    assert page.value("document.getElementById('crop-left').checked")
    use_it(page)
    assert page.value(count) == number + 1
    text = "image · left hand · found by hand_128, score 0.80"
    assert page.value(CAPTION) == text


def test_the_found_crop_can_be_adjusted(page, session, photo, monkeypatch):
    asked = []
    chosen = session.sources.chosen
    monkeypatch.setattr(
        session.sources, "chosen", lambda r: asked.append(r) or chosen(r)
    )
    open_dialog(page, photo)
    page.wait(f"{NOTE}.includes('was found')")
    page.value("document.getElementById('crop-left').click()")
    page.value("document.getElementById('crop-canvas').focus()")
    page.key("ArrowRight")
    place = "(b => [b.x + b.width / 2, b.y + b.height / 2, b.width])"
    rectangle = "document.getElementById('crop-canvas').getBoundingClientRect()"
    x, y, width = page.value(f"{place}({rectangle})")
    page.drag((x, y), (x + width / 10, y))
    size = "document.getElementById('crop-size')"
    page.value(f"{size}.value = 50, {size}.oninput()")
    use_it(page)
    assert asked[-1]["side"] == "right"
    # A hundredth of the shorter side, then a tenth of the width.
    np.testing.assert_allclose(asked[-1]["box"], [49.5 + 0.6 + 10, 29.5, 30], atol=0.6)
    assert page.value(CAPTION).startswith("image · right hand")


def test_without_a_hand_the_frame_is_put_by_hand(page, tmp_path):
    cv2.imwrite(str(tmp_path / "grey.png"), np.full((40, 40, 3), 99, np.uint8))
    open_dialog(page, tmp_path / "grey.png")
    page.wait(f"{NOTE}.startsWith('No hand was found')")
    use_it(page)
    assert page.value(CAPTION).startswith("image · right hand")


def test_a_cancelled_upload_changes_nothing(page, photo):
    before = page.value("lastAnswer.request.image")
    open_dialog(page, photo)
    page.value("document.querySelector('#crop [value=cancel]').click()")
    page.wait("!document.getElementById('crop').open")
    assert page.value("lastAnswer.request.image") == before


def test_joints_and_images_are_saved(page, tmp_path):
    page.downloads_to(tmp_path)
    page.value("document.querySelector('#hands input').click()")
    page.wait("document.getElementById('status').textContent === ''")
    for button, name in (
        ("save-json", "joints.json"),
        ("save-csv", "joints.csv"),
        ("save-images", "hand.png"),
    ):
        page.value(f"document.getElementById('{button}').click()")
        deadline = time.monotonic() + 20
        while not (tmp_path / name).is_file() and time.monotonic() < deadline:
            time.sleep(0.05)
    (hand,) = json.loads((tmp_path / "joints.json").read_text())["hands"]
    assert np.shape(hand["joints_mm"]) == (21, 3)
    assert len((tmp_path / "joints.csv").read_text().splitlines()) == 2
    height, width, _ = cv2.imread(str(tmp_path / "hand.png")).shape
    assert width > 4 * 512 and height > 2 * 512  # two models


def test_the_colours_are_explained(page):
    legend = page.value("document.getElementById('legend').textContent")
    assert legend == "thumbindexmiddleringlittlewrist"
    dot = "getComputedStyle(document.querySelector('#legend .dot')).backgroundColor"
    assert page.value(dot) == "rgb" + str(FINGER_COLORS["thumb"])
    pixels = (
        "document.querySelector('.large canvas').getContext('2d')"
        ".getImageData(0, 0, 200, 200).data.join()"
    )
    over = page.value(pixels)
    page.value("document.getElementById('overlay').click()")
    assert page.value(pixels) != over
    page.value("document.getElementById('overlay').click()")
    assert page.value(pixels) == over


def test_who_asks_for_less_motion_gets_none(page):
    page.resize(1280, 900, calm=True)
    page.wait("document.getElementById('spin').disabled")
    page.resize(1280, 900)
    page.wait("!document.getElementById('spin').disabled")


def test_a_file_that_is_no_image_is_refused_in_one_sentence(page, tmp_path):
    (tmp_path / "notes.png").write_text("no image")
    page.value("document.getElementById('upload-hand').click()")
    page.choose_file("#file", tmp_path / "notes.png")
    error = "document.getElementById('error')"
    text = page.wait(f"!{error}.hidden && {error}.textContent")
    assert text == "This is no readable JPEG or PNG image."
    page.value("document.querySelectorAll('#hands input')[1].click()")
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
        "e.offsetHeight > 0 && e.offsetHeight < 40).length"
    )
    assert small == 0


def test_a_finger_scrolls_the_page_but_not_on_what_rotates(page):
    page.resize(390, 844, mobile=True)
    page.wait("innerWidth === 390")
    page.value("scrollTo(0, 0)")
    x, y, width = facing_the_camera(page, "canvas.turns")
    page.swipe((x, y), (x, y - width / 3))
    page.wait("Math.abs(lastAnswer.request.pitch + 60) < 2")  # in whole pixels
    assert page.value("scrollY") == 0
    x, y, width = facing_the_camera(page, ".large canvas")
    page.swipe((x, y), (x, y - width / 2))
    page.wait("scrollY > 20")
    assert page.value("lastAnswer.request.pitch") == 0
    page.value("scrollTo(0, 0)")


def test_a_server_that_is_lost_and_comes_back(session, tmp_path):
    lost = "!document.getElementById('lost').hidden"
    yaw = "document.getElementById('yaw').value = %d, document.getElementById('yaw')"
    with PageServer(session) as server, Browser(tmp_path) as page:
        server.start()
        page.resize(1280, 900)
        page.open(server.url)
        page.wait("Boolean(window.lastAnswer)")
        assert not page.value(lost)
        page.offline(True)
        page.value(f"({yaw % 40}.oninput(), 0)")
        page.wait(lost)
        assert page.value("document.getElementById('retry').offsetHeight") >= 40
        page.offline(False)
        page.value("document.getElementById('retry').click()")
        page.wait(f"!({lost}) && lastAnswer.request.yaw === 40")
        page.value("window.isOld = true")
        page.offline(True)
        page.value(f"({yaw % 50}.oninput(), 0)")
        page.wait(lost)
        # Restarted, perhaps with another model: the page starts again too, by itself.
        server.session = ViewerSession(
            session.models, session.samples, finder=session.finder
        )
        page.offline(False)
        page.wait("!window.isOld && Boolean(window.lastAnswer)")


def test_a_slow_start_is_told(session, tmp_path, monkeypatch):
    may_answer, answer = threading.Event(), session.answer

    def slow(route, request):
        may_answer.wait(20)
        return answer(route, request)

    monkeypatch.setattr(session, "answer", slow)
    with PageServer(session) as server, Browser(tmp_path) as page:
        server.start()
        page.open(server.url)
        status = "document.getElementById('status')?.textContent"
        page.wait(f"{status} === 'Loading the model and its hands…'")
        assert page.value("document.querySelectorAll('.blank').length") == 3
        may_answer.set()
        page.wait(f"Boolean(window.lastAnswer) && {status} === ''")
        assert page.value("document.querySelectorAll('.blank').length") == 0


def test_the_webcam_is_followed(session, tmp_path):
    flags = ("--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream")
    with PageServer(session) as server, Browser(tmp_path, flags=flags) as page:
        server.start()
        page.open(server.url)
        page.wait("Boolean(window.lastAnswer)")
        page.value("document.getElementById('webcam').click()")
        rate = "document.getElementById('live-note').textContent"
        page.wait(f"{rate}.includes('images per second')")
        assert page.value(CAPTION).startswith("image · left hand")
        page.value("document.getElementById('webcam').click()")
        page.wait("document.getElementById('live').hidden")
        assert page.value("document.getElementById('video').srcObject.active") is False


def test_a_recording_without_decoder(rig_session, tmp_path):
    with PageServer(rig_session) as server, Browser(tmp_path) as page:
        server.start()
        page.resize(1280, 900)
        page.open(server.url)
        page.wait("Boolean(window.lastAnswer)")
        assert "No novel view" in page.value(
            "document.querySelector('.row').textContent"
        )
        assert (
            page.value("document.querySelectorAll('.needs-views[hidden]').length") == 2
        )
        assert page.value(CAPTION).startswith("rig, left · right hand")
        page.value("document.querySelectorAll('#cameras input')[1].click()")
        page.value("document.getElementById('frame').value = 7")
        page.value("document.getElementById('frame').oninput()")
        page.wait(f"{CAPTION}.startsWith('rig, right')")
        page.wait("document.getElementById('plan-note').textContent.includes('ring')")
        page.value("document.getElementById('play').click()")
        page.wait("Number(document.getElementById('frame').value) === 10")
        page.value("document.getElementById('play').click()")
        page.value("document.getElementById('adjust').click()")
        page.wait("document.getElementById('crop').open")
        page.value("document.getElementById('crop-left').click()")
        page.value("document.getElementById('crop-ok').click()")
        page.wait(f"{CAPTION}.includes('left hand')")
