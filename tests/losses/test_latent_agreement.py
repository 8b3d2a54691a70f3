import numpy as np
import tensorflow as tf
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.linalg import polar
from scipy.spatial.transform import Rotation

from hand_geo_keras.losses.latent_agreement import (
    orientation_distance,
    relative_distance,
    whitened,
)

# Longest to shortest axis; the flattest are what a little trained encoder gives.
SCALES = st.tuples(st.floats(0.03, 1), st.floats(0.03, 1), st.just(1.0))


def cloud(seed, scales=(1.0, 0.5, 0.2), points=30):
    values = np.random.default_rng(seed).normal(size=(points, 3))
    return (values * scales).astype("float32")


@given(st.integers(0, 1000), SCALES)
@settings(max_examples=30, deadline=None)
def test_whitened_points_are_the_polar_factor(seed, scales):
    points = cloud(seed, scales)
    expected, _ = polar(points - points.mean(0))
    # The ridge, 1e-5 of the trace, shows where an axis is 3 % of the longest.
    np.testing.assert_allclose(whitened(points), expected, atol=0.02)


@given(st.integers(0, 1000), SCALES, st.floats(0.01, 100))
@settings(max_examples=30, deadline=None)
def test_whitened_points_rotate_with_the_points(seed, scales, scale):
    points = cloud(seed, scales)
    rotation = Rotation.random(random_state=seed).as_matrix().astype("float32")
    rotated = whitened((points @ rotation.T + np.float32([5, -3, 2])) * scale)
    np.testing.assert_allclose(rotated, whitened(points) @ rotation.T, atol=2e-3)


def test_orientation_distance_follows_the_angle_about_any_axis():
    points = cloud(0, (1.0, 0.05, 0.05))
    for axis in np.eye(3):
        for angle in (0.0, 0.7, 2.0):
            rotated = points @ Rotation.from_rotvec(angle * axis).as_matrix().T
            distance = orientation_distance(
                whitened(points), whitened(rotated.astype("float32"))
            )
            np.testing.assert_allclose(distance, 2 / 3 * (1 - np.cos(angle)), atol=0.01)


def test_a_plain_distance_overlooks_the_roll_of_a_thin_cloud():
    points = cloud(0, (1.0, 0.05, 0.05))
    rolled = points * np.float32([1, -1, -1])
    assert relative_distance(points, rolled) < 0.02
    assert orientation_distance(whitened(points), whitened(rolled)) > 1.3


def test_unconnected_clouds_are_one_apart():
    one, other = (np.stack([cloud(s + k) for s in range(300)]) for k in (0, 1000))
    distances = orientation_distance(whitened(one), whitened(other))
    np.testing.assert_allclose(np.mean(distances), 1, atol=0.05)


def test_gradients_are_finite_for_equal_axes_and_for_collinear_points():
    ball = np.concatenate([np.eye(3), -np.eye(3)]).astype("float32")
    line = cloud(0) * np.float32([1, 0, 0])
    for points in (ball, line, 0 * ball):
        target = whitened(cloud(1, points=len(points)))
        points = tf.Variable(points)
        with tf.GradientTape() as tape:
            distance = orientation_distance(whitened(points), target)
        assert np.isfinite(tape.gradient(distance, points)).all()
        assert np.isfinite(distance)
