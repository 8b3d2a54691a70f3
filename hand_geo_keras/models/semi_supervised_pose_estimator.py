"""View synthesis and pose regression trained together on a shared encoder."""

from typing import Any

import keras

from hand_geo_keras.models.hand_preprocessor import HandPreprocessor
from hand_geo_keras.models.pose_estimator import PoseEstimator
from hand_geo_keras.models.pose_head import PoseHead
from hand_geo_keras.models.pose_model import PoseModel


@keras.saving.register_keras_serializable(package="hand_geo_keras")
class SemiSupervisedPoseEstimator(PoseModel):
    """Learns the pose from few labels and the latent space from all images.

    The semi-supervised configuration of Müller et al. (ICIP 2020), section 2.3: in
    every step the encoder gets the gradients of the view synthesis loss on
    unlabelled quads and of the pose loss on labelled images. The batches should
    hold a steady fraction of labelled images, which are over-sampled for that.

    The loss given to `compile` is the one of the images; the pose loss is the mean
    squared error of standardised poses. Call `adapt` before `fit`.

    Args:
        view_synthesizer: `ViewSynthesizer`, whose encoder is shared.
        pose_head: `PoseHead`.
        pose_loss_weight: weight of the pose loss (the paper gives no value).
        **kwargs: passed to `keras.Model`.

    Call arguments:
        inputs: dict of `"image"`: `[B, S, S, 3]` RGB in 0..255, or of `"latent_3d"`,
            as for `PoseEstimator`; of a training batch the labelled part is used.
        training: bool.

    Returns:
        `[B, J, 3]` float32 joints in mm, in the frame of the image's virtual camera,
        relative to the wrist.

    Training data:
        `({"labelled": {"image": [L, S, S, 3]}, "unlabelled": quads}, joints)` with
        `joints` `[L, J, 3]` in mm, quads as for `ViewSynthesizer`, and optionally
        the validity `[L, J]` of the joints as sample weight. Evaluation takes the
        same, or labelled batches alone: `({"image": ...}, joints)`.

    Example:

    ```python
    model = SemiSupervisedPoseEstimator(view_synthesizer, PoseHead())
    model.adapt(joints)
    model.compile("adam", loss=PixelFeatureLoss("resnet18.safetensors"))
    model.fit(mixed_batches, epochs=10)
    model.predict(crops)  # images of any size
    ```
    """

    def __init__(
        self,
        view_synthesizer: Any,
        pose_head: PoseHead,
        pose_loss_weight: float = 1.0,
        **kwargs: Any,
    ) -> None:
        super().__init__(term_names=("view_loss", "pose_loss"), **kwargs)
        self.view_synthesizer = view_synthesizer
        self.pose_estimator = PoseEstimator(
            view_synthesizer.encoder, pose_head, trainable_encoder=True
        )
        self.pose_loss_weight = pose_loss_weight
        # Metrics of sub-models are not reported by Keras unless owned here.
        self.n_mpjpe = self.pose_estimator.n_mpjpe
        self.psnr_hand = view_synthesizer.psnr_hand
        size = view_synthesizer.encoder.image_size
        self.preprocessor = HandPreprocessor(size)
        self.build({"image": (None, size, size, 3)})

    def build(self, input_shape: Any) -> None:
        self.built = True  # the parts are functional, hence built already

    def adapt(self, joints: Any, valid: Any = None) -> None:
        """Takes mean and std of the poses from labels, `[M, J, 3]` in mm."""
        self.pose_estimator.adapt(joints, valid)

    def call(self, inputs: Any, training: bool | None = None) -> Any:
        if isinstance(inputs, dict):
            inputs = inputs.get("labelled", inputs)  # training batches hold both
        return self.pose_estimator(inputs, training=training)

    def compute_terms(self, data: Any, training: bool | None) -> Any:
        inputs, joints, valid = keras.utils.unpack_x_y_sample_weight(data)
        predicted = self(inputs, training=training)
        self.n_mpjpe.update_state(joints, predicted, valid)
        self.compute_metrics(inputs, joints, predicted, valid)
        pose = self.pose_estimator.pose_terms(joints, predicted, valid, "mse")
        if "unlabelled" not in inputs:
            return {"loss": self.pose_loss_weight * pose, "pose_loss": pose}
        return self._joint_terms(inputs["unlabelled"], pose, training)

    def get_config(self) -> dict[str, Any]:
        estimator = self.pose_estimator
        return {
            **super().get_config(),
            "view_synthesizer": keras.saving.serialize_keras_object(
                self.view_synthesizer
            ),
            "pose_head": keras.saving.serialize_keras_object(estimator.pose_head),
            "pose_loss_weight": self.pose_loss_weight,
        }

    @classmethod
    def from_config(
        cls, config: Any, custom_objects: dict[str, Any] | None = None
    ) -> Any:
        config = dict(config)
        for part in ("view_synthesizer", "pose_head"):
            config[part] = keras.saving.deserialize_keras_object(
                config[part], custom_objects=custom_objects
            )
        return cls(**config)

    def _joint_terms(self, quads, pose, training):
        """Adds the mean pose loss to the view loss of every quad of this replica."""
        outputs = self.view_synthesizer(quads, training=training)
        views = self.view_synthesizer.view_terms(quads, outputs, self.loss)["loss"]
        self.view_synthesizer.update_image_metrics(quads, outputs)
        mean_pose = keras.ops.mean(pose)
        return {
            "loss": views + self.pose_loss_weight * mean_pose,
            "view_loss": views,
            "pose_loss": pose,
        }
