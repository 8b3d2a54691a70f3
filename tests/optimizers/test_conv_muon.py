"""Tests that kernels get orthogonalised updates and everything else AdamW's."""

import keras
import numpy as np
import pytest

from hand_geo_keras.optimizers.conv_muon import ConvMuon

RATE = 0.01


def variables():
    rng = np.random.default_rng(0)
    shapes = {"conv_kernel": (3, 3, 4, 8), "out_kernel": (1, 1, 8, 4), "dense": (8, 4)}
    return {
        name: keras.Variable(rng.normal(size=shape), name=name, dtype="float32")
        for name, shape in shapes.items()
    }


def changes(optimizer, steps=1):
    own = variables()
    before = {name: np.array(variable) for name, variable in own.items()}
    rng = np.random.default_rng(1)
    gradients = [rng.normal(size=v.shape).astype("float32") for v in own.values()]
    for _ in range(steps):
        optimizer.apply(
            [keras.ops.convert_to_tensor(g) for g in gradients], list(own.values())
        )
    return gradients, {n: before[n] - np.array(v) for n, v in own.items()}


def test_update_of_a_kernel_is_nearly_orthogonal_and_along_the_gradient():
    optimizer = ConvMuon(RATE, weight_decay=0.0)
    (gradient, *_), changed = changes(optimizer)
    matrix = changed["conv_kernel"].reshape(36, 8)
    scale = RATE * 0.2 * np.sqrt(36)
    values = np.linalg.svd(matrix / scale, compute_uv=False)
    assert values.min() > 0.5 and values.max() < 1.3
    # The same singular vectors as the gradient's, seen as a matrix.
    left, _, right = np.linalg.svd(gradient.reshape(36, 8), full_matrices=False)
    polar = left @ right
    cosine = (matrix * polar).sum() / np.linalg.norm(matrix) / np.linalg.norm(polar)
    assert cosine > 0.98


@pytest.mark.parametrize("name", ["out_kernel", "dense"])
def test_others_are_updated_as_by_adamw(name):
    optimizer = ConvMuon(RATE, exclude_layers=["out"], weight_decay=0.1)
    _, changed = changes(optimizer, 3)
    _, by_adamw = changes(keras.optimizers.AdamW(RATE, weight_decay=0.1), 3)
    np.testing.assert_allclose(changed[name], by_adamw[name], atol=1e-6)


def test_survives_its_configuration():
    optimizer = ConvMuon(RATE, exclude_layers=["out"], momentum=0.9)
    config = keras.optimizers.serialize(optimizer)
    again = keras.optimizers.deserialize(config)
    assert isinstance(again, ConvMuon) and again.get_config() == optimizer.get_config()
    for one, other in zip(
        changes(again)[1].values(), changes(optimizer)[1].values(), strict=True
    ):
        np.testing.assert_array_equal(one, other)


def test_one_layer_may_be_excluded_by_its_name_alone():
    assert ConvMuon(exclude_layers="out").exclude_layers == ["out"]
