"""Agreement with a forward pass in plain TensorFlow with torchvision's padding."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from hand_geo_keras.errors import WeightsError
from hand_geo_keras.losses import ResNet18Features

CONVS = {"conv1": (64, 3, 7), "layer2.0.downsample.0": (128, 64, 1)}
for block, (first, second) in {
    "layer1.0": (64, 64),
    "layer1.1": (64, 64),
    "layer2.0": (64, 128),
    "layer2.1": (128, 128),
}.items():
    CONVS[f"{block}.conv1"] = (second, first, 3)
    CONVS[f"{block}.conv2"] = (second, second, 3)


def norm_name(conv):
    return conv.replace("downsample.0", "downsample.1").replace("conv", "bn")


def plain_tensors():
    """Random convolutions and batch normalisations under torchvision's names."""
    generator = np.random.default_rng(0)
    tensors = {}
    for conv, (out, inner, size) in CONVS.items():
        scale = np.sqrt(2.0 / (inner * size**2))
        tensors[f"{conv}.weight"] = scale * generator.normal(
            size=(out, inner, size, size)
        )
        norm = norm_name(conv)
        tensors[f"{norm}.weight"] = generator.uniform(0.5, 1.5, out)
        tensors[f"{norm}.bias"] = generator.normal(0, 0.1, out)
        tensors[f"{norm}.running_mean"] = generator.normal(0, 0.1, out)
        tensors[f"{norm}.running_var"] = generator.uniform(0.5, 1.5, out)
    return {name: tensor.astype("float32") for name, tensor in tensors.items()}


def folded(tensors):
    """The same network with each batch normalisation folded into its convolution."""
    result = {}
    for conv in CONVS:
        norm = norm_name(conv)
        scale = tensors[f"{norm}.weight"] / np.sqrt(
            tensors[f"{norm}.running_var"] + 1e-5
        )
        result[f"{conv}.weight"] = (
            tensors[f"{conv}.weight"] * scale[:, None, None, None]
        )
        result[f"{conv}.bias"] = (
            tensors[f"{norm}.bias"] - scale * tensors[f"{norm}.running_mean"]
        )
    return result


def convolve(images, tensors, name, stride=1):
    kernel = tensors[f"{name}.weight"].transpose(2, 3, 1, 0)
    side = kernel.shape[0] // 2
    padded = tf.pad(images, [[0, 0], [side, side], [side, side], [0, 0]])
    convolved = tf.nn.conv2d(padded, kernel, stride, "VALID")
    return convolved + tensors[f"{name}.bias"]


def residual_block(images, tensors, name, stride=1):
    inner = tf.nn.relu(convolve(images, tensors, f"{name}.conv1", stride))
    inner = convolve(inner, tensors, f"{name}.conv2")
    if stride > 1:
        images = convolve(images, tensors, f"{name}.downsample.0", stride)
    return tf.nn.relu(images + inner)


def independent_features(images, tensors, max_pooling=True):
    """`tensors` are folded."""
    stem = tf.nn.relu(convolve(images, tensors, "conv1", 2))
    maps = stem
    if max_pooling:
        maps = tf.pad(stem, [[0, 0], [1, 1], [1, 1], [0, 0]])
        maps = tf.nn.max_pool2d(maps, 3, 2, "VALID")
    layer1 = residual_block(
        residual_block(maps, tensors, "layer1.0"), tensors, "layer1.1"
    )
    layer2 = residual_block(layer1, tensors, "layer2.0", 2)
    return stem, layer1, residual_block(layer2, tensors, "layer2.1")


def assert_features_agree(features, images, tensors, max_pooling=True):
    expected = independent_features(images, tensors, max_pooling)
    for own, other in zip(features(images), expected, strict=True):
        error = np.abs(own - other).mean() / np.abs(other).mean()
        print(f"relative difference {error:.2e}")
        assert error < 1e-4


@pytest.fixture
def images():
    return np.random.default_rng(1).normal(size=(2, 32, 32, 3)).astype("float32")


def test_real_weights_agree_with_an_independent_forward_pass(shared_dir, images):
    path = shared_dir / "weights" / "resnet18_imagenet_conv1_to_layer2_bn_folded.npz"
    features = ResNet18Features(str(path))
    assert path.name in features.description
    assert_features_agree(features, images, np.load(path))


@pytest.mark.parametrize("max_pooling", [True, False])
def test_plain_npz_agrees(tmp_path, images, max_pooling):
    np.savez(tmp_path / "plain.npz", **plain_tensors())
    features = ResNet18Features(str(tmp_path / "plain.npz"), max_pooling)
    assert_features_agree(features, images, folded(plain_tensors()), max_pooling)


def test_safetensors_agree(tmp_path, images):
    safetensors = pytest.importorskip("safetensors.numpy")
    path = str(tmp_path / "model.safetensors")
    extra = {"fc.weight": np.zeros((2, 2), "float32")}
    safetensors.save_file({**plain_tensors(), **extra}, path)
    assert_features_agree(ResNet18Features(path), images, folded(plain_tensors()))


def test_keras_weights_agree(tmp_path, images):
    np.savez(tmp_path / "plain.npz", **plain_tensors())
    features = ResNet18Features(str(tmp_path / "plain.npz"))
    path = str(tmp_path / "features.weights.h5")
    features.network.save_weights(path)
    for own, other in zip(ResNet18Features(path)(images), features(images)):
        np.testing.assert_array_equal(own, other)


def test_batch_statistics_undo_a_change_of_contrast(tmp_path, images):
    np.savez(tmp_path / "plain.npz", **plain_tensors())
    path = str(tmp_path / "plain.npz")
    batch = ResNet18Features(path, batch_statistics=True)
    stored = ResNet18Features(path)
    assert "batch statistics" in batch.description
    for features, is_blind in ((batch, True), (stored, False)):
        stem, changed = features(images)[0], features(3.0 * images)[0]
        assert np.allclose(stem, changed, atol=1e-2) == is_blind


def test_batch_statistics_need_plain_weights(tmp_path):
    np.savez(tmp_path / "folded.npz", **folded(plain_tensors()))
    with pytest.raises(WeightsError, match="folded"):
        ResNet18Features(str(tmp_path / "folded.npz"), batch_statistics=True)


def input_gradient(features, images):
    """Gradient of a sum of squares of all feature maps."""
    images = tf.constant(images)
    with tf.GradientTape() as tape:
        tape.watch(images)
        loss = sum(tf.reduce_mean(maps**2) for maps in features(images))
    return tape.gradient(loss, images).numpy()


@pytest.mark.parametrize("size", [32, 33, 40])
@pytest.mark.parametrize("max_pooling", [True, False])
def test_gradients_are_those_of_the_plain_network(tmp_path, size, max_pooling):
    np.savez(tmp_path / "plain.npz", **plain_tensors())
    features = ResNet18Features(str(tmp_path / "plain.npz"), max_pooling)
    images = np.random.default_rng(2).normal(size=(2, size, size, 3)).astype("float32")
    for own, plain in zip(features(images), features.network(images), strict=True):
        np.testing.assert_allclose(own, plain, rtol=1e-4, atol=1e-4)
    own, plain, independent = (
        input_gradient(network, images)
        for network in (
            features,
            features.network,
            lambda x: independent_features(x, folded(plain_tensors()), max_pooling),
        )
    )
    for other in (plain, independent):
        assert np.abs(own - other).max() < 1e-4 * np.abs(other).max()


@pytest.mark.parametrize("batch_statistics", [False, True])
def test_bfloat16_rounds_the_features(tmp_path, images, batch_statistics):
    np.savez(tmp_path / "plain.npz", **plain_tensors())
    exact, rounded = (
        ResNet18Features(
            str(tmp_path / "plain.npz"), batch_statistics=batch_statistics, dtype=dtype
        )
        for dtype in ("float32", "bfloat16")
    )
    for own, other in zip(rounded(images), exact(images), strict=True):
        assert own.dtype == "float32"
        error = np.abs(own - other).mean() / np.abs(other).mean()
        assert 1e-4 < error < 0.02
    gradient, expected = (input_gradient(net, images) for net in (rounded, exact))
    # Rounding turns some ReLUs on or off, so that single values differ by more.
    cosine = (gradient * expected).sum() / np.sqrt(
        (gradient**2).sum() * (expected**2).sum()
    )
    assert 0.97 < cosine < 1.0 - 1e-6


@pytest.mark.parametrize(
    "policy, dtype", [("mixed_float16", "float32"), ("mixed_bfloat16", "bfloat16")]
)
def test_only_bfloat16_policies_lower_the_precision(images, policy, dtype):
    keras.config.set_dtype_policy(policy)
    try:
        features = ResNet18Features(None)
        assert keras.config.dtype_policy().name == policy
    finally:
        keras.config.set_dtype_policy("float32")
    for own, other in zip(
        features(images), ResNet18Features(None, dtype=dtype)(images)
    ):
        np.testing.assert_array_equal(own, other)
    assert all(maps.dtype == "float32" for maps in features(images))
    assert [maps.shape[1:] for maps in features(images)] == [
        (16, 16, 64),
        (8, 8, 64),
        (4, 4, 128),
    ]


def test_another_dtype_is_refused():
    with pytest.raises(ValueError, match="float16"):
        ResNet18Features(None, dtype="float16")


def test_random_features_are_repeatable(images):
    first, second = ResNet18Features(None), ResNet18Features(None)
    np.testing.assert_array_equal(first(images)[2], second(images)[2])
