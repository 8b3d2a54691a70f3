"""Feature maps of an ImageNet ResNet-18, in which images are compared."""

from typing import Any

import keras
import numpy as np

from hand_geo_keras.losses import resnet18_weights
from hand_geo_keras.losses.resnet18_network import (
    build_network,
    fold_network,
    with_dtype,
)


@keras.saving.register_keras_serializable(package="hand_geo_keras")
class ResNet18Features:
    """Feature maps relu(conv1), layer1 and layer2 of an ImageNet ResNet-18.

    The layers that the reference compares images in (Rhodin et al.,
    `resnet_low_level.py` l.170-184). The network is frozen and computes what
    torchvision computes. Images must be ImageNet-normalised already.

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
        dtype: `"float32"`, or `"bfloat16"` for weights and feature maps of that
            dtype, whose products the hardware sums in float32: features differ by
            about 1 %, at twice the speed where the processor computes in bfloat16.
            By default bfloat16 if the global dtype policy computes in it, else
            float32.

    Call arguments:
        images: `[B, S, S, 3]` float32, ImageNet-normalised.

    Returns:
        List of three float32 maps: `[B, S/2, S/2, 64]`, `[B, S/4, S/4, 64]`,
        `[B, S/8, S/8, 128]`.

    Raises:
        ValueError: another `dtype`.
        WeightsError: the weights are missing, unreachable or do not fit.

    Example:

    ```python
    features = ResNet18Features("resnet18.safetensors")
    stem, layer1, layer2 = features(NormalizeImages()(images))
    ```
    """

    def __init__(
        self,
        weights: Any = "auto",
        max_pooling: bool = True,
        batch_statistics: bool = False,
        dtype: Any = None,
    ) -> None:
        self.weights = weights
        self.max_pooling = max_pooling
        self.batch_statistics = batch_statistics
        self.dtype = dtype
        # Holds the weights as torchvision does, and gives `.weights.h5` files.
        self.network = build_network(max_pooling)
        self.description = self._load()
        self.network.trainable = False
        self._computed = self._in_dtype(_feature_dtype(dtype))

    def __call__(self, images: Any) -> Any:
        maps = self._computed(images, training=self.batch_statistics)
        return [keras.ops.cast(features, "float32") for features in maps]

    def get_config(self) -> dict[str, Any]:
        return {
            "weights": self.weights,
            "max_pooling": self.max_pooling,
            "batch_statistics": self.batch_statistics,
            "dtype": self.dtype,
        }

    @classmethod
    def from_config(cls, config: Any) -> Any:
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

    def _in_dtype(self, dtype):
        """The network that computes the features, frozen."""
        if not self.batch_statistics:
            computed = fold_network(self.network, dtype)
            computed.trainable = False
            return computed
        policy = "mixed_bfloat16" if dtype == "bfloat16" else dtype
        computed = with_dtype(self.network, policy)
        computed.trainable = False
        for layer in computed.layers:  # a frozen one would use the stored statistics
            if isinstance(layer, keras.layers.BatchNormalization):
                layer.trainable = True
        return computed


def _feature_dtype(dtype):
    if dtype is None:
        policy = keras.config.dtype_policy()
        return "bfloat16" if policy.compute_dtype == "bfloat16" else "float32"
    if dtype not in ("float32", "bfloat16"):
        raise ValueError(
            f'`dtype` must be "float32", "bfloat16" or None. Received: dtype={dtype!r}'
        )
    return dtype


def _randomize(network):
    """He-normal kernels from a fixed seed, so that random features are repeatable."""
    generator = np.random.default_rng(0)
    for layer in network.layers:
        if isinstance(layer, keras.layers.Conv2D):
            shape = layer.kernel.shape
            std = np.sqrt(2.0 / np.prod(shape[:-1]))
            layer.kernel.assign(generator.normal(0.0, std, shape).astype("float32"))
