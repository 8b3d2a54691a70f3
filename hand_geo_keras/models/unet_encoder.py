"""The reference's convolutional encoder, sizes as arguments."""

from collections.abc import Sequence
from typing import Any

import keras

from hand_geo_keras.layers import torch_defaults
from hand_geo_keras.models.blocks import check_image_size
from hand_geo_keras.models.functional_part import FunctionalPart


@keras.saving.register_keras_serializable(package="hand_geo_keras")
class UNetEncoder(FunctionalPart):
    """Encodes an image into latent 3D points and an appearance code.

    The reference's "UNet" encoder (Rhodin et al., `unet_encode3D.py` l.111-195) has
    no skip connections: per width one stage of twice (3x3 convolution, batch
    normalisation, ReLU), a 2x2 max-pool after every stage but the last, then
    one fully connected layer each for `L3D` (linear) and `L_app` (ReLU), both
    with dropout. The defaults are the reference's sizes, 48.9 M parameters.

    Args:
        image_size: side of the square image in pixels, divisible by
            `2 ** (len(widths) - 1)`.
        widths: channels of the stages.
        num_points: N, number of latent 3D points.
        appearance_dim: D, length of the appearance code.
        dropout: rate of the dropout on both codes (0 in the pose stage).
        dtype: dtype policy; the codes are float32 under every policy.
        **kwargs: `name`, `trainable`.

    Call arguments:
        image: `[B, S, S, 3]` float, ImageNet-normalised.

    Returns:
        Dict of `"latent_3d"`: `[B, N, 3]` float32, points in the frame of the
        image's virtual camera in learned units, and `"appearance"`: `[B, D]` float32.

    Example:

    ```python
    encoder = UNetEncoder(64, widths=(8, 16, 32, 64), appearance_dim=32)
    encoder(np.zeros((2, 64, 64, 3), "float32"))["latent_3d"].shape  # (2, 200, 3)
    ```
    """

    def __init__(
        self,
        image_size: int = 128,
        widths: Sequence[int] = (32, 64, 128, 256),
        num_points: int = 200,
        appearance_dim: int = 128,
        dropout: float = 0.3,
        dtype: Any = None,
        **kwargs: Any,
    ) -> None:
        check_image_size(image_size, 2 ** (len(widths) - 1))
        image = keras.Input((image_size, image_size, 3), name="image")
        features, channels = image, 3
        for stage, width in enumerate(widths):
            if stage > 0:
                features = keras.layers.MaxPooling2D(dtype=dtype)(features)
            features = _stage(features, channels, width, f"stage{stage}", dtype)
            channels = width
        code = keras.layers.Flatten(dtype=dtype)(features)  # [B, (S/8)^2 * 256]
        outputs = latent_codes(code, num_points, appearance_dim, dropout)
        super().__init__(image, outputs, dtype=dtype, **kwargs)
        self.image_size = image_size
        self.widths = tuple(widths)
        self.num_points = num_points
        self.appearance_dim = appearance_dim
        self.dropout = dropout

    def get_config(self) -> dict[str, Any]:
        return {
            **super().get_config(),
            "image_size": self.image_size,
            "widths": list(self.widths),
            "num_points": self.num_points,
            "appearance_dim": self.appearance_dim,
            "dropout": self.dropout,
        }


def latent_codes(
    code: Any, num_points: int, appearance_dim: int, dropout: float
) -> dict[Any, Any]:
    """The two heads of the encoder.

    Args:
        code: symbolic `[B, F]`.
        num_points: N.
        appearance_dim: D.
        dropout: rate on both codes.

    Returns:
        Dict of symbolic `"latent_3d"` `[B, N, 3]` and `"appearance"` `[B, D]`,
        both float32.
    """
    features = code.shape[-1]
    latent = torch_defaults.dense(
        num_points * 3, features, name="to_latent_3d", dtype="float32"
    )(code)
    # The reference's comment: removing this dropout degrades results.
    latent = keras.layers.Dropout(dropout, dtype="float32")(latent)
    latent = keras.layers.Reshape((num_points, 3), dtype="float32", name="latent_3d")(
        latent
    )
    appearance = torch_defaults.dense(
        appearance_dim, features, name="to_appearance", dtype="float32"
    )(code)
    appearance = keras.layers.Dropout(dropout, dtype="float32")(appearance)
    appearance = keras.layers.ReLU(dtype="float32", name="appearance")(appearance)
    return {"latent_3d": latent, "appearance": appearance}


def _stage(features, in_channels, width, name, dtype):
    """Twice (3x3 convolution, batch normalisation, ReLU)."""
    for index in range(2):
        features = torch_defaults.conv2d(
            width, 3, in_channels, name=f"{name}_conv{index}", dtype=dtype
        )(features)
        features = torch_defaults.batch_normalization(
            name=f"{name}_norm{index}", dtype=dtype
        )(features)
        features = keras.layers.ReLU(dtype=dtype)(features)
        in_channels = width
    return features
