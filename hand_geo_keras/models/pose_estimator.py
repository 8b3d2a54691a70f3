"""Monocular 3D hand pose from the latent points of one image."""

import math
from typing import Any

import keras
import numpy as np
from keras import ops

from hand_geo_keras.layers import LatentRotation, NormalizeImages
from hand_geo_keras.metrics.n_mpjpe import NMPJPE
from hand_geo_keras.models.hand_preprocessor import HandPreprocessor
from hand_geo_keras.models.per_sample_trainer import elementwise
from hand_geo_keras.models.pose_model import PoseModel
from hand_geo_keras.models.preset_cards import ShippedPresets
from hand_geo_keras.models.preset_files import load_preset
from hand_geo_keras.models.random_rotation import random_rotation
from hand_geo_keras.models.read_joints import reads_joints

# Half the crop's side over the focal length: a hand some 60 cm away.
NOMINAL_SCALE = 0.2


@keras.saving.register_keras_serializable(package="hand_geo_keras")
class PoseEstimator(PoseModel):
    """Predicts the 21 joints of the hand in one image, in millimetres.

    Encoder and pose head of Müller et al. (ICIP 2020), section 2.2. With a frozen,
    pre-trained encoder it is the paper's "pre-trained" configuration, with a
    fresh trainable one its "supervised" baseline. The head sees standardised
    coordinates, `(pose - mean) / std` per coordinate of the training labels, and
    the compiled loss (`"mse"` in the reference) is taken there; call `adapt`
    before `fit`. A `LiftHead` gives mm, in which its loss is taken; it has no `adapt`.

    A frozen encoder runs in inference mode. The reference leaves it in training
    mode, so that its batch statistics drift towards the labelled images.

    Args:
        encoder: model of `[B, S, S, 3]` normalised images to a dict that holds
            `"latent_3d"` `[B, N, 3]`, with `image_size`.
        pose_head: model of `[B, N, 3]` to standardised poses `[B, J, 3]`, or a
            `LiftHead`, which also takes the crops' `"scale"`.
        trainable_encoder: whether `fit` trains the encoder. `False` sets
            `encoder.trainable = False`, also for other models that share it.
        latent_rotation_augmentation: largest angle in degrees by which latent
            points and pose are rotated together, about a random axis, in training
            (ours; 0 is off).
        seed: seed of that augmentation.
        **kwargs: passed to `keras.Model`.

    Call arguments:
        inputs: dict of `"image"`: `[B, S, S, 3]` RGB in 0..255, uint8 or float; or
            of `"latent_3d"`: `[B, N, 3]` float32 as `ViewSynthesizer.encode` gives
            it, so that latents of a frozen encoder are computed once. For a `LiftHead`
            also `"scale"`: `[B]` float, half the crop's side over its focal length;
            that of a hand at arm's length if absent. Images alone stand for such a
            dict; `predict` takes them in any size.
        training: bool.

    Returns:
        `[B, J, 3]` float32 joints in mm, in the frame of the image's virtual camera,
        relative to the wrist.

    Example:

    ```python
    model = PoseEstimator(view_synthesizer.encoder, PoseHead())
    model.adapt(joints, valid)  # [M, 21, 3] mm, [M, 21]
    model.compile("adam", loss="mse")
    model.fit({"image": images}, joints, sample_weight=valid, epochs=50)
    model.predict(crops)  # [B, 21, 3] mm, from images of any size
    ```
    """

    preset_parts = ("encoder", "pose_head")
    preset_arrays = ("pose_mean", "pose_std")
    presets = ShippedPresets()
    preset_key = None

    def __init__(
        self,
        encoder: Any,
        pose_head: Any,
        trainable_encoder: bool = False,
        latent_rotation_augmentation: float = 0.0,
        seed: int | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        if not trainable_encoder:
            encoder.trainable = False
        self.encoder = encoder
        self.preprocessor = HandPreprocessor(encoder.image_size)
        self.pose_head = pose_head
        self.trainable_encoder = trainable_encoder
        self.latent_rotation_augmentation = latent_rotation_augmentation
        self.seed = seed
        self.seed_generator = keras.random.SeedGenerator(seed)
        self.normalize = NormalizeImages(dtype="float32")
        self.latent_rotation = LatentRotation()
        shape = (pose_head.num_joints, 3)
        self.pose_mean = self._add_constant("pose_mean", shape, "zeros")
        self.pose_std = self._add_constant("pose_std", shape, "ones")
        self.n_mpjpe = NMPJPE()
        shapes = {"image": (None, encoder.image_size, encoder.image_size, 3)}
        if reads_joints(self):
            shapes["scale"] = (None,)  # type: ignore[assignment]
        self.build(shapes)

    def build(self, input_shape: Any) -> None:
        points = (None, self.encoder.num_points, 3)
        self.normalize.build(input_shape["image"])
        self.latent_rotation.build({"latent_3d": points, "rotation": (None, 3, 3)})
        self.built = True  # the other parts are functional, hence built already

    def adapt(self, joints: Any, valid: Any = None) -> None:
        """Takes mean and std of the poses from labels.

        Args:
            joints: `[M, J, 3]` wrist-relative joints in mm.
            valid: `[M, J]`, 0 for joints that must not count, or None.

        Raises:
            ValueError: `joints` has another shape or is not finite; or the head is a
                `LiftHead`, whose poses are in mm already.
        """
        if reads_joints(self):
            raise ValueError(
                f"{self.name} needs no `adapt`: its {type(self.pose_head).__name__} "
                "gives mm, not standardised poses; leave the call out."
            )
        joints = np.asarray(joints, "float64")
        if joints.shape[1:] != tuple(self.pose_mean.shape) or len(joints) == 0:
            raise ValueError(
                f"`joints` must have shape [M, {self.pose_mean.shape[0]}, 3] with M >= "
                f"1. Received: joints.shape={joints.shape}"
            )
        weights = np.ones(joints.shape[:2]) if valid is None else np.asarray(valid)
        weights = weights[..., None].astype("float64")
        joints = np.where(weights > 0, joints, 0.0)
        if not np.isfinite(joints).all():
            raise ValueError("`joints` holds values that are not finite.")
        count = np.maximum(weights.sum(axis=0), 1e-9)
        mean = (weights * joints).sum(axis=0) / count
        std = np.sqrt((weights * (joints - mean) ** 2).sum(axis=0) / count)
        self.pose_mean.assign(mean.astype("float32"))
        # The wrist is always zero; as in the reference its std counts as 1.
        self.pose_std.assign(np.where(std > 1e-6, std, 1.0).astype("float32"))

    def call(self, inputs: Any, training: bool | None = None) -> Any:
        inputs = self.as_inputs(inputs)
        head_inputs = latent_3d = self.latents(inputs, training)
        if reads_joints(self):
            nominal = ops.full_like(latent_3d[:, 0, 0], NOMINAL_SCALE)
            scale = inputs.get("scale", nominal)
            head_inputs = {"latent_3d": latent_3d, "scale": scale}
        standardized = self.pose_head(head_inputs, training=training)
        return standardized * self.pose_std + self.pose_mean

    def latents(self, inputs: Any, training: bool | None = None) -> Any:
        """`[B, N, 3]` latent points of a batch, encoded unless given."""
        inputs = self.as_inputs(inputs)
        if "latent_3d" in inputs:
            return ops.cast(inputs["latent_3d"], "float32")
        is_training = bool(training) and self.trainable_encoder
        image = self.normalize(inputs["image"])
        codes = self.encoder(image, training=is_training)
        if self.trainable_encoder:
            return codes["latent_3d"]
        return ops.stop_gradient(codes["latent_3d"])

    def compute_terms(self, data: Any, training: bool | None) -> dict[Any, Any]:
        inputs, joints, valid = keras.utils.unpack_x_y_sample_weight(data)
        joints = ops.cast(joints, "float32")
        if training and self.latent_rotation_augmentation:
            inputs, joints = self._rotate(inputs, joints, training)
        predicted = self(inputs, training=training)
        self.n_mpjpe.update_state(joints, predicted, valid)
        self.compute_metrics(inputs, joints, predicted, valid)
        return {"loss": self.pose_terms(joints, predicted, valid, self.loss)}

    def pose_terms(self, joints: Any, predicted: Any, valid: Any, loss: Any) -> Any:
        """The loss between standardised poses, averaged over the valid joints.

        Args:
            joints: `[B, J, 3]` float32 true joints in mm.
            predicted: `[B, J, 3]` float32 joints in mm.
            valid: `[B, J]` validity of the joints, `[B]` of samples, or None.
            loss: Keras loss, or its name.

        Returns:
            `[B]` float32; 0 for a sample without a valid joint.
        """
        if valid is not None:
            # NaN may stand for an unknown joint, and its gradient would be NaN, too.
            known = ops.cast(valid, "bool")[..., None]
            known = known[:, None] if len(valid.shape) == 1 else known
            joints = ops.where(known, joints, 0.0)
        values = elementwise(
            loss,
            (joints - self.pose_mean) / self.pose_std,
            (predicted - self.pose_mean) / self.pose_std,
        )  # [B, J]
        weights = ops.ones_like(values)
        if valid is not None:
            valid = ops.cast(valid, "float32")
            weights = weights * (valid[:, None] if len(valid.shape) == 1 else valid)
            values = ops.where(weights > 0, values, 0.0)
        total = ops.sum(values * weights, axis=1)
        return total / ops.maximum(ops.sum(weights, axis=1), 1e-9)

    def get_config(self) -> dict[str, Any]:
        return {
            **super().get_config(),
            "encoder": keras.saving.serialize_keras_object(self.encoder),
            "pose_head": keras.saving.serialize_keras_object(self.pose_head),
            "trainable_encoder": self.trainable_encoder,
            "latent_rotation_augmentation": self.latent_rotation_augmentation,
            "seed": self.seed,
        }

    @classmethod
    def from_config(
        cls, config: Any, custom_objects: dict[str, Any] | None = None
    ) -> Any:
        config = dict(config)
        for part in ("encoder", "pose_head"):
            config[part] = keras.saving.deserialize_keras_object(
                config[part], custom_objects=custom_objects
            )
        return cls(**config)

    @classmethod
    def from_preset(cls, preset: Any) -> "PoseEstimator":
        """Loads a trained model.

        Args:
            preset: folder that `save_to_preset` wrote, name in `PoseEstimator.presets`,
                or `hf://<user>/<repository>` on the Hugging Face Hub.

        Returns:
            `PoseEstimator`, not compiled.

        Raises:
            WeightsError: there is no such preset.
        """
        return load_preset(cls, preset)

    def _rotate(self, inputs, joints, training):
        """Rotates latent points and pose by the same random rotation."""
        latent_3d = self.latents(inputs, training)
        rotation = random_rotation(
            ops.shape(joints)[0],
            math.radians(self.latent_rotation_augmentation),
            self.seed_generator,
        )
        rotated = self.latent_rotation({"latent_3d": latent_3d, "rotation": rotation})
        joints = ops.matmul(joints, ops.transpose(rotation, (0, 2, 1)))
        return {**self.as_inputs(inputs), "latent_3d": rotated}, joints

    def _add_constant(self, name, shape, initializer):
        return self.add_weight(
            shape=shape,
            initializer=initializer,
            trainable=False,
            dtype="float32",
            autocast=False,  # in mm: half precision would round to a millimetre
            name=name,
        )
