"""Trains the named latent points of a `JointEncoder`."""

from typing import Any

import keras
from keras import ops

from hand_geo_keras.geometry.skeleton import NUM_JOINTS, PARENTS
from hand_geo_keras.layers import NormalizeImages, PerspectiveLift
from hand_geo_keras.layers.heatmap_points import grid_cells
from hand_geo_keras.metrics.n_mpjpe import NMPJPE
from hand_geo_keras.metrics.pa_mpjpe import PAMPJPE
from hand_geo_keras.models.joint_encoder import JointEncoder
from hand_geo_keras.models.per_sample_trainer import PerSampleTrainer

_SIGMA = 1.0  # of the target heatmaps, in cells


@keras.saving.register_keras_serializable(package="hand_geo_keras")
class JointTrainer(PerSampleTrainer):
    """Supervises the joints, presence and side of an encoder's outputs.

    The terms, averaged over the joints that count:
    - `heatmap`: cross entropy between the softmax of each joint's heatmap and a
      Gaussian about its true cell, which makes heatmaps narrow and learns fast;
    - `points`: L1 of x, y and z, which the integral over the heatmap gives;
    - `bones`: L1 of the vectors from each joint's parent, which weighs what fingers do
      against errors that all joints share;
    - `pose`: L1 of the joints lifted by the crop's focal length (`PerspectiveLift`);
    - `presence`: binary cross entropy of "a hand fills the crop" and, where one does,
      of "it is a right hand".

    Args:
        encoder: `JointEncoder`.
        heatmap_weight, points_weight, bones_weight, pose_weight, presence_weight:
            weights of the terms in the loss.
        **kwargs: passed to `keras.Model`.

    Call arguments:
        inputs: dict of `"image"`: `[B, S, S, 3]` RGB in 0..255, uint8 or float.

    Returns:
        The encoder's outputs.

    Example:

    ```python
    model = JointTrainer(JointEncoder(128))
    model.compile("adamw", loss="mae")
    model.fit(CropStream("runs/wild", 64).dataset(), steps_per_epoch=1000)
    ```

    Reference:
        Bones: Sun et al., "Compositional human pose regression", ICCV 2017.
    """

    def __init__(
        self,
        encoder: JointEncoder,
        heatmap_weight: float = 0.1,
        points_weight: float = 3.0,
        bones_weight: float = 2.0,
        pose_weight: float = 1.0,
        presence_weight: float = 0.1,
        **kwargs: Any,
    ) -> None:
        names = ("heatmap", "points", "bones", "depth", "pose", "presence")
        super().__init__(term_names=names, **kwargs)
        self.encoder = encoder
        self.heatmap_weight = heatmap_weight
        self.points_weight = points_weight
        self.bones_weight = bones_weight
        self.pose_weight = pose_weight
        self.presence_weight = presence_weight
        self.normalize = NormalizeImages(dtype="float32")
        self.n_mpjpe, self.pa_mpjpe = NMPJPE(), PAMPJPE()
        self.lift = PerspectiveLift(name="lift", trainable=False)
        self.build({"image": (None, encoder.image_size, encoder.image_size, 3)})

    def build(self, input_shape: Any) -> None:
        self.normalize.build(input_shape["image"])
        self.lift.build({"latent_3d": (None, NUM_JOINTS, 3), "scale": (None,)})
        self.built = True  # the encoder is functional, hence built

    def call(self, inputs: Any, training: bool | None = None) -> Any:
        return self.encoder(self.normalize(inputs["image"]), training=training)

    def compute_terms(self, data: Any, training: bool | None) -> Any:
        inputs, truth, _ = keras.utils.unpack_x_y_sample_weight(data)
        codes = self(inputs, training=training)
        points, weights = codes["latent_3d"][:, :NUM_JOINTS], truth["weights"]
        wrist = ops.pad(points[:, :1, 2:], [(0, 0), (0, 0), (2, 0)])
        error = ops.abs(points - wrist - truth["points"])
        lifted = self.lift.lift(points, truth["scale"])
        true_pose = self.lift.lift(truth["points"], truth["scale"])
        pose_error = ops.sum(ops.abs(lifted - true_pose), axis=-1)
        terms = {
            "heatmap": _mean(
                heatmap_terms(codes["heatmaps"], truth["points"]), weights
            ),
            "points": _mean(ops.sum(error, axis=-1), weights),
            "bones": _bones(points - truth["points"], weights),
            "depth": _mean(error[..., 2], weights),
            "pose": _mean(pose_error, weights * weights[:, :1]),
            "presence": _presence(codes["presence"], truth),
        }
        terms["loss"] = sum(
            getattr(self, f"{name}_weight") * terms[name]
            for name in ("heatmap", "points", "bones", "pose", "presence")
        )
        if not training:
            scale = {"scale": truth["scale"]}
            pose = self.lift({"latent_3d": points, **scale})
            true = self.lift({"latent_3d": truth["points"], **scale})
            whole = ops.cast(ops.sum(weights, axis=1) > NUM_JOINTS - 0.5, "float32")
            self.n_mpjpe.update_state(true, pose, whole)
            self.pa_mpjpe.update_state(true, pose, whole)
        return terms

    def get_config(self) -> dict[str, Any]:
        return {
            **super().get_config(),
            "encoder": keras.saving.serialize_keras_object(self.encoder),
            "heatmap_weight": self.heatmap_weight,
            "points_weight": self.points_weight,
            "bones_weight": self.bones_weight,
            "pose_weight": self.pose_weight,
            "presence_weight": self.presence_weight,
        }

    @classmethod
    def from_config(
        cls, config: Any, custom_objects: dict[str, Any] | None = None
    ) -> Any:
        encoder = keras.saving.deserialize_keras_object(
            config["encoder"], custom_objects=custom_objects
        )
        return cls(**{**config, "encoder": encoder})


def heatmap_terms(logits: Any, points: Any) -> Any:
    """Cross entropy of heatmaps to Gaussians about the true points.

    Args:
        logits: `[B, h, w, J]` float32.
        points: `[B, J, 3]` float32; x, y in halves of the maps' extent.

    Returns:
        `[B, J]` float32 in nats.
    """
    _, height, width, count = logits.shape
    cells = ops.convert_to_tensor(grid_cells(height, width))  # [hw, 2]
    logits = ops.reshape(logits, (-1, height * width, count))
    offset = points[:, None, :, :2] - cells[None, :, None]  # [B, hw, J, 2]
    distance = ops.sum(offset * offset, axis=-1) * (height / 2 / _SIGMA) ** 2
    target = ops.softmax(-distance / 2, axis=1)
    return -ops.sum(target * ops.log_softmax(logits, axis=1), axis=1)


def _mean(values, weights):
    """Mean over the joints (or bones) that count, `[B, J]` -> `[B]`; 0 if none does.

    Divided by all of them: a hand that is seen in part counts in part.
    """
    return ops.sum(values * weights, axis=1) / values.shape[1]


def _bones(errors, weights):
    """Mean L1 error of the vectors to joints 1 to 20 from their parents, `[B]`."""
    parents = list(PARENTS[1:])
    error = ops.sum(ops.abs(errors[:, 1:] - ops.take(errors, parents, axis=1)), -1)
    return _mean(error, weights[:, 1:] * ops.take(weights, parents, axis=1))


def _presence(logits, truth):
    def entropy(logit, label):
        return ops.softplus(logit) - label * logit

    presence = truth["presence"]
    right = presence * entropy(logits[:, 1], truth["right"])
    return entropy(logits[:, 0], presence) + right
