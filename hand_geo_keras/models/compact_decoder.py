"""A small decoder for CPUs and phones, which splats points where they are."""

from collections.abc import Sequence
from typing import Any

import keras

from hand_geo_keras.layers import (
    BackgroundCompositing,
    BilinearUpsampling,
    PointSplatting,
    torch_defaults,
)
from hand_geo_keras.models.blocks import check_image_size, conv_norm, residual
from hand_geo_keras.models.functional_part import FunctionalPart
from hand_geo_keras.models.view_decoder import tile_appearance


@keras.saving.register_keras_serializable(package="hand_geo_keras")
class CompactDecoder(FunctionalPart):
    """Splats the latent points and decodes a view from the map that results.

    Ours, not the paper's. `PointSplatting` puts each point's features where the point
    is, at a quarter of the image size or less; one coarser map lets the parts of the
    hand see each other; bilinear up-stages lead to half the image size, then a
    convolution's channels are unfolded to full size (depth to space) and composited
    over the view's background. Nothing runs at full size but the compositing.

    Args:
        image_size: side of the image in pixels, divisible by `2 ** len(widths)`.
        widths: channels at 1/2, 1/4, ... of the image size, two at least; the last
            are those of the coarser map.
        num_points: N, number of latent 3D points.
        appearance_dim: D, length of the appearance code.
        background_mode: `"concat"` or `"alpha"`, see `BackgroundCompositing`.
        full_size_channels: channels at full size.
        spot_width: std of the splatted spots at first, see `PointSplatting`.
        dtype: dtype policy; the outputs are float32 under every policy.
        **kwargs: `name`, `trainable`.

    Call arguments:
        inputs: dict of `"latent_3d"`: `[B, N, 3]` float, in halves of the crop's side
            from its centre; `"appearance"`: `[B, D]` float; `"background"`:
            `[B, S, S, 3]` float, ImageNet-normalised.

    Returns:
        Dict of `"image"`: `[B, S, S, 3]` float32, ImageNet-normalised, and, with
        `background_mode="alpha"`, `"mask"`: `[B, S, S, 1]` float32 in 0..1.

    Example:

    ```python
    decoder = CompactDecoder(64)
    decoded = decoder({"latent_3d": points, "appearance": code, "background": empty})
    ```
    """

    points_in_crop = True

    def __init__(
        self,
        image_size: int = 64,
        widths: Sequence[int] = (32, 64, 96),
        num_points: int = 100,
        appearance_dim: int = 16,
        background_mode: str = "alpha",
        full_size_channels: int = 8,
        spot_width: float = 0.16,
        dtype: Any = None,
        **kwargs: Any,
    ) -> None:
        check_image_size(image_size, 2 ** len(widths))
        if len(widths) < 2:
            raise ValueError(
                "`widths` must hold two sizes at least. "
                f"Received: widths={tuple(widths)}"
            )
        latent_3d = keras.Input((num_points, 3), name="latent_3d")
        appearance = keras.Input((appearance_dim,), name="appearance")
        background = keras.Input((image_size, image_size, 3), name="background")
        stages = len(widths) - 1  # from the splatted map to full size
        side = image_size >> stages
        splatting = PointSplatting(side, widths[-2], spot_width, name="splatting")
        splatted = splatting(latent_3d)
        code = tile_appearance(appearance, (side, side, appearance_dim), dtype)
        features = keras.layers.Concatenate(dtype=dtype)([splatted, code])
        features = _with_coarser(features, *widths[-2:], dtype)  # type: ignore[call-arg]
        for stage in range(stages - 2, -1, -1):
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
        self.background_mode = background_mode
        self.full_size_channels = full_size_channels
        self.spot_width = spot_width

    def get_config(self) -> dict[str, Any]:
        return {
            **super().get_config(),
            "image_size": self.image_size,
            "widths": list(self.widths),
            "num_points": self.num_points,
            "appearance_dim": self.appearance_dim,
            "background_mode": self.background_mode,
            "full_size_channels": self.full_size_channels,
            "spot_width": self.spot_width,
        }


def _with_coarser(features, width, coarser_width, dtype):
    """Convolution at the splatted map's size, plus a branch at half that size."""
    features = conv_norm(features, width, 3, "splatted", dtype)
    features = keras.layers.ReLU(dtype=dtype)(features)
    coarse = conv_norm(features, coarser_width, 3, "coarse_down", dtype, strides=2)
    coarse = keras.layers.ReLU(dtype=dtype)(coarse)
    coarse = residual(coarse, "coarse_residual", dtype)
    coarse = BilinearUpsampling(dtype=dtype, name="coarse_double")(coarse)
    coarse = conv_norm(coarse, width, 1, "coarse_back", dtype)
    total = keras.layers.Add(dtype=dtype)([features, coarse])
    total = keras.layers.ReLU(dtype=dtype)(total)
    return residual(total, "joined_residual", dtype)


def _up_stage(features, width, name, dtype):
    """Convolution, bilinear doubling, residual convolution.

    The first convolution comes before the doubling, at a quarter of the cost.
    """
    features = conv_norm(features, width, 3, name, dtype)
    features = keras.layers.ReLU(dtype=dtype)(features)
    features = BilinearUpsampling(dtype=dtype, name=f"{name}_double")(features)
    return residual(features, f"{name}_residual", dtype)


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
