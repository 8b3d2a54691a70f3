"""The networks of the reference once more, in plain numpy.

Nothing of the package is used here: the order of layers, paddings, epsilon and the
corner convention are written down a second time, from the reference's description.
"""

import numpy as np

EPSILON = 1e-5


class Weights:
    """Hands out a Keras network's weights by layer name, each layer once."""

    def __init__(self, network):
        self.left = {layer.name: layer.get_weights() for layer in all_layers(network)}

    def __getitem__(self, name):
        return self.left.pop(name)

    def assert_all_used(self):
        assert not [name for name, weights in self.left.items() if weights]


def all_layers(network):
    for layer in network._flatten_layers(include_self=False):
        if not list(layer._flatten_layers(include_self=False)):
            yield layer


def relu(values):
    return np.maximum(values, 0.0)


def conv(images, weights):
    """Stride 1 and zero padding k // 2; kernels are `[k, k, in, out]`."""
    kernel, bias = weights
    size = kernel.shape[0]
    _, height, width, _ = images.shape
    side = [(0, 0), (size // 2, size // 2), (size // 2, size // 2), (0, 0)]
    padded = np.pad(images, side)
    total = 0.0
    for row in range(size):
        for column in range(size):
            part = padded[:, row : row + height, column : column + width]
            total = total + part @ kernel[row, column]
    return total + bias


def dense(values, weights):
    kernel, bias = weights
    return values @ kernel + bias


def norm(values, weights):
    gamma, beta, mean, variance = weights
    return gamma * (values - mean) / np.sqrt(variance + EPSILON) + beta


def max_pool(images):
    batch, height, width, channels = images.shape
    blocks = images.reshape(batch, height // 2, 2, width // 2, 2, channels)
    return blocks.max(axis=(2, 4))


def double(images):
    """Bilinear, end samples on end samples."""
    for axis in (1, 2):
        images = np.apply_along_axis(_double_line, axis, images)
    return images


def _double_line(line):
    size = len(line)
    position = np.linspace(0.0, size - 1.0, 2 * size)
    return np.interp(position, np.arange(size), line)


def unet_encoder(image, weights, num_stages):
    features = image
    for stage in range(num_stages):
        for index in range(2):
            features = conv(features, weights[f"stage{stage}_conv{index}"])
            features = relu(norm(features, weights[f"stage{stage}_norm{index}"]))
        if stage < num_stages - 1:
            features = max_pool(features)
    code = features.reshape(len(image), -1)
    latent_3d = dense(code, weights["to_latent_3d"]).reshape(len(image), -1, 3)
    return {
        "latent_3d": latent_3d,
        "appearance": relu(dense(code, weights["to_appearance"])),
    }


def view_decoder(inputs, weights, num_stages):
    latent_3d, code = inputs["latent_3d"], inputs["appearance"]
    batch, side = len(code), inputs["background"].shape[1] >> (num_stages - 1)
    hand = relu(dense(latent_3d.reshape(batch, -1), weights["from_latent_3d"]))
    hand = hand.reshape(batch, side, side, -1)
    tiled = np.broadcast_to(code[:, None, None], (batch, side, side, code.shape[1]))
    features = np.concatenate([tiled, hand], axis=-1)
    for stage in range(num_stages - 2, -1, -1):
        features = conv(double(features), weights[f"up{stage}_conv0"])
        features = relu(norm(features, weights[f"up{stage}_norm"]))
        if stage > 0:
            features = relu(conv(features, weights[f"up{stage}_conv1"]))
            features = relu(conv(features, weights[f"up{stage}_conv2"]))
    background = inputs["background"]
    for index in range(2):
        background = conv(background, weights[f"background_conv_{index}"])
        background = relu(norm(background, weights[f"background_norm_{index}"]))
    features = np.concatenate([background, features], axis=-1)
    features = relu(conv(features, weights["merge_0"]))
    features = relu(conv(features, weights["merge_1"]))
    return conv(features, weights["to_rgb"])


def pose_head(latent_3d, weights, num_layers):
    features = latent_3d.reshape(len(latent_3d), -1)
    for index in range(num_layers):
        # ReLU before the normalisation, as in the reference.
        features = relu(dense(features, weights[f"hidden{index}"]))
        features = norm(features, weights[f"norm{index}"])
    return dense(features, weights["to_pose"]).reshape(len(latent_3d), -1, 3)


def randomize(network, seed=0):
    """Gives every weight, batch statistics too, a value that shows."""
    generator = np.random.default_rng(seed)
    for weight in network.weights:
        if weight.path.endswith(("gamma", "moving_variance")):
            value = generator.uniform(0.05, 2.0, weight.shape)
        elif weight.path.endswith("kernel"):
            fan_in = np.prod(weight.shape[:-1])
            value = generator.normal(0.0, 1.5 * fan_in**-0.5, weight.shape)
        else:
            value = generator.normal(0.0, 0.3, weight.shape)
        weight.assign(value.astype("float32"))


def assert_pytorch_weights(network):
    """Kernels and biases fill U(-1/sqrt(fan_in), 1/sqrt(fan_in)), as PyTorch's do."""
    checked = 0
    for layer in all_layers(network):
        weights = layer.get_weights()
        if len(weights) != 2:  # kernel and bias
            continue
        kernel, bias = weights
        bound = np.prod(kernel.shape[:-1]) ** -0.5
        np.testing.assert_allclose(kernel.std(), bound / np.sqrt(3), rtol=0.15)
        assert np.abs(kernel).max() <= bound * 1.0001
        assert 0.3 * bound < np.abs(bias).max() <= bound * 1.0001
        checked += 1
    assert checked
