"""Decoding single views, by models that were never trained."""

import keras
import numpy as np
import pytest

from hand_geo_keras.evaluation import foreground_psnr, hand_places
from hand_geo_keras.geometry import relative_rotation
from hand_geo_keras.layers import denormalize_images
from hand_geo_keras.pipelines import ViewTable
from tests import zoo
from tests.pool import make_pool


@pytest.mark.parametrize("kind", ["view_synthesizer", "compact_view_synthesizer"])
def test_single_views_are_decoded_as_the_views_of_a_quad(kind):
    pool = make_pool(sequences=1, instants=2, views=2, crop_size=zoo.SIZE)
    # The views look at the hand from different distances and not quite at it.
    pool.translations[:] += np.random.default_rng(0).uniform(-60, 60, (4, 3))
    model = getattr(zoo, kind)(swap_in_inference=False)
    quad = ViewTable(pool).read(np.int32([[0, 1, 2, 3]]), np.int64([0, 0]))
    decoded = denormalize_images(model(quad, training=False)["image"])[0]
    sources, targets = np.array([1, 0, 3, 2]), np.arange(4)
    own, wanted = (hand_places(pool, views) for views in (sources, targets))
    rotation = relative_rotation(pool.rotations[sources], pool.rotations[targets])
    single = model.synthesize(
        {
            "image": pool.crops(sources),
            "appearance_image": pool.crops(targets),
            "background": pool.background_crops(targets),
            "rotation": rotation,
            **own,
            **{f"target_{name}": value for name, value in wanted.items()},
        }
    )["image"]
    np.testing.assert_allclose(single, decoded, atol=0.05)


class Copying:
    """Decodes every image unchanged."""

    def __init__(self):
        self.psnr_hand = keras.metrics.Mean()

    def __call__(self, quads, training):
        return quads["image"]

    def update_image_metrics(self, quads, decoded):
        same = np.mean(np.asarray(decoded) == np.asarray(quads["image"]))
        self.psnr_hand.update_state(same)


def test_the_psnr_starts_from_zero_for_every_pool():
    model = Copying()
    model.psnr_hand.update_state(100.0)
    assert foreground_psnr(model, make_pool()) == 1.0
