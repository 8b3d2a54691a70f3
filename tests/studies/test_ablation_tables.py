import dataclasses

import pytest

from hand_geo_keras.studies.ablations import BACKGROUND, LOSS, MODEL, ablation_tables
from hand_geo_keras.training.profiles import PROFILES

PROFILE = PROFILES["mini"]


def differences(one, other):
    """Names of settings of the profile that differ."""
    return {
        f"{section}.{name}"
        for section, settings in vars(PROFILE).items()
        if dataclasses.is_dataclass(settings)
        for name, value in vars(getattr(one.profile, section)).items()
        if getattr(getattr(other.profile, section), name) != value
    }


@pytest.mark.parametrize("imagenet", [None, "resnet18.npz"])
def test_rows_differ_in_one_thing_from_their_neighbours(imagenet):
    tables = ablation_tables(PROFILE, imagenet)
    pixels, random, *real = tables[LOSS].values()
    assert differences(pixels, random) == {"views.feature_weight", "views.features"}
    assert [differences(random, row) for row in real] == [{"views.features"}] * len(
        real
    )
    alpha, concat = tables[BACKGROUND].values()
    assert differences(alpha, concat) == {"network.background_mode"}
    compact, reference = tables[MODEL].values()
    assert differences(compact, reference) == {"network.preset"}


def test_what_is_not_compared_has_the_best_loss_available():
    for imagenet, best in ((None, "off"), ("resnet18.npz", "resnet18.npz")):
        tables = ablation_tables(PROFILE, imagenet)
        others = [v for name in (BACKGROUND, MODEL) for v in tables[name].values()]
        assert {variant.profile.views.features for variant in others} == {best}


def test_equal_rows_are_one_variant_and_others_have_folders_of_their_own():
    tables = ablation_tables(PROFILE, "resnet18.npz")
    assert tables[BACKGROUND]["alpha"] == list(tables[LOSS].values())[-1]
    variants = {v.name: v for rows in tables.values() for v in rows.values()}
    assert len({v.profile for v in variants.values()}) == len(variants) == 6


def test_only_models_are_compared_by_time():
    tables = ablation_tables(PROFILE, seconds=7.0)
    seconds = {
        name: [v.profile.pre_training.seconds for v in rows.values()]
        for name, rows in tables.items()
    }
    assert seconds == {LOSS: [None] * 2, BACKGROUND: [None] * 2, MODEL: [7.0] * 2}


def test_the_reference_has_its_full_widths_at_the_profiles_image_size():
    network = ablation_tables(PROFILE)[MODEL]["reference_unet"].profile.network
    assert network.image_size == 64 and network.preset == "reference_unet"
    assert network.widths is None and network.num_points is None
