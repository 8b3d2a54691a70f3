import numpy as np
import pytest

from hand_geo_keras.synthetic.hand_model import load_asset
from hand_geo_keras.synthetic.skin import looks_of, skin_of


@pytest.mark.parametrize("seed", range(4))
def test_skin_is_a_plausible_reflectance(seed):
    albedo, gloss = skin_of(np.random.default_rng(seed))
    assert albedo.min() > 0 and albedo.max() < 1 and gloss > 0
    red, green, blue = np.median(albedo, 0)
    assert red > green > blue


def test_palm_is_lighter_than_the_back():
    regions = load_asset()["regions"]
    albedo, _ = skin_of(np.random.default_rng(0))
    palm, back = regions["palm"] > 0.9, regions["palm"] < 0.1
    assert np.median(albedo[palm]) > np.median(albedo[back])


def test_nails_lie_on_the_back_of_the_five_end_segments():
    asset = load_asset()
    nail = asset["regions"]["nail"] > 0.5
    assert (asset["regions"]["palm"][nail] < 0.5).mean() > 0.9
    named = {asset["bones"][bone] for bone in asset["segment"][nail]}
    assert named == {f"finger{finger}-3.R" for finger in range(1, 6)}


def test_clothes_leave_the_hand_bare():
    asset = load_asset()
    fingers = asset["along_arm"][: len(asset["verts"])] > 20
    for seed in range(10):
        looks = looks_of(np.random.default_rng(seed), np.ones((1, 3)), 1.0)
        offsets = looks.offsets()
        assert not offsets[fingers].any()
        assert offsets.max() > 2
