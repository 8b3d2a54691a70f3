"""A small encoder for CPUs and phones."""

import keras

from hand_geo_keras.layers import torch_defaults
from hand_geo_keras.models.functional_part import FunctionalPart
from hand_geo_keras.models.unet_encoder import check_image_size, latent_codes


@keras.saving.register_keras_serializable(package="hand_geo_keras")
class CompactEncoder(FunctionalPart):
    """Encodes an image with strided convolutions and a reduced latent head.

    Ours, not the paper's. Every stage halves the image with a strided convolution
    and adds one residual convolution, so that nothing runs at full size; a 1x1
    convolution thins the last map before it is flattened, which replaces the
    reference's 39 M weights from its last map to `L3D` by about 0.6 M. Plain 3x3
    convolutions, because depthwise ones train slowly on CPUs.

    Args:
        image_size: side of the square image in pixels, divisible by
            `2 ** len(widths)`.
        widths: channels of the stages at 1/2, 1/4, ... of the image size.
        num_points: N, number of latent 3D points.
        appearance_dim: D, length of the appearance code.
        head_channels: channels that the last map is reduced to.
        dropout: rate of the dropout on both codes.
        dtype: dtype policy; the codes are float32 under every policy.
        **kwargs: `name`, `trainable`.

    Call arguments:
        image: `[B, S, S, 3]` float, ImageNet-normalised.

    Returns:
        Dict of `"latent_3d"`: `[B, N, 3]` float32 and `"appearance"`: `[B, D]`
        float32, as of `UNetEncoder`.

    Example:

    ```python
    encoder = CompactEncoder(64)
    encoder(np.zeros((2, 64, 64, 3), "float32"))["latent_3d"].shape  # (2, 200, 3)
    ```
    """

    def __init__(
        self,
        image_size=64,
        widths=(16, 32, 64, 96),
        num_points=200,
        appearance_dim=32,
        head_channels=64,
        dropout=0.1,
        dtype=None,
        **kwargs,
    ):
        check_image_size(image_size, 2 ** len(widths))
        image = keras.Input((image_size, image_size, 3), name="image")
        features = image
        for stage, width in enumerate(widths):
            features = _stage(features, width, f"stage{stage}", dtype)
        features = _conv_norm(features, head_channels, 1, 1, "head", dtype)
        features = keras.layers.ReLU(dtype=dtype)(features)
        code = keras.layers.Flatten(dtype=dtype)(features)
        outputs = latent_codes(code, num_points, appearance_dim, dropout, dtype)
        super().__init__(image, outputs, dtype=dtype, **kwargs)
        self.image_size = image_size
        self.widths = tuple(widths)
        self.num_points = num_points
        self.appearance_dim = appearance_dim
        self.head_channels = head_channels
        self.dropout = dropout

    def get_config(self):
        return {
            **super().get_config(),
            "image_size": self.image_size,
            "widths": list(self.widths),
            "num_points": self.num_points,
            "appearance_dim": self.appearance_dim,
            "head_channels": self.head_channels,
            "dropout": self.dropout,
        }


def _stage(features, width, name, dtype):
    """Strided convolution, then a residual convolution at the smaller size."""
    features = _conv_norm(features, width, 3, 2, f"{name}_down", dtype)
    features = keras.layers.ReLU(dtype=dtype)(features)
    inner = _conv_norm(features, width, 3, 1, f"{name}_residual", dtype)
    total = keras.layers.Add(dtype=dtype)([features, inner])
    return keras.layers.ReLU(dtype=dtype)(total)


def _conv_norm(features, width, size, strides, name, dtype):
    features = torch_defaults.conv2d(
        width,
        size,
        features.shape[-1],
        strides=strides,
        use_bias=False,
        name=f"{name}_conv",
        dtype=dtype,
    )(features)
    return torch_defaults.batch_normalization(name=f"{name}_norm", dtype=dtype)(
        features
    )
