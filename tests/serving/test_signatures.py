import keras
import numpy as np
import pytest
import tensorflow as tf

from hand_geo_keras.models import PoseEstimator, SemiSupervisedPoseEstimator
from hand_geo_keras.serving.signatures import signatures_of
from tests.serving.conftest import SIZE, crops, pose_head, view_synthesizer


class SpreadEstimator(PoseEstimator):
    """A model that says how sure it is."""

    def call(self, inputs, training=None):
        joints = super().call(inputs, training=training)
        return {"joints_mm": joints, "spread_mm": keras.ops.abs(joints[..., 0])}


def test_each_model_offers_what_it_can():
    views = view_synthesizer()
    pose = PoseEstimator(views.encoder, pose_head())
    semi = SemiSupervisedPoseEstimator(views, pose_head())
    everything = {"serving_default", "predict_bytes", "encode", "synthesize"}
    assert set(signatures_of(pose)) == everything - {"synthesize"}
    assert set(signatures_of(pose, views)) == everything
    assert set(signatures_of(semi)) == everything
    assert set(signatures_of(views)) == everything - {"predict_bytes"}


def test_semi_supervised_model_answers_with_its_pose():
    model = SemiSupervisedPoseEstimator(view_synthesizer(), pose_head())
    served = signatures_of(model)["serving_default"].function(tf.constant(crops(2)))
    expected = model({"image": crops(2)}, training=False)
    np.testing.assert_allclose(served["joints_mm"], expected, atol=1e-5)


def test_further_outputs_are_served_by_name():
    model = SpreadEstimator(view_synthesizer().encoder, pose_head())
    served = signatures_of(model)["serving_default"].function(tf.constant(crops(2)))
    assert {name: value.shape for name, value in served.items()} == {
        "joints_mm": (2, 21, 3),
        "spread_mm": (2, 21),
    }


def test_decoder_without_matte_gives_no_mask():
    views = view_synthesizer(background_mode="concat")
    image, rotation = tf.constant(crops(1)), tf.eye(3)[None]
    decoded = signatures_of(views)["synthesize"].function(image, rotation, image)
    assert set(decoded) == {"image"}
    assert decoded["image"].dtype == tf.uint8


def test_refuses_other_models():
    views = view_synthesizer()
    with pytest.raises(ValueError, match=r"`model` must be a PoseEstimator.*Received"):
        signatures_of(views.encoder)
    with pytest.raises(ValueError, match="`view_synthesizer` must be a ViewSynth"):
        signatures_of(PoseEstimator(views.encoder, pose_head()), views.encoder)


def test_refuses_parts_of_different_sizes():
    views = view_synthesizer()
    pose = PoseEstimator(view_synthesizer().encoder, pose_head())
    views.encoder.image_size = 2 * SIZE
    with pytest.raises(ValueError, match=r"size 32.*Received.*size 64"):
        signatures_of(pose, views)
