"""The first layers of a ResNet-18, built with the padding of its weights.

The only module that imports keras_cv.
"""

import keras
import numpy as np

from hand_geo_keras.layers.policy_scope import policy_scope
from hand_geo_keras.losses import resnet18_weights

_OUTPUTS = ("conv1_relu", "v2_stack_0_block2_out", "v2_stack_1_block2_out")


@keras.saving.register_keras_serializable(package="hand_geo_keras")
class ResNet18Features:
    """Feature maps relu(conv1), layer1 and layer2 of an ImageNet ResNet-18.

    The layers that the reference compares images in (Rhodin et al.,
    `resnet_low_level.py` l.170-184). The network is frozen, float32 under every
    policy, and computes what torchvision computes: keras_cv's strided layers pad
    asymmetrically, which is worth 30 % of the features with weights trained
    elsewhere, so they are rebuilt with symmetric padding. Images must be
    ImageNet-normalised already.

    Args:
        weights: path of a weight file (`.pth`, `.safetensors` or `.npz` with
            torchvision's names, plain or with folded batch normalisation;
            `.weights.h5` of this network), `"imagenet"` (downloads torchvision's
            weights once and verifies them), `"auto"` (the file that the environment
            variable `HAND_GEO_RESNET18` names, else `"imagenet"`), or `None` (random
            with a fixed seed).
        max_pooling: whether conv1 is followed by its max-pool, as in torchvision
            and the released reference configuration.
        batch_statistics: `True` normalises with the statistics of the batch at
            hand, as the reference does (it never switches the network to inference
            mode); a change of contrast of the whole batch then goes unpunished.
            Needs weights whose batch normalisation is not folded.

    Call arguments:
        images: `[B, S, S, 3]` float32, ImageNet-normalised.

    Returns:
        List of three float32 maps: `[B, S/2, S/2, 64]`, `[B, S/4, S/4, 64]`,
        `[B, S/8, S/8, 128]`.

    Raises:
        WeightsError: the weights are missing, unreachable or do not fit.

    Example:

    ```python
    features = ResNet18Features("resnet18.safetensors")
    stem, layer1, layer2 = features(NormalizeImages()(images))
    ```
    """

    def __init__(self, weights="auto", max_pooling=True, batch_statistics=False):
        self.weights = weights
        self.max_pooling = max_pooling
        self.batch_statistics = batch_statistics
        self.network = _build_network(max_pooling)
        self.description = self._load()
        self._freeze()

    def __call__(self, images):
        return self.network(images, training=self.batch_statistics)

    def get_config(self):
        return {
            "weights": self.weights,
            "max_pooling": self.max_pooling,
            "batch_statistics": self.batch_statistics,
        }

    @classmethod
    def from_config(cls, config):
        return cls(**config)

    def _load(self):
        path, description = resnet18_weights.locate(self.weights)
        if path is None:
            _randomize(self.network)
        elif path.endswith(".weights.h5"):
            resnet18_weights.load_keras(self.network, path)
        else:
            tensors = resnet18_weights.read(path)
            resnet18_weights.assign(self.network, tensors, path, self.batch_statistics)
        if self.batch_statistics:
            description += ", batch statistics"
        return description

    def _freeze(self):
        self.network.trainable = False
        if self.batch_statistics:  # a frozen layer would use the stored statistics
            for layer in self.network.layers:
                if isinstance(layer, keras.layers.BatchNormalization):
                    layer.trainable = True


def _build_network(max_pooling):
    """keras_cv's graph, cut after layer2, with symmetric padding."""
    import keras_cv  # slow to import, and only training needs it

    with policy_scope("float32"):
        backbone = keras_cv.models.ResNetBackbone(
            stackwise_filters=[64, 128],
            stackwise_blocks=[2, 2],
            stackwise_strides=[1, 2],
            block_type="basic_block",
            include_rescaling=False,
            input_shape=(None, None, 3),
        )
        cut = keras.Model(
            backbone.input, [backbone.get_layer(name).output for name in _OUTPUTS]
        )
        return keras.models.clone_model(
            cut,
            clone_function=_without_padding,
            call_function=_pad_then_call if max_pooling else _skip_pool,
        )


def _is_padded_and_strided(layer):
    window = getattr(layer, "kernel_size", None) or getattr(layer, "pool_size", (1,))
    return window[0] > 1 and layer.strides[0] > 1


def _without_padding(layer):
    config = layer.get_config()
    if hasattr(layer, "strides") and _is_padded_and_strided(layer):
        config["padding"] = "valid"
    return layer.__class__.from_config(config)


def _pad_then_call(layer, *args, **kwargs):
    if not (hasattr(layer, "strides") and _is_padded_and_strided(layer)):
        return layer(*args, **kwargs)
    window = getattr(layer, "kernel_size", None) or layer.pool_size
    # Zeros serve the max-pool as well: its inputs come from a ReLU.
    padded = keras.layers.ZeroPadding2D(window[0] // 2, name=f"{layer.name}_pad")(
        args[0]
    )
    return layer(padded, *args[1:], **kwargs)


def _skip_pool(layer, *args, **kwargs):
    if isinstance(layer, keras.layers.MaxPooling2D):
        return args[0]
    return _pad_then_call(layer, *args, **kwargs)


def _randomize(network):
    """He-normal kernels from a fixed seed, so that random features are repeatable."""
    generator = np.random.default_rng(0)
    for layer in network.layers:
        if isinstance(layer, keras.layers.Conv2D):
            shape = layer.kernel.shape
            std = np.sqrt(2.0 / np.prod(shape[:-1]))
            layer.kernel.assign(generator.normal(0.0, std, shape).astype("float32"))
