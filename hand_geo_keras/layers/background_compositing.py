"""Joining decoded hand features with the target view's background."""

import math
from typing import Any

import keras
from keras import ops

from hand_geo_keras.layers import torch_defaults


@keras.saving.register_keras_serializable(package="hand_geo_keras")
class BackgroundCompositing(keras.layers.Layer):
    """Composites the decoded hand in front of the known background of its view.

    The latent code should describe the hand only, so the decoder is handed the
    background crop `B_j` of the view it decodes (equation (3) of Müller et al., ICIP
    2020). Two ways of doing so:

    - `"concat"`, the reference (Rhodin et al., `unet_encode3D.py` l.140-141,
      345-368): features of the background are concatenated to the decoder's last
      feature map and the network learns how to merge them.
    - `"alpha"`: the network decodes the hand and a matte in 0..1; the image is
      `mask * hand + (1 - mask) * background`. The background is sharp from the
      first step, and the matte is a hand mask that nobody had to label.

    Args:
        filters: width of the merging convolutions and of the background features.
        mode: `"concat"` or `"alpha"`.
        num_convs: 3x3 convolutions before the output (reference: 2).
        initial_mask: value in (0, 1) that the matte starts from in `"alpha"`.

    Call arguments:
        inputs: dict of `"features"`: `[B, S, S, C]` float, decoded at full size;
            `"background"`: `[B, S, S, 3]` float, ImageNet-normalised.
        training: whether batch normalisation uses batch statistics.

    Returns:
        Dict of `"image"`: `[B, S, S, 3]` float32, ImageNet-normalised, and, in mode
        `"alpha"`, `"mask"`: `[B, S, S, 1]` float32 in 0..1.

    Example:

    ```python
    compositing = BackgroundCompositing(8, mode="alpha")
    composited = compositing({"features": features, "background": background})
    composited["image"], composited["mask"]
    ```
    """

    def __init__(
        self,
        filters: int,
        mode: str = "concat",
        num_convs: int = 2,
        initial_mask: float = 0.5,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        if mode not in ("concat", "alpha"):
            raise ValueError(
                f'`mode` must be "concat" or "alpha". Received: mode={mode!r}'
            )
        if not 0.0 < initial_mask < 1.0:
            raise ValueError(
                "`initial_mask` must lie strictly between 0 and 1. "
                f"Received: initial_mask={initial_mask}"
            )
        self.filters = filters
        self.mode = mode
        self.num_convs = num_convs
        self.initial_mask = initial_mask

    def build(self, input_shape: Any) -> None:
        channels = input_shape["features"][-1]
        if self.mode == "concat":
            self._build_background_branch(input_shape["background"])
            channels += self.filters
        self.merging = []
        for index in range(self.num_convs):
            conv = self._conv(f"merge_{index}", 3, channels, activation="relu")
            conv.build((*input_shape["features"][:-1], channels))
            self.merging.append(conv)
            channels = self.filters
        merged_shape = (*input_shape["features"][:-1], channels)
        self.to_rgb = self._conv("to_rgb", 1, channels, filters=3, dtype="float32")
        self.to_rgb.build(merged_shape)
        if self.mode == "alpha":
            self._build_matte(merged_shape)

    def call(self, inputs: Any, training: bool | None = None) -> Any:
        features = inputs["features"]
        if self.mode == "concat":
            background = inputs["background"]
            for layer in self.background_branch:
                background = _call(layer, background, training)
            features = ops.concatenate([background, features], axis=-1)
        for conv in self.merging:
            features = conv(features)
        rgb = self.to_rgb(features)
        if self.mode == "concat":
            return {"image": rgb}
        mask = self.to_mask(features)  # [B, S, S, 1]
        background = ops.cast(inputs["background"], "float32")
        return {"image": mask * rgb + (1.0 - mask) * background, "mask": mask}

    def compute_output_spec(self, inputs: Any, training: bool | None = None) -> Any:
        shape = inputs["features"].shape
        outputs = {"image": keras.KerasTensor((*shape[:-1], 3), "float32")}
        if self.mode == "alpha":
            outputs["mask"] = keras.KerasTensor((*shape[:-1], 1), "float32")
        return outputs

    def get_config(self) -> dict[str, Any]:
        return {
            **super().get_config(),
            "filters": self.filters,
            "mode": self.mode,
            "num_convs": self.num_convs,
            "initial_mask": self.initial_mask,
        }

    def _build_background_branch(self, background_shape):
        """Two (convolution, batch normalisation, ReLU), as one encoder stage."""
        self.background_branch = []
        shape = background_shape
        for index in range(2):
            conv = self._conv(f"background_conv_{index}", 3, shape[-1])
            norm = torch_defaults.batch_normalization(
                name=f"background_norm_{index}", dtype=self.dtype_policy
            )
            conv.build(shape)
            shape = (*shape[:-1], self.filters)
            norm.build(shape)
            relu = keras.layers.ReLU(dtype=self.dtype_policy)
            self.background_branch += [conv, norm, relu]

    def _build_matte(self, merged_shape):
        logit = math.log(self.initial_mask / (1.0 - self.initial_mask))
        self.to_mask = keras.layers.Conv2D(
            1,
            1,
            activation="sigmoid",
            bias_initializer=keras.initializers.Constant(logit),
            name="to_mask",
            dtype="float32",
        )
        self.to_mask.build(merged_shape)

    def _conv(self, name, kernel_size, in_channels, filters=None, **kwargs):
        kwargs.setdefault("dtype", self.dtype_policy)
        filters = filters or self.filters
        return torch_defaults.conv2d(
            filters, kernel_size, in_channels, name=name, **kwargs
        )


def _call(layer, inputs, training):
    if isinstance(layer, keras.layers.BatchNormalization):
        return layer(inputs, training=training)
    return layer(inputs)
