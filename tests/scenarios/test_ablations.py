import dataclasses

import pytest

from hand_geo_keras.scenarios.ablations import (
    BACKGROUND,
    LOSS,
    MODEL,
    ablation_tables,
)
from hand_geo_keras.scenarios.grid_profiles import GRID_PROFILES

PROFILE = GRID_PROFILES["mini"]


def differences(one, other):
    """Names of settings of the profile, and of the variant, that differ."""
    sections = {
        f"{section}.{name}"
        for section in vars(PROFILE)
        if dataclasses.is_dataclass(getattr(one.profile, section))
        for name, value in vars(getattr(one.profile, section)).items()
        if getattr(getattr(other.profile, section), name) != value
    }
    return sections | {"features"} if one.features != other.features else sections


@pytest.mark.parametrize("imagenet", [None, "resnet18.npz"])
def test_rows_differ_in_one_thing_from_their_neighbours(imagenet):
    tables = ablation_tables(PROFILE, imagenet)
    pixels, random, *real = tables[LOSS].values()
    assert differences(pixels, random) == {"views.feature_weight", "features"}
    assert [differences(random, row) for row in real] == [{"features"}] * len(real)
    alpha, concat = tables[BACKGROUND].values()
    assert differences(alpha, concat) == {"network.background_mode"}
    compact, reference = tables[MODEL].values()
    assert differences(compact, reference) == {"network.preset"}


def test_what_is_not_compared_has_the_best_loss_that_can_be_had():
    for imagenet, best in ((None, "off"), ("resnet18.npz", "resnet18.npz")):
        tables = ablation_tables(PROFILE, imagenet)
        others = [v for name in (BACKGROUND, MODEL) for v in tables[name].values()]
        assert {variant.features for variant in others} == {best}


def test_equal_rows_are_one_variant_and_others_have_folders_of_their_own():
    tables = ablation_tables(PROFILE, "resnet18.npz")
    assert tables[BACKGROUND]["alpha"] == list(tables[LOSS].values())[-1]
    variants = {v for rows in tables.values() for v in rows.values()}
    assert len({variant.name for variant in variants}) == len(variants) == 6


def test_only_models_are_compared_by_time():
    tables = ablation_tables(PROFILE, seconds=7.0)
    seconds = {
        name: [v.seconds for v in rows.values()] for name, rows in tables.items()
    }
    assert seconds == {LOSS: [None] * 2, BACKGROUND: [None] * 2, MODEL: [7.0] * 2}


def test_the_reference_has_its_full_widths_at_the_profiles_image_size():
    network = ablation_tables(PROFILE)[MODEL]["reference_unet"].profile.network
    assert network.image_size == 64 and network.preset == "reference_unet"
    assert network.widths is None and network.num_points is None


def test_steps_are_no_limit_where_time_is():
    few, many = (ablation_tables(PROFILE, seconds=s)[MODEL] for s in (60.0, 61.0))
    for name, variant in few.items():
        assert variant.profile.pre_training.steps >= 60_000
        # Another time is another training.
        assert variant.profile != many[name].profile
