"""The reference's second encoder, on an ImageNet ResNet-50."""

from typing import Any

import keras

from hand_geo_keras.layers import torch_defaults
from hand_geo_keras.layers.normalize_images import IMAGENET_MEAN, IMAGENET_STD
from hand_geo_keras.layers.policy_scope import policy_scope
from hand_geo_keras.models.functional_part import FunctionalPart

_CAFFE_MEAN = (123.68, 116.779, 103.939)  # RGB; what keras.applications subtracts
_FROZEN = ("conv1_", "conv2_", "conv3_")  # torchvision: conv1, bn1, layer1, layer2


@keras.saving.register_keras_serializable(package="hand_geo_keras")
class ResNet50Encoder(FunctionalPart):
    """Encodes an image with a ResNet-50 up to its fourth stage.

    The encoder of the reference's released weights (Rhodin et al.,
    `resnet_VNECT_3Donly.py` l.102-183): ImageNet ResNet-50 up to layer3, three new
    bottlenecks, a 3x3 and a strided 5x5 convolution without padding, batch
    normalisation, a sigmoid bottleneck of 128 units, and one linear layer whose
    outputs are `L_app` and `L3D`. Stem, layer1 and layer2 are frozen, and so are
    their batch statistics (the reference lets those drift). keras.applications'
    ResNet-50 has its strides in the 1x1 convolutions, torchvision's in the 3x3.

    Args:
        image_size: side of the square image in pixels, a multiple of 16 of at
            least 112.
        num_points: N, number of latent 3D points.
        appearance_dim: D, length of the appearance code.
        weights: `None`, `"imagenet"` (downloaded by keras.applications) or the path
            of a `notop` weight file; see `keras.applications.ResNet50`.
        dtype: dtype policy; the codes are float32 under every policy.
        **kwargs: `name`, `trainable`.

    Call arguments:
        image: `[B, S, S, 3]` float, ImageNet-normalised.

    Returns:
        Dict of `"latent_3d"`: `[B, N, 3]` float32 and `"appearance"`: `[B, D]`
        float32, linear functions of the sigmoid bottleneck.

    Example:

    ```python
    encoder = ResNet50Encoder(weights="imagenet")
    encoder(np.zeros((2, 128, 128, 3), "float32"))["appearance"].shape  # (2, 128)
    ```
    """

    def __init__(
        self,
        image_size: int = 128,
        num_points: int = 200,
        appearance_dim: int = 128,
        weights: Any = None,
        dtype: Any = None,
        **kwargs: Any,
    ) -> None:
        if image_size % 16 or image_size < 112:
            raise ValueError(
                "`image_size` must be a multiple of 16 of at least 112. "
                f"Received: image_size={image_size}"
            )
        image = keras.Input((image_size, image_size, 3), name="image")
        trunk = _trunk(image_size, weights, dtype)
        features = trunk(_caffe_normalized(image, dtype))  # [B, S/16, S/16, 1024]
        for index in range(3):
            features = _bottleneck(features, f"new{index}", dtype)
        for filters, size, stride, activation in (
            (512, 3, 1, "relu"),
            (128, 5, 2, "sigmoid"),
        ):
            features = _conv_norm(
                features, filters, size, f"reduce{filters}", dtype, "valid", stride
            )
            features = keras.layers.Activation(activation, dtype=dtype)(features)
        code = keras.layers.Flatten(dtype=dtype)(features)  # [B, 128] at 128 px
        outputs = _split(code, num_points, appearance_dim)
        super().__init__(image, outputs, dtype=dtype, **kwargs)
        self.image_size = image_size
        self.num_points = num_points
        self.appearance_dim = appearance_dim

    def get_config(self) -> dict[str, Any]:
        # Without `weights`: a saved model brings its own.
        return {
            **super().get_config(),
            "image_size": self.image_size,
            "num_points": self.num_points,
            "appearance_dim": self.appearance_dim,
        }


def _trunk(image_size, weights, dtype):
    """ResNet-50 up to torchvision's layer3 with the early stages frozen."""
    with policy_scope(dtype):
        network = keras.applications.ResNet50(
            include_top=False,
            weights=weights,
            input_shape=(image_size, image_size, 3),
        )
    output = network.get_layer("conv4_block6_out").output
    trunk = keras.Model(network.input, output, name="resnet50")
    for layer in trunk.layers:
        if layer.name.startswith(_FROZEN):
            layer.trainable = False
    return trunk


def _caffe_normalized(image, dtype):
    """ImageNet-normalised RGB -> the BGR that keras.applications' weights want."""
    scale = [255.0 * std for std in IMAGENET_STD]
    offset = [255.0 * mean - caffe for mean, caffe in zip(IMAGENET_MEAN, _CAFFE_MEAN)]
    rgb = keras.layers.Rescaling(scale, offset, dtype=dtype)(image)
    return keras.ops.flip(rgb, axis=-1)


def _bottleneck(features, name, dtype):
    """1x1, 3x3 and 1x1 convolution around a shortcut, 256 channels inside."""
    inner = features
    for index, (filters, size) in enumerate(((256, 1), (256, 3), (1024, 1))):
        if index > 0:
            inner = keras.layers.ReLU(dtype=dtype)(inner)
        inner = _conv_norm(inner, filters, size, f"{name}_{index}", dtype)
    total = keras.layers.Add(dtype=dtype)([features, inner])
    return keras.layers.ReLU(dtype=dtype)(total)


def _conv_norm(features, filters, size, name, dtype, padding="same", strides=1):
    # The reference's ResNets sample He-normal kernels themselves.
    features = keras.layers.Conv2D(
        filters,
        size,
        strides=strides,
        padding=padding,
        use_bias=False,
        kernel_initializer="he_normal",
        name=f"{name}_conv",
        dtype=dtype,
    )(features)
    return torch_defaults.batch_normalization(name=f"{name}_norm", dtype=dtype)(
        features
    )


def _split(code, num_points, appearance_dim):
    """One linear layer; its first D outputs are `L_app`, the others `L3D`."""
    both = torch_defaults.dense(
        appearance_dim + 3 * num_points,
        code.shape[-1],
        name="to_codes",
        dtype="float32",
    )(code)
    latent_3d = keras.layers.Reshape(
        (num_points, 3), dtype="float32", name="latent_3d"
    )(both[:, appearance_dim:])
    return {"latent_3d": latent_3d, "appearance": both[:, :appearance_dim]}
