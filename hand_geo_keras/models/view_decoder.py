"""The reference's decoder from latent points to an image, sizes as arguments."""

from collections.abc import Sequence
from typing import Any

import keras

from hand_geo_keras.layers import (
    BackgroundCompositing,
    BilinearUpsampling,
    torch_defaults,
)
from hand_geo_keras.models.blocks import check_image_size
from hand_geo_keras.models.functional_part import FunctionalPart


@keras.saving.register_keras_serializable(package="hand_geo_keras")
class ViewDecoder(FunctionalPart):
    """Decodes a view from latent points in that view's frame.

    The rotated `L3D` becomes a small feature map through one fully connected
    layer, `L_app` is copied to each of its positions, and bilinear up-stages
    follow; the last one joins the background of the view (Rhodin et al.,
    `unet_encode3D.py` l.193-215, 345-368). The defaults are the reference's
    sizes, 20.5 M parameters.

    Args:
        image_size: side of the image in pixels, divisible by
            `2 ** (len(widths) - 1)`.
        widths: channels at full size, half size, ...; the last one is the width
            of the start map, which holds `widths[-1] - appearance_dim` channels
            made of `L3D` and `appearance_dim` of `L_app`.
        num_points: N, number of latent 3D points.
        appearance_dim: D, less than `widths[-1]`.
        dropout: rate after the fully connected layer.
        background_mode: `"concat"` or `"alpha"`, see `BackgroundCompositing`.
        convs_per_stage: 3x3 convolutions in each up-stage, at least 1 (reference:
            3, the first followed by batch normalisation).
        dense_rank: size of a linear bottleneck that replaces the full matrix from
            `L3D` to the start map; `None` is the reference.
        initial_mask: see `BackgroundCompositing`.
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
    decoder = ViewDecoder(64, (8, 16, 32, 64), appearance_dim=32)
    decoded = decoder({"latent_3d": points, "appearance": code, "background": empty})
    ```
    """

    def __init__(
        self,
        image_size: int = 128,
        widths: Sequence[int] = (32, 64, 128, 256),
        num_points: int = 200,
        appearance_dim: int = 128,
        dropout: float = 0.3,
        background_mode: str = "concat",
        convs_per_stage: int = 3,
        dense_rank: Any = None,
        initial_mask: float = 0.5,
        dtype: Any = None,
        **kwargs: Any,
    ) -> None:
        check_image_size(image_size, 2 ** (len(widths) - 1))
        if not 0 < appearance_dim < widths[-1]:
            raise ValueError(
                "`appearance_dim` must be positive and less than the last width "
                f"{widths[-1]}. Received: appearance_dim={appearance_dim}"
            )
        latent_3d = keras.Input((num_points, 3), name="latent_3d")
        appearance = keras.Input((appearance_dim,), name="appearance")
        background = keras.Input((image_size, image_size, 3), name="background")
        map_shape = (
            image_size >> (len(widths) - 1),
            image_size >> (len(widths) - 1),
            widths[-1] - appearance_dim,
        )
        hand = hand_map(latent_3d, map_shape, dense_rank, dropout, dtype)
        features = keras.layers.Concatenate(dtype=dtype)(
            [tile_appearance(appearance, map_shape, dtype), hand]
        )
        for stage in range(len(widths) - 2, -1, -1):
            # The compositing layer holds the last stage's further convolutions.
            convs = convs_per_stage if stage > 0 else 1
            features = _up_stage(features, widths[stage], convs, f"up{stage}", dtype)
        outputs = BackgroundCompositing(
            widths[0],
            mode=background_mode,
            num_convs=convs_per_stage - 1,
            initial_mask=initial_mask,
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
        self.convs_per_stage = convs_per_stage
        self.dense_rank = dense_rank
        self.initial_mask = initial_mask

    def get_config(self) -> dict[str, Any]:
        return {
            **super().get_config(),
            "image_size": self.image_size,
            "widths": list(self.widths),
            "num_points": self.num_points,
            "appearance_dim": self.appearance_dim,
            "dropout": self.dropout,
            "background_mode": self.background_mode,
            "convs_per_stage": self.convs_per_stage,
            "dense_rank": self.dense_rank,
            "initial_mask": self.initial_mask,
        }


def hand_map(
    latent_3d: Any, map_shape: Any, dense_rank: Any, dropout: float, dtype: Any
) -> Any:
    """The start map of the decoder, `[B, N, 3]` -> `map_shape`.

    Args:
        latent_3d: symbolic `[B, N, 3]`.
        map_shape: `(s, s, C - D)`.
        dense_rank: size of a linear bottleneck, or None.
        dropout: rate before the ReLU.
        dtype: dtype policy.

    Returns:
        Symbolic `[B, s, s, C - D]`.
    """
    code = keras.layers.Flatten(dtype=dtype)(latent_3d)  # [B, 3 N]
    if dense_rank is not None:
        code = torch_defaults.dense(
            dense_rank, code.shape[-1], name="latent_bottleneck", dtype=dtype
        )(code)
    height, width, channels = map_shape
    code = torch_defaults.dense(
        height * width * channels, code.shape[-1], name="from_latent_3d", dtype=dtype
    )(code)
    code = keras.layers.Dropout(dropout, dtype=dtype)(code)
    code = keras.layers.ReLU(dtype=dtype)(code)
    return keras.layers.Reshape(map_shape, dtype=dtype)(code)


def tile_appearance(appearance: Any, map_shape: Any, dtype: Any) -> Any:
    """Copies a code to every position, `[B, D]` -> `[B, s, s, D]`."""
    height, width, _ = map_shape
    code = keras.layers.RepeatVector(height * width, dtype=dtype)(appearance)
    return keras.layers.Reshape((height, width, appearance.shape[-1]), dtype=dtype)(
        code
    )


def _up_stage(features, width, convs, name, dtype):
    """Bilinear doubling, convolution + batch norm + ReLU, then conv + ReLU."""
    features = BilinearUpsampling(dtype=dtype, name=f"{name}_double")(features)
    features = torch_defaults.conv2d(
        width, 3, features.shape[-1], name=f"{name}_conv0", dtype=dtype
    )(features)
    features = torch_defaults.batch_normalization(name=f"{name}_norm", dtype=dtype)(
        features
    )
    features = keras.layers.ReLU(dtype=dtype)(features)
    for index in range(1, convs):
        features = torch_defaults.conv2d(
            width,
            3,
            width,
            activation="relu",
            name=f"{name}_conv{index}",
            dtype=dtype,
        )(features)
    return features
