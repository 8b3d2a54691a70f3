import keras
import numpy as np
import pytest
import tensorflow as tf

from hand_geo_keras.models import JointEncoder, LiftHead, PoseEstimator
from tests import zoo


def test_adapt_takes_mean_and_std_of_valid_joints():
    model = zoo.pose_estimator()
    poses = zoo.joints(50)
    valid = np.ones((50, 21))
    valid[:10, 3] = 0
    poses[:10, 3] = np.nan
    model.adapt(poses, valid)
    np.testing.assert_allclose(
        model.pose_mean[3], poses[10:, 3].mean(axis=0), rtol=1e-4
    )
    np.testing.assert_allclose(model.pose_std[3], poses[10:, 3].std(axis=0), rtol=1e-4)
    np.testing.assert_array_equal(model.pose_std[0], [1, 1, 1])  # the wrist


def test_head_of_zeros_predicts_the_mean_pose():
    model = zoo.pose_estimator()
    layer = model.pose_head.get_layer("to_pose")
    layer.set_weights([0 * weight for weight in layer.get_weights()])
    predicted = model.predict({"image": zoo.images(3)}, verbose=0)
    np.testing.assert_allclose(predicted, np.stack([model.pose_mean] * 3), atol=1e-4)


def test_loss_is_mean_squared_error_of_standardised_valid_joints():
    model = zoo.pose_estimator()
    truth, predicted = zoo.joints(4), zoo.joints(4, 1)
    valid = np.ones((4, 21), "float32")
    valid[0, :7] = 0.0
    valid[1] = 0.0
    std = model.pose_std.numpy()
    squared = (((truth - predicted) / std) ** 2).mean(axis=-1)
    expected = [squared[0, 7:].mean(), 0.0, squared[2].mean(), squared[3].mean()]
    values = model.pose_terms(tf.constant(truth), tf.constant(predicted), valid, "mse")
    np.testing.assert_allclose(values, expected, rtol=1e-4)


def test_labels_of_invalid_joints_may_be_anything():
    model = zoo.pose_estimator()
    inputs, poses, valid = zoo.labelled(4)
    poses = np.where(valid[..., None] > 0, poses, np.nan)
    model.compile("adam", loss="mse")
    logs = model.train_on_batch(inputs, poses, valid, return_dict=True)
    assert np.isfinite(logs["loss"]) and np.isfinite(logs["n_mpjpe"])


def test_latents_and_images_give_the_same_pose():
    model = zoo.pose_estimator(trainable_encoder=False)
    image = zoo.images(4)
    latent_3d = model.latents({"image": image})
    np.testing.assert_allclose(
        model({"latent_3d": latent_3d}), model({"image": image}), atol=1e-3
    )


def test_frozen_encoder_stays_as_it_was():
    model = zoo.pose_estimator(trainable_encoder=False)
    encoder = [np.array(weight) for weight in model.encoder.weights]
    head = [np.array(weight) for weight in model.pose_head.trainable_weights]
    model.compile("adam", loss="mse")
    inputs, poses, valid = zoo.labelled(8)
    model.fit(inputs, poses, sample_weight=valid, verbose=0)
    for before, after in zip(encoder, model.encoder.weights):
        np.testing.assert_array_equal(before, after)
    for before, after in zip(head, model.pose_head.trainable_weights):
        assert not np.array_equal(before, after)


def test_trains_on_cached_latents():
    model = zoo.pose_estimator(dropout=0.0, trainable_encoder=False)
    model.compile(keras.optimizers.Adam(0.01), loss="mse", weighted_metrics=["mae"])
    latent_3d = np.random.default_rng(0).normal(size=(16, zoo.POINTS, 3))
    history = model.fit(
        {"latent_3d": latent_3d.astype("float32")},
        zoo.joints(16),
        sample_weight=np.ones((16, 21), "float32"),
        epochs=30,
        verbose=0,
    ).history
    assert history["loss"][-1] < 0.7 * history["loss"][0]
    assert history["n_mpjpe"][-1] < history["n_mpjpe"][0]
    assert history["mae"][-1] > 1.0  # in millimetres


def test_augmentation_rotates_latents_and_pose_alike():
    model = zoo.pose_estimator(latent_rotation_augmentation=60.0, seed=1)
    points = zoo.joints(6)[:, 1 : 1 + zoo.POINTS] / 40.0
    inputs, rotated = model._rotate(
        {"latent_3d": points}, tf.constant(zoo.joints(6)), True
    )
    np.testing.assert_allclose(
        40.0 * inputs["latent_3d"].numpy(), rotated[:, 1 : 1 + zoo.POINTS], atol=1e-3
    )
    assert np.abs(rotated - zoo.joints(6)).max() > 1.0
    np.testing.assert_allclose(
        np.linalg.norm(rotated, axis=-1),
        np.linalg.norm(zoo.joints(6), axis=-1),
        rtol=1e-4,
        atol=1e-4,
    )


@pytest.mark.parametrize(
    "poses, message",
    [
        (np.zeros((3, 20, 3)), r"\(3, 20, 3\)"),
        (np.zeros((0, 21, 3)), "M >= 1"),
        (np.full((3, 21, 3), np.inf), "not finite"),
    ],
)
def test_adapt_checks_labels(poses, message):
    with pytest.raises(ValueError, match=message):
        zoo.pose_estimator().adapt(poses)


def test_config_holds_every_argument():
    model = zoo.pose_estimator(
        trainable_encoder=False, latent_rotation_augmentation=5.0, seed=3
    )
    again = PoseEstimator.from_config(model.get_config())
    assert again.get_config() == model.get_config()
    assert len(again.trainable_variables) == len(model.trainable_variables) == 6


@pytest.mark.parametrize("whole", [True, False])
def test_unknown_joints_may_be_nan(whole):
    model = zoo.pose_estimator()
    model.compile("sgd", loss="mse")
    inputs, joints, valid = ({"image": zoo.images(2)}, zoo.joints(2), np.ones((2, 21)))
    joints, before = np.array(joints), model.pose_head.get_weights()[0]
    joints[0, 3:] = np.nan
    valid[0, 3:] = 0
    if whole:
        joints[0], valid = np.nan, valid[:, 20]
    model.train_on_batch(inputs, joints, valid.astype("float32"))
    after = model.pose_head.get_weights()[0]
    assert np.isfinite(after).all() and (after != before).any()


def test_a_head_in_millimetres_is_not_standardised_and_keeps_its_scale():
    encoder = JointEncoder(
        16, (4, 8), (0, 1), num_points=25, appearance_dim=3, hidden_units=8
    )
    model = PoseEstimator(encoder, LiftHead(25), latent_rotation_augmentation=1e-6)
    with pytest.raises(ValueError, match="LiftHead gives mm"):
        model.adapt(zoo.joints(5))
    model.compile("sgd", loss="mae")
    inputs = {"image": zoo.images(4), "scale": np.full(4, 0.9, "float32")}
    told = model.compute_terms((inputs, model(inputs)), training=True)["loss"]
    np.testing.assert_allclose(told, 0, atol=0.01)
