"""A tiny view synthesizer and quads for it."""

import keras
import pytest

from hand_geo_keras.models import build_view_synthesizer
from hand_geo_keras.pipelines import fixed_quads, quad_dataset
from tests.pool import make_pool


@pytest.fixture(scope="session")
def pool():
    return make_pool(crop_size=16, stored_size=24)


@pytest.fixture(scope="session")
def quads(pool):
    (batch,) = fixed_quads(pool, count=3, batch_size=3)
    return batch


@pytest.fixture
def synthesizer():
    return new_synthesizer()


def new_synthesizer():
    """An untrained, compiled model; the same one every time."""
    keras.utils.set_random_seed(0)
    narrow = {"widths": (4, 8)}
    model = build_view_synthesizer(
        "quarter_unet_64",
        image_size=16,
        num_points=12,
        appearance_dim=4,
        encoder_arguments=narrow,
        decoder_arguments=narrow,
    )
    model.compile("adam", loss="mae")
    return model


@pytest.fixture
def batches(pool):
    return quad_dataset(pool, batch_size=2)
