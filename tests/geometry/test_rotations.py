import numpy as np
import tensorflow as tf
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial.transform import Rotation

from hand_geo_keras.geometry.rotations import relative_rotation, roll_matrix


@settings(deadline=None)  # the first call starts TensorFlow
@given(st.floats(-10, 10))
def test_roll_agrees_with_scipy_in_numpy_and_tensorflow(angle):
    expected = Rotation.from_euler("z", angle).as_matrix()
    np.testing.assert_allclose(roll_matrix(angle), expected, atol=1e-12)
    np.testing.assert_allclose(roll_matrix(tf.constant(angle), tf), expected, atol=1e-4)


@given(st.integers(0, 1000))
def test_there_and_back_is_the_identity(seed):
    source, target = Rotation.random(2, rng=seed).as_matrix()
    there = relative_rotation(source, target)
    back = relative_rotation(target, source)
    np.testing.assert_allclose(there @ back, np.eye(3), atol=1e-12)


def test_relative_rotation_contains_both_rolls():
    """R_ij = Rz(θ_j) R_j R_iᵀ Rz(θ_i)ᵀ once both images are rolled."""
    source, target = Rotation.random(2, rng=0).as_matrix()
    roll_i, roll_j = roll_matrix(0.3), roll_matrix(-0.5)
    rolled = relative_rotation(roll_i @ source, roll_j @ target)
    expected = roll_j @ relative_rotation(source, target) @ roll_i.T
    np.testing.assert_allclose(rolled, expected, atol=1e-12)
