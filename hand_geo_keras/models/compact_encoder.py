"""A small encoder for CPUs and phones, whose latent points lie in the image."""

from collections.abc import Sequence
from typing import Any

import keras

from hand_geo_keras.geometry.skeleton import NUM_JOINTS
from hand_geo_keras.layers import HeatmapPoints, torch_defaults
from hand_geo_keras.models.blocks import (
    check_image_size,
    conv_norm,
    join_maps,
    residual,
    whole_image_code,
)
from hand_geo_keras.models.functional_part import FunctionalPart

_TOP_DOWN = 3  # stages whose maps are joined: heatmaps are 4 times the last map

_HEATMAP_CONTRAST = 4.0


@keras.saving.register_keras_serializable(package="hand_geo_keras")
class CompactEncoder(FunctionalPart):
    """Encodes an image with strided convolutions and reads points off heatmaps.

    Ours, not the paper's. Every stage halves the image with a strided convolution
    and adds one residual convolution, so that nothing runs at full size. The last
    three maps are joined from coarse to fine, as in a feature pyramid, and give each
    latent point a heatmap and a depth (`HeatmapPoints`); the last map also gives the
    appearance code and a correction of all depths, since depth depends on the whole
    hand. That replaces the reference's 39 M weights from its last map to `L3D`, and
    latent points become positions in the crop, which `ViewSynthesizer` makes use of.
    Plain 3x3 convolutions, because depthwise ones train slowly on CPUs.

    Args:
        image_size: side of the square image in pixels, divisible by
            `2 ** len(widths)`.
        widths: channels of the stages at 1/2, 1/4, ... of the image size.
        num_points: N, number of latent 3D points.
        appearance_dim: D, length of the appearance code.
        hidden_units: size of the layer between the last map and the appearance code.
        dropout: rate of the dropout before that layer.
        named_joints: whether the first 21 points are the joints, for `JointTrainer`
            to supervise; heatmaps then cover the crop and no more.
        dtype: dtype policy; the codes are float32 under every policy.
        **kwargs: `name`, `trainable`.

    Call arguments:
        image: `[B, S, S, 3]` float, ImageNet-normalised.

    Returns:
        Dict of `"latent_3d"`: `[B, N, 3]` float32, points in the frame of the
        image's virtual camera, in halves of the crop's side from its centre, and
        `"appearance"`: `[B, D]` float32; with `named_joints` also `"heatmaps"` and
        `"presence"`, as of `JointEncoder`.

    Example:

    ```python
    encoder = CompactEncoder(64)
    encoder(np.zeros((2, 64, 64, 3), "float32"))["latent_3d"].shape  # (2, 100, 3)
    ```
    """

    points_in_crop = True

    def __init__(
        self,
        image_size: int = 64,
        widths: Sequence[int] = (32, 64, 96, 128),
        num_points: int = 100,
        appearance_dim: int = 16,
        hidden_units: Any = 128,
        dropout: float = 0.1,
        named_joints: bool = False,
        dtype: Any = None,
        **kwargs: Any,
    ) -> None:
        check_image_size(image_size, 2 ** len(widths))
        image = keras.Input((image_size, image_size, 3), name="image")
        maps, features = [], image
        for stage, width in enumerate(widths):
            features = _stage(features, width, f"stage{stage}", dtype)
            maps.append(features)
        whole = whole_image_code(features, hidden_units, dropout, dtype)
        features = join_maps(maps[-_TOP_DOWN:], dtype)
        points, heatmaps = _points(features, whole, num_points, named_joints)
        appearance = torch_defaults.dense(
            appearance_dim, hidden_units, name="to_appearance", dtype="float32"
        )(whole)
        appearance = keras.layers.ReLU(dtype="float32", name="appearance")(appearance)
        outputs = {"latent_3d": points, "appearance": appearance}
        if named_joints:
            outputs["heatmaps"] = keras.layers.Activation(
                "linear", dtype="float32", name="heatmaps"
            )(heatmaps[..., :NUM_JOINTS])
            outputs["presence"] = keras.layers.Dense(
                2, name="presence", dtype="float32"
            )(whole)
        super().__init__(image, outputs, dtype=dtype, **kwargs)
        self.image_size = image_size
        self.widths = tuple(widths)
        self.num_points = num_points
        self.appearance_dim = appearance_dim
        self.hidden_units = hidden_units
        self.dropout = dropout
        self.named_joints = named_joints

    def get_config(self) -> dict[str, Any]:
        return {
            **super().get_config(),
            "image_size": self.image_size,
            "widths": list(self.widths),
            "num_points": self.num_points,
            "appearance_dim": self.appearance_dim,
            "hidden_units": self.hidden_units,
            "dropout": self.dropout,
            "named_joints": self.named_joints,
        }


def _stage(features, width, name, dtype):
    """Strided convolution, then a residual convolution at the smaller size."""
    features = conv_norm(features, width, 3, f"{name}_down", dtype, strides=2)
    features = keras.layers.ReLU(dtype=dtype)(features)
    return residual(features, f"{name}_residual", dtype)


def _points(features, whole, num_points, named_joints):
    """A heatmap and a depth per point -> `[B, N, 3]` float32, and the heatmaps."""
    channels = features.shape[-1]
    # Contrasts in the first heatmaps, or all points would start in the centre, where
    # two views agree without having seen anything.
    bound = _HEATMAP_CONTRAST * channels**-0.5
    maps = {
        "heatmaps": keras.layers.Conv2D(
            num_points,
            1,
            kernel_initializer=keras.initializers.RandomUniform(-bound, bound),
            name="to_heatmaps",
            dtype="float32",
        )(features),
        "depths": torch_defaults.conv2d(
            num_points, 1, channels, name="to_depths", dtype="float32"
        )(features),
    }
    maps["depth_offsets"] = keras.layers.Dense(
        num_points, kernel_initializer="zeros", name="to_depth_offsets", dtype="float32"
    )(whole)
    extent = {"extent": 1.0} if named_joints else {}
    return HeatmapPoints(name="latent_3d", **extent)(maps), maps["heatmaps"]
