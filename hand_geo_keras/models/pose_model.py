"""Base class of the models that predict poses from images."""

from collections.abc import Sequence
from typing import Any

import keras
import numpy as np

from hand_geo_keras.models.hand_preprocessor import HandPreprocessor
from hand_geo_keras.models.per_sample_trainer import PerSampleTrainer


class PoseModel(PerSampleTrainer):
    """A trainable model that comes with its preprocessor, as those of keras-hub.

    `model.preprocessor` turns images of any size into the model's inputs, and `predict`
    applies it; set it to None to have `predict` take prepared images only.
    `model.backbone` is the encoder. Training takes prepared crops, whose joints are in
    the crop's frame, and does not resize them.
    """

    encoder: keras.Model
    preprocessor: HandPreprocessor | None = None

    @property
    def backbone(self) -> keras.Model:
        """The encoder, under the name that keras-hub's tasks have for it."""
        estimator: Any = getattr(self, "pose_estimator", self)
        return estimator.encoder

    def __dir__(self) -> list[str]:
        # Keras stores every part under the first attribute that leads to it; an alias
        # must not change where files have their weights.
        return [name for name in super().__dir__() if name != "backbone"]

    def predict(
        self,
        x: Any,
        batch_size: int | None = None,
        verbose: str | int = "auto",
        steps: int | None = None,
        callbacks: Sequence[keras.callbacks.Callback] | None = None,
    ) -> np.ndarray:
        """Predicts joints from hand crops.

        Args:
            x: array or list of images of any size, see `HandPreprocessor`; a dict of
                the model's inputs; or a `tf.data.Dataset` or generator of such dicts.
            batch_size: images at once, 32 if None.
            verbose: as in `keras.Model.predict`.
            steps: as in `keras.Model.predict`.
            callbacks: as in `keras.Model.predict`.

        Returns:
            `[B, J, 3]` float32 joints in mm relative to the wrist, in the frame of
            each crop's virtual camera (x right, y down, z away from the camera).

        Raises:
            ValueError: an image cannot be prepared, or inputs have a wrong shape.

        Example:
            ```python
            model = PoseEstimator.from_preset("hand_128")
            joints_mm = model.predict([crop, other_crop])  # [2, 21, 3]
            ```
        """
        if self.preprocessor is not None and _are_images(x):
            x = self.preprocessor(x)
        if isinstance(x, dict) and all(
            np.shape(value)[:1] == (0,) for value in x.values()
        ):
            return np.asarray(self(x, training=False))  # Keras needs a batch
        return super().predict(x, batch_size, verbose, steps, callbacks)

    def as_inputs(self, inputs: Any) -> dict[str, Any]:
        """Checks a batch; images alone become a dict.

        Args:
            inputs: dict of `"image"` `[B, S, S, 3]` or of `"latent_3d"` `[B, N, 3]`,
                or images `[B, S, S, 3]`.

        Returns:
            The dict.

        Raises:
            ValueError: it holds neither, or one of another shape; the message names
                the shape that was expected.
        """
        given = inputs if isinstance(inputs, dict) else {"image": inputs}
        size, points = self.encoder.image_size, self.encoder.num_points
        expected = {"image": (size, size, 3), "latent_3d": (points, 3)}
        name = next((key for key in ("latent_3d", "image") if key in given), None)
        if name is None:
            raise ValueError(
                f'{self.name} takes a dict of "image" [B, {size}, {size}, 3] or of '
                f'"latent_3d" [B, {points}, 3]. Received: a dict of {sorted(given)}'
            )
        shape = tuple(given[name].shape)
        if len(shape) != len(expected[name]) + 1 or any(
            found not in (None, wanted)
            for found, wanted in zip(shape[1:], expected[name])
        ):
            wanted = ", ".join(map(str, ("B", *expected[name])))
            hint = "; `predict` takes images of any size" if name == "image" else ""
            raise ValueError(
                f'{self.name} takes "{name}" of shape [{wanted}]{hint}. Received: '
                f"shape={shape}"
            )
        return given


def _are_images(x: Any) -> bool:
    if isinstance(x, (list, tuple, np.ndarray)):
        return True
    return hasattr(x, "shape") and hasattr(x, "dtype")  # a tensor
