"""Identities of hands in a video, with a reader that sees moving hands of its own."""

import threading
import time

import numpy as np
import pytest

from hand_geo_keras.prediction import background_search, hand_tracker
from hand_geo_keras.prediction.hand_reader import Reading, Region
from hand_geo_keras.prediction.hand_tracker import HandTracker

SIDE = 100.0
SHAPE = np.random.default_rng(0).uniform(-35, 35, (21, 2))
MIRROR = {"right": 1, "left": -1}


class Scene:
    """Hands `(side, centre, score)`; as image it is the dict of those in view."""

    def __init__(self, monkeypatch):
        self.searches, self.small = 0, []
        monkeypatch.setattr(hand_tracker, "find_hands", self.find)
        monkeypatch.setattr(
            hand_tracker, "hand_score", lambda r, told=False: r.presence
        )

    @staticmethod
    def reading(side, centre, score):
        box = np.array([*centre, SIDE])
        pixels = SHAPE * [MIRROR[side], 1] + centre
        joints, spread = np.zeros((21, 3)), np.ones(21)
        return Reading(joints, pixels, spread, score, 1.0, Region(box))

    def find(self, reader, image, camera, sides, most=1, small=True):
        self.searches += 1
        self.small.append(small)
        ordered = sorted((h for h in image if h[2] >= 0.5), key=lambda h: -h[2])
        found = [(h[0], self.reading(*h)) for h in ordered if h[0] in sides]
        return found[:most]

    def read(self, images, cameras, regions, sides, passes):
        """The nearest hand of that side, as long as it is in the box."""
        readings = []
        for image, region, side in zip(images, regions, sides):
            near = [
                (np.linalg.norm(np.subtract(h[1], region.box[:2])), h)
                for h in image
                if h[0] == side
            ]
            distance, hand = min(near, default=(np.inf, None), key=lambda i: i[0])
            if distance > SIDE:
                hand = (side, region.box[:2], 0.0)
            readings.append(self.reading(*hand))
        return readings


@pytest.fixture
def scene(monkeypatch):
    return Scene(monkeypatch)


def numbers(found):
    return {number: side for number, side, _ in found}


def test_two_hands_that_cross_keep_their_numbers(scene):
    track = HandTracker(scene, most=2)
    for step in range(31):
        right, left = (100.0 + 10 * step, 200.0), (400.0 - 10 * step, 215.0)
        found = track([("right", right, 0.95), ("left", left, 0.94)], None)
        assert numbers(found) == {0: "right", 1: "left"}
        np.testing.assert_array_equal(found[0][2].region.box[:2], right)
    assert scene.searches == 1


def test_two_hands_of_one_side_are_two_people(scene):
    track = HandTracker(scene, most=2)
    for step in range(10):
        near, far = (100.0 + step, 100), (400.0 - step, 100)
        found = track([("right", near, 0.95), ("right", far, 0.99)], None)
    assert numbers(found) == {0: "right", 1: "right"}
    np.testing.assert_array_equal(found[0][2].region.box[0], far[0])


def test_a_lost_hand_gets_its_number_back(scene):
    track = HandTracker(scene, most=2)
    both = [("right", (100, 100), 0.9), ("left", (400, 100), 0.9)]
    assert numbers(track(both, None)) == {0: "right", 1: "left"}
    assert numbers(track(both[1:], None)) == {1: "left"}
    found = [numbers(track(both, None)) for _ in range(20)]
    assert found[0] == {1: "left"}  # it is not looked for in every image
    assert found[-1] == {0: "right", 1: "left"}


def test_another_hand_of_that_side_takes_the_number_of_the_nearest(scene):
    track = HandTracker(scene, most=2)
    track([("right", (100, 100), 0.9), ("right", (400, 100), 0.8)], None)
    for _ in range(6):
        track([], None)
    found = track([("right", (390, 120), 0.9)], None)
    while not found:
        found = track([("right", (390, 120), 0.9)], None)
    assert numbers(found) == {1: "right"}
    for _ in range(16):
        found = track([("right", (390, 120), 0.9), ("left", (90, 90), 0.9)], None)
    assert numbers(found) == {1: "right", 2: "left"}


def test_two_tracks_on_one_hand_become_one(scene):
    track = HandTracker(scene, most=2)
    track([("right", (100, 100), 0.9), ("right", (180, 100), 0.8)], None)
    for _ in range(20):  # the second one is gone, and its track slips onto the first
        found = track([("right", (100, 100), 0.9)], None)
    assert numbers(found) == {0: "right"}


def test_no_hand_is_looked_for_now_and_then(scene):
    track = HandTracker(scene)
    for _ in range(11):
        assert track([], None) == []
    assert scene.searches == 3


def test_what_is_probably_no_hand_gives_way_to_one(scene):
    track = HandTracker(scene)
    paper = ("left", (30, 400), 0.8)
    assert numbers(track([paper], None)) == {0: "left"}
    for _ in range(40):
        found = track([paper, ("right", (300, 100), 0.97)], None)
    assert numbers(found) == {1: "right"}
    assert scene.searches == 2  # at first and in doubt; then there is none


def test_what_is_hardly_a_hand_gives_way_soon(scene):
    track = HandTracker(scene)
    paper = ("right", (30, 400), 0.66)
    for _ in range(25):
        assert numbers(track([paper], None)) == {0: "right"}
    frames = 0
    while numbers(track([paper, ("right", (300, 100), 0.97)], None)) == {0: "right"}:
        frames += 1
    assert frames < 10


def test_a_sure_hand_is_not_doubted(scene):
    track = HandTracker(scene)
    for _ in range(100):
        track([("right", (30, 400), 0.95), ("left", (300, 100), 0.99)], None)
    assert scene.searches == 1


def test_no_hands_make_no_sense(scene):
    with pytest.raises(ValueError, match="most=0"):
        HandTracker(scene, most=0)


def test_small_hands_are_looked_for_in_every_third_search(scene):
    track = HandTracker(scene, search_every=1)
    for _ in range(7):
        assert track([], None) == []
    assert scene.small == [True, False, False, True, False, False, True]


class SlowScene(Scene):
    """Its searches end when they are let."""

    def __init__(self, monkeypatch):
        super().__init__(monkeypatch)
        self.may_end, self.ended = threading.Event(), threading.Event()
        monkeypatch.setattr(background_search, "find_hands", self.find_slowly)
        monkeypatch.setattr(
            background_search, "hand_score", lambda r, told=False: r.presence
        )

    def find_slowly(self, *args, **options):
        assert self.may_end.wait(20)
        found = self.find(*args, **options)
        self.ended.set()
        return found

    def let_one_search_end(self):
        self.may_end.set()
        assert self.ended.wait(20)
        self.may_end.clear()
        self.ended.clear()


def until(track, image, wanted):
    """Follows an image that stays until these hands are found; a thread tells."""
    for _ in range(2000):
        found = track(image, None)
        if numbers(found) == wanted:
            return found
        time.sleep(0.005)
    raise AssertionError(numbers(found))


def test_following_does_not_wait_for_a_search(monkeypatch):
    scene = SlowScene(monkeypatch)
    track = HandTracker(scene, most=2, in_background=True)
    first, second = ("right", (100, 100), 0.95), ("left", (400, 100), 0.95)
    assert track([first], None) == []
    scene.let_one_search_end()
    until(track, [first], {0: "right"})
    for step in range(20):  # the next search begins, and does not end
        moved = ("right", (100 + step, 100), 0.95)
        (found,) = track([moved, second], None)
        assert found[2].region.box[0] == 100 + step
    assert scene.searches == 1
    scene.let_one_search_end()
    gone_on = ("left", (430, 100), 0.95)  # since the search began
    found = until(track, [moved, gone_on], {0: "right", 1: "left"})
    assert found[1][2].region.box[0] == 430
    assert scene.searches == 2


def test_a_hand_that_left_while_it_was_looked_for_is_none(monkeypatch):
    scene = SlowScene(monkeypatch)
    track = HandTracker(scene, in_background=True)
    assert track([("right", (100, 100), 0.95)], None) == []
    scene.let_one_search_end()
    for _ in range(4):
        assert track([], None) == []
        time.sleep(0.01)


def test_a_doubtful_hand_gives_way_to_what_a_thread_found(monkeypatch):
    scene = SlowScene(monkeypatch)
    track = HandTracker(scene, in_background=True)
    paper, hand = ("right", (30, 400), 0.66), ("right", (300, 100), 0.97)
    assert track([paper], None) == []
    scene.let_one_search_end()
    until(track, [paper], {0: "right"})
    scene.may_end.set()
    until(track, [paper, hand], {1: "right"})
