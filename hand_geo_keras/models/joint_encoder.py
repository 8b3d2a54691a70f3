"""An encoder whose first latent points are the joints of the hand."""

from collections.abc import Sequence
from typing import Any

import keras
from keras import ops

from hand_geo_keras.geometry.skeleton import NUM_JOINTS
from hand_geo_keras.layers import HeatmapPoints, torch_defaults
from hand_geo_keras.models.blocks import (
    check_image_size,
    conv_norm,
    join_maps,
    whole_image_code,
)
from hand_geo_keras.models.functional_part import FunctionalPart

_POINT_NOISE = 0.02  # std in halves of the crop's side
_HEATMAP_STAGE = 1  # heatmaps have a quarter of the image's side


@keras.saving.register_keras_serializable(package="hand_geo_keras")
class JointEncoder(FunctionalPart):
    """Encodes an image; the first 21 latent points are named: they are the joints.

    Ours, not the paper's. `L3D` stays what it is there, points that are rotated,
    swapped and decoded, but its first points are supervised and the others are free.
    Strided convolutions with residual blocks, joined from coarse to fine up to a
    quarter of the image's side, where each point has a heatmap and a depth
    (`HeatmapPoints`); the depths are corrected by what the coarsest map knows of the
    whole hand and, with `refiner_units`, by what all joints together say: bones have
    lengths and joints have limits, which no single heatmap knows. Two more outputs say
    whether a hand fills the crop, and whether it is a right one.

    Args:
        image_size: side of the square image in pixels, divisible by
            `2 ** len(widths)`.
        widths: channels of the stages at 1/2, 1/4, ... of the image size. Multiples
            of 16 train fastest in bfloat16.
        blocks: residual blocks of two convolutions in each stage.
        num_points: N, number of latent 3D points, 21 at least.
        appearance_dim: D, length of the appearance code.
        hidden_units: size of the layer between the last map and the codes.
        dropout: rate of the dropout before that layer.
        refiner_units: size of the two layers that correct the joints' depths from all
            joints' positions, depths and certainty; 0 for none.
        looks_at_joints: whether the appearance code is read from features and colours
            where the joints are, instead of from the coarsest map.
        dtype: dtype policy; all outputs are float32 under every policy.
        **kwargs: `name`, `trainable`.

    Call arguments:
        image: `[B, S, S, 3]` float, ImageNet-normalised.

    Returns:
        Dict of `"latent_3d"`: `[B, N, 3]` float32, points in the frame of the image's
        virtual camera, in halves of the crop's side from its centre; the depth of
        joint j is `(Z_j - Z_wrist) f / (Z_wrist h)`, f the focal length and h half
        the side in pixels. `"appearance"`: `[B, D]` float32. `"heatmaps"`:
        `[B, S/4, S/4, 21]` float32 logits of the joints. `"presence"`: `[B, 2]`
        float32 logits of "a hand fills this crop" and "it is a right hand".

    Example:

    ```python
    encoder = JointEncoder(128)
    codes = encoder(np.zeros((2, 128, 128, 3), "float32"))
    codes["latent_3d"][:, :21]  # the joints
    ```

    Reference:
        Integral regression: Sun et al., ECCV 2018; 2.5D joints: Iqbal et al., ECCV
        2018.
    """

    points_in_crop = True

    def __init__(
        self,
        image_size: int = 128,
        widths: Sequence[int] = (32, 64, 96, 128, 160),
        blocks: Sequence[int] = (0, 1, 1, 1, 1),
        num_points: int = 64,
        appearance_dim: int = 16,
        hidden_units: Any = 128,
        dropout: float = 0.1,
        refiner_units: int = 0,
        looks_at_joints: bool = False,
        dtype: Any = None,
        **kwargs: Any,
    ) -> None:
        check_image_size(image_size, 2 ** len(widths))
        if num_points < NUM_JOINTS or len(blocks) != len(widths):
            raise ValueError(
                f"`num_points` must be {NUM_JOINTS} at least and `blocks` have an "
                f"entry per stage. Received: num_points={num_points}, blocks={blocks}, "
                f"widths={widths}"
            )
        image = keras.Input((image_size, image_size, 3), name="image")
        maps = _maps(image, widths, blocks, dtype)
        whole = whole_image_code(maps[-1], hidden_units, dropout, dtype)
        features = join_maps(maps[_HEATMAP_STAGE:], dtype)
        outputs = _points(features, whole, num_points, refiner_units)
        looks = whole
        if looks_at_joints:
            looks = _looks(image, maps[_HEATMAP_STAGE], outputs["heatmaps"])
        outputs["appearance"] = keras.layers.Dense(
            appearance_dim, activation="relu", name="appearance", dtype="float32"
        )(looks)
        outputs["presence"] = keras.layers.Dense(2, name="presence", dtype="float32")(
            whole
        )
        super().__init__(image, outputs, dtype=dtype, **kwargs)
        self.image_size = image_size
        self.widths, self.blocks = tuple(widths), tuple(blocks)
        self.num_points = num_points
        self.appearance_dim = appearance_dim
        self.hidden_units = hidden_units
        self.dropout = dropout
        self.refiner_units = refiner_units
        self.looks_at_joints = looks_at_joints

    def get_config(self) -> dict[str, Any]:
        return {
            **super().get_config(),
            "image_size": self.image_size,
            "widths": list(self.widths),
            "blocks": list(self.blocks),
            "num_points": self.num_points,
            "appearance_dim": self.appearance_dim,
            "hidden_units": self.hidden_units,
            "dropout": self.dropout,
            "refiner_units": self.refiner_units,
            "looks_at_joints": self.looks_at_joints,
        }


def _maps(features, widths, blocks, dtype):
    """One map per stage, each half the side of the one before."""
    maps = []
    for stage, (width, count) in enumerate(zip(widths, blocks)):
        size, name = (3 if maps else 4), f"stage{stage}"
        features = conv_norm(features, width, size, f"{name}_down", dtype, strides=2)
        features = keras.layers.ReLU(dtype=dtype)(features)
        for block in range(count):
            features = _residual_block(features, f"{name}_block{block}", dtype)
        maps.append(features)
    return maps


def _residual_block(features, name, dtype):
    inner = conv_norm(features, features.shape[-1], 3, f"{name}_first", dtype)
    inner = keras.layers.ReLU(dtype=dtype)(inner)
    inner = conv_norm(inner, features.shape[-1], 3, f"{name}_second", dtype)
    total = keras.layers.Add(dtype=dtype)([features, inner])
    return keras.layers.ReLU(dtype=dtype)(total)


def _points(features, whole, num_points, refiner_units):
    """Heatmaps and depths in float32: half precision would move the points."""
    features = keras.layers.Activation("linear", dtype="float32")(features)
    heatmaps = torch_defaults.conv2d(
        num_points, 1, features.shape[-1], name="to_heatmaps", dtype="float32"
    )(features)
    depths = torch_defaults.conv2d(
        num_points, 1, features.shape[-1], name="to_depths", dtype="float32"
    )(features)
    small = keras.initializers.RandomUniform(-1e-3, 1e-3)  # hardly noticed at first
    offsets = keras.layers.Dense(
        num_points, kernel_initializer=small, name="to_depth_offsets", dtype="float32"
    )(whole)
    # The maps cover the crop and no more, so that a cell is where it looks.
    points = HeatmapPoints(extent=1.0, name="points")(
        {"heatmaps": heatmaps, "depths": depths, "depth_offsets": offsets}
    )
    joints = keras.layers.Activation("linear", dtype="float32", name="heatmaps")(
        heatmaps[..., :NUM_JOINTS]
    )
    depths = points[..., 2:]
    if refiner_units:
        correction = _depth_refinement(points, joints, whole, refiner_units)
        depths = depths + ops.pad(
            correction[..., None], [(0, 0), (0, num_points - NUM_JOINTS), (0, 0)]
        )
    joints_depths, free_depths = depths[:, :NUM_JOINTS], depths[:, NUM_JOINTS:]
    centre = ops.mean(joints_depths, axis=1, keepdims=True)
    # What free points are good for must not move the joints.
    free_depths = free_depths - ops.stop_gradient(centre)
    depths = ops.concatenate([joints_depths - centre, free_depths], axis=1)
    points = ops.concatenate([points[..., :2], depths], axis=-1)
    return {"latent_3d": points, "heatmaps": joints}


def _looks(image, features, heatmaps):
    """`[B, C + 3]` mean features and colours where the joints are."""
    features = keras.layers.Activation("linear", dtype="float32")(features)
    side = image.shape[1] // features.shape[1]
    colours = keras.layers.AveragePooling2D(side, dtype="float32")(image)
    seen = ops.concatenate([features, colours], axis=-1)
    joints = heatmaps.shape[-1]
    weights = ops.softmax(
        ops.reshape(heatmaps, (-1, features.shape[1] ** 2, joints)), 1
    )
    weights = ops.stop_gradient(ops.mean(weights, axis=-1, keepdims=True))
    seen = ops.reshape(seen, (-1, features.shape[1] ** 2, seen.shape[-1]))
    return ops.sum(weights * seen, axis=1)


def _depth_refinement(points, heatmaps, whole, units):
    """`[B, 21]` corrections of depths from all joints at once.

    Gradients do not pass to the points, which keep their own supervision. Noise stands
    for the errors that the heatmaps make on other images than those trained with.
    """
    joints = ops.stop_gradient(points[:, :NUM_JOINTS])
    joints = keras.layers.GaussianNoise(_POINT_NOISE, dtype="float32")(joints)
    logits = ops.stop_gradient(heatmaps)
    certainty = ops.max(logits, axis=(1, 2)) - ops.logsumexp(logits, axis=(1, 2))
    hidden = ops.concatenate(
        [ops.reshape(joints, (-1, 3 * NUM_JOINTS)), certainty, whole], axis=-1
    )
    for layer in range(2):
        hidden = torch_defaults.dense(
            units,
            hidden.shape[-1],
            activation="relu",
            name=f"refine{layer}",
            dtype="float32",
        )(hidden)
    small = keras.initializers.RandomUniform(-1e-3, 1e-3)
    return keras.layers.Dense(
        NUM_JOINTS, kernel_initializer=small, name="refine_depths", dtype="float32"
    )(hidden)
