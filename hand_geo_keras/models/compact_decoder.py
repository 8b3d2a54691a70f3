"""A small decoder for CPUs and phones."""

import keras

from hand_geo_keras.layers import (
    BackgroundCompositing,
    BilinearUpsampling,
    torch_defaults,
)
from hand_geo_keras.models.functional_part import FunctionalPart
from hand_geo_keras.models.unet_encoder import check_image_size
from hand_geo_keras.models.view_decoder import hand_map, tile_appearance


@keras.saving.register_keras_serializable(package="hand_geo_keras")
class CompactDecoder(FunctionalPart):
    """Draws a view with all convolutions at half the image size or less.

    Ours, not the paper's. The mirror image of `CompactEncoder`: a small start map
    from `L3D` and `L_app`, bilinear up-stages to half the image size, then a
    convolution whose channels are unfolded to full size (depth to space) and
    composited over the view's background.

    Args:
        image_size: side of the image in pixels, divisible by `2 ** len(widths)`.
        widths: channels at 1/2, 1/4, ... of the image size.
        num_points: N, number of latent 3D points.
        appearance_dim: D, less than `widths[-1]`.
        dropout: rate after the fully connected layer.
        background_mode: `"concat"` or `"alpha"`, see `BackgroundCompositing`.
        full_size_channels: channels at full size.
        dtype: dtype policy; the outputs are float32 under every policy.
        **kwargs: `name`, `trainable`.

    Call arguments:
        inputs: dict of `"latent_3d"`: `[B, N, 3]` float, `"appearance"`: `[B, D]`
            float, `"background"`: `[B, S, S, 3]` float, ImageNet-normalised.

    Returns:
        Dict of `"image"`: `[B, S, S, 3]` float32, ImageNet-normalised, and, with
        `background_mode="alpha"`, `"mask"`: `[B, S, S, 1]` float32 in 0..1.

    Example:

    ```python
    decoder = CompactDecoder(64)
    drawn = decoder({"latent_3d": points, "appearance": code, "background": empty})
    ```
    """

    def __init__(
        self,
        image_size=64,
        widths=(16, 32, 64, 96),
        num_points=200,
        appearance_dim=32,
        dropout=0.1,
        background_mode="alpha",
        full_size_channels=8,
        dtype=None,
        **kwargs,
    ):
        check_image_size(image_size, 2 ** len(widths))
        if not 0 < appearance_dim < widths[-1]:
            raise ValueError(
                "`appearance_dim` must be positive and less than the last width "
                f"{widths[-1]}. Received: appearance_dim={appearance_dim}"
            )
        latent_3d = keras.Input((num_points, 3), name="latent_3d")
        appearance = keras.Input((appearance_dim,), name="appearance")
        background = keras.Input((image_size, image_size, 3), name="background")
        side = image_size >> len(widths)
        map_shape = (side, side, widths[-1] - appearance_dim)
        features = keras.layers.Concatenate(dtype=dtype)(
            [
                tile_appearance(appearance, map_shape, dtype),
                hand_map(latent_3d, map_shape, None, dropout, dtype),
            ]
        )
        for stage in range(len(widths) - 2, -1, -1):
            features = _up_stage(features, widths[stage], f"up{stage}", dtype)
        features = _unfold(features, full_size_channels, dtype)
        outputs = BackgroundCompositing(
            full_size_channels,
            mode=background_mode,
            num_convs=0 if background_mode == "alpha" else 1,
            dtype=dtype,
            name="background_compositing",
        )({"features": features, "background": background})
        inputs = {
            "latent_3d": latent_3d,
            "appearance": appearance,
            "background": background,
        }
        super().__init__(inputs, outputs, dtype=dtype, **kwargs)
        self.image_size = image_size
        self.widths = tuple(widths)
        self.num_points = num_points
        self.appearance_dim = appearance_dim
        self.dropout = dropout
        self.background_mode = background_mode
        self.full_size_channels = full_size_channels

    def get_config(self):
        return {
            **super().get_config(),
            "image_size": self.image_size,
            "widths": list(self.widths),
            "num_points": self.num_points,
            "appearance_dim": self.appearance_dim,
            "dropout": self.dropout,
            "background_mode": self.background_mode,
            "full_size_channels": self.full_size_channels,
        }


def _up_stage(features, width, name, dtype):
    """Convolution + batch norm + ReLU, bilinear doubling, residual convolution.

    The first convolution comes before the doubling, at a quarter of the cost.
    """
    features = torch_defaults.conv2d(
        width, 3, features.shape[-1], name=f"{name}_conv0", dtype=dtype
    )(features)
    features = torch_defaults.batch_normalization(name=f"{name}_norm", dtype=dtype)(
        features
    )
    features = keras.layers.ReLU(dtype=dtype)(features)
    features = BilinearUpsampling(dtype=dtype, name=f"{name}_double")(features)
    inner = torch_defaults.conv2d(width, 3, width, name=f"{name}_conv1", dtype=dtype)(
        features
    )
    total = keras.layers.Add(dtype=dtype)([features, inner])
    return keras.layers.ReLU(dtype=dtype)(total)


def _unfold(features, channels, dtype):
    """[B, S/2, S/2, C] -> [B, S, S, channels], a convolution and depth to space."""
    _, height, width, in_channels = features.shape
    features = torch_defaults.conv2d(
        4 * channels, 3, in_channels, activation="relu", name="unfold", dtype=dtype
    )(features)
    features = keras.layers.Reshape((height, width, 2, 2, channels), dtype=dtype)(
        features
    )
    features = keras.layers.Permute((1, 3, 2, 4, 5), dtype=dtype)(features)
    return keras.layers.Reshape((2 * height, 2 * width, channels), dtype=dtype)(
        features
    )
