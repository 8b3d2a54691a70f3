import numpy as np
import pytest

from hand_geo_keras.losses import PixelFeatureLoss
from tests import zoo


@pytest.fixture(scope="module")
def trained():
    """A model after one step on 3 labelled images and 5 quads, and its logs."""
    model = zoo.semi_supervised()
    model.pose_loss_weight = 0.25
    model.compile("adam", loss=PixelFeatureLoss(feature_weight=0.0))
    before = model.view_synthesizer.encoder.get_weights()
    inputs, poses, valid = zoo.mixed(3)
    inputs["unlabelled"] = zoo.quads(5)
    logs = model.train_on_batch(inputs, poses, valid, return_dict=True)
    return model, before, logs


def test_loss_is_the_weighted_sum_of_both(trained):
    _, _, logs = trained
    expected = logs["view_loss"] + 0.25 * logs["pose_loss"]
    assert logs["loss"] == pytest.approx(expected, rel=1e-4)
    assert {"n_mpjpe", "psnr_hand"} <= set(logs)


def test_there_is_one_encoder_and_both_losses_train_it(trained):
    model, before, _ = trained
    encoder = model.view_synthesizer.encoder
    assert encoder is model.pose_estimator.encoder
    paths = {variable.path for variable in encoder.variables}
    owned = [variable for variable in model.variables if variable.path in paths]
    assert len(owned) == len(paths)
    for old, new in zip(before, encoder.get_weights()):
        assert not np.array_equal(old, new)


def test_parts_are_not_compiled_by_saving_the_whole(trained):
    config = trained[0].get_config()
    again = type(trained[0]).from_config(config)
    assert not again.view_synthesizer.compiled
    assert again.get_config() == config


def test_predicts_and_evaluates_like_a_pose_estimator(trained):
    model, _, _ = trained
    predicted = model.predict({"image": zoo.images(3)}, verbose=0)
    np.testing.assert_allclose(
        predicted, model.pose_estimator({"image": zoo.images(3)}), atol=1e-3
    )
    inputs, poses, valid = zoo.labelled(4)
    logs = model.evaluate(
        inputs, poses, sample_weight=valid, verbose=0, return_dict=True
    )
    assert logs["n_mpjpe"] > 0
    assert logs["loss"] == pytest.approx(0.25 * logs["pose_loss"], rel=1e-4)
