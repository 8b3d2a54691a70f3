import numpy as np
import pytest

from hand_geo_keras.datasets.preparation import Preparation
from hand_geo_keras.geometry import VirtualCamera, square_box
from hand_geo_keras.geometry.skeleton import PARENTS
from hand_geo_keras.synthetic.wild.backdrops import Backdrops
from hand_geo_keras.synthetic.wild.contact_sheet import wild_contact_sheet
from hand_geo_keras.synthetic.wild.viewpoints import hand_axes
from hand_geo_keras.synthetic.wild.wild_scene import INSTANTS_PER_SEQUENCE, WildScene

PREPARATION = Preparation(crop_size=64, context=1.25)


def scene(number=0, seed=0):
    return WildScene(seed, number, Backdrops(), PREPARATION)


def camera_of(view):
    size, focal = PREPARATION.crop_size, view["focal"]
    centre = (size - 1) / 2
    K = np.array([[focal, 0, centre], [0, focal, centre], [0, 0, 1]])
    return VirtualCamera(K, view["rotation"], view["translation"], size)


def test_a_number_always_gives_the_same_views_and_others_differ():
    one, same, other = scene(3).view(), scene(3).view(), scene(4).view()
    np.testing.assert_array_equal(one["image"], same["image"])
    assert (one["image"] != other["image"]).any()


def test_the_hand_fills_its_box_in_every_view():
    subject = scene(1)
    for view in (subject.view() for _ in range(4)):
        pixels = camera_of(view).project(subject.joints)
        box = square_box(pixels, PREPARATION.box_margin)
        # The box is made before the roll, which changes its size a little.
        np.testing.assert_allclose(box[:2], 31.5, atol=6)
        np.testing.assert_allclose(box[2], 64, rtol=0.3)


def test_the_hand_points_up_within_the_largest_roll():
    subject = scene(2)
    for view in (subject.view() for _ in range(6)):
        camera = camera_of(view)
        x, y, z = (camera.R @ hand_axes(subject.joints).T)[:, 1]
        if abs(z) < 0.9:  # seen along the fingers it points nowhere
            assert abs(np.degrees(np.arctan2(x, -y))) < 35


def test_the_mask_covers_the_hand_and_the_background_is_seen_around_it():
    subject = scene(5)
    view = subject.view()
    free = view["mask"] == 0
    difference = np.abs(np.int16(view["image"]) - view["background"]).max(-1)
    assert difference[free].max() <= 2  # rounding of the tone curve
    inside = camera_of(view).with_size(PREPARATION.stored_size)
    palm = inside.project(subject.joints[[0, 9]].mean(0))
    x, y = np.round(palm).astype(int)
    assert view["mask"][y, x] == 255


def test_bones_have_the_lengths_of_a_hand_and_are_the_same_within_a_sequence():
    def bones(joints):
        return np.linalg.norm(joints[1:] - joints[list(PARENTS[1:])], axis=1)

    first, second = scene(0), scene(INSTANTS_PER_SEQUENCE - 1)
    assert first.sequence == second.sequence
    assert 450 < bones(first.joints).sum() < 1200
    ratio = bones(first.joints) / bones(second.joints)
    assert np.median(np.abs(ratio - 1)) < 0.05
    assert scene(INSTANTS_PER_SEQUENCE).sequence != first.sequence


@pytest.mark.parametrize("seed", range(3))
def test_backdrops_are_full_images_of_any_kind(seed):
    rng = np.random.default_rng(seed)
    images = [Backdrops()(rng, 48) for _ in range(20)]
    assert all(i.shape == (48, 48, 3) and i.dtype == np.uint8 for i in images)
    assert np.std([image.mean() for image in images]) > 10


def test_a_contact_sheet_shows_different_people():
    sheet = wild_contact_sheet(Backdrops(), PREPARATION, rows=1, columns=2)
    size = PREPARATION.stored_size
    assert sheet.shape == (size, 2 * size, 3)
    assert (sheet[:, :size] != sheet[:, size:]).any()
