"""One tiny model, exported once for all tests of this folder."""

from types import SimpleNamespace

import numpy as np
import pytest
import tensorflow as tf

from hand_geo_keras.models import (
    CompactDecoder,
    CompactEncoder,
    PoseEstimator,
    PoseHead,
    ViewSynthesizer,
)
from hand_geo_keras.serving import export

SIZE, POINTS, CODE = 32, 6, 3
_SIZES = {"image_size": SIZE, "num_points": POINTS, "appearance_dim": CODE}
_WIDTHS = (4, 8, 8)


def view_synthesizer(**kwargs):
    encoder = CompactEncoder(**_SIZES, widths=_WIDTHS, hidden_units=8)
    return ViewSynthesizer(encoder, CompactDecoder(**_SIZES, widths=_WIDTHS, **kwargs))


def pose_head():
    return PoseHead(POINTS, hidden_units=(8,))


def crops(count, seed=0):
    """`[count, S, S, 3]` uint8."""
    generator = np.random.default_rng(seed)
    return generator.integers(0, 256, (count, SIZE, SIZE, 3)).astype("uint8")


def joints(count=20):
    """`[count, 21, 3]` in mm."""
    return 40.0 * np.random.default_rng(1).normal(size=(count, 21, 3))


@pytest.fixture(scope="session")
def exported(tmp_path_factory):
    """Models, `base_path`, `path` of version 1, and its loaded `signatures`."""
    views = view_synthesizer()
    # An untrained ReLU may be dead, and the appearance then the same for all crops.
    views.encoder.get_layer("to_appearance").bias.assign(np.ones(CODE))
    model = PoseEstimator(views.encoder, pose_head(), trainable_encoder=True)
    model.adapt(joints())
    for one in (model, views):  # as after training, with the optimizer's state
        one.compile("adam", loss="mse")
        one.optimizer.build(one.trainable_variables)
    base_path = tmp_path_factory.mktemp("served") / "hand_geo"
    path = export(model, base_path, views)
    loaded = tf.saved_model.load(str(path))
    return SimpleNamespace(
        model=model,
        view_synthesizer=views,
        base_path=base_path,
        path=path,
        loaded=loaded,  # owns the variables
        signatures=loaded.signatures,
    )
