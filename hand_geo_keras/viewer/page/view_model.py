"""What synthesizes the views and poses of one image: a synthesizer and a pose model."""

from pathlib import Path
from typing import Any

import numpy as np
import tensorflow as tf

from hand_geo_keras.errors import WeightsError
from hand_geo_keras.layers import denormalize_images
from hand_geo_keras.models import PoseEstimator, ViewSynthesizer
from hand_geo_keras.models.model_files import load_model_file
from hand_geo_keras.prediction.pose_model import load_pose_model

_SYNTHESIZER_FILE = "view_synthesizer.keras"


class ViewModel:
    """A view synthesizer, and perhaps a pose model, for one image at a time.

    Not safe to be called from several threads at once.

    Args:
        name: How the model is called on the page.
        synthesizer: `ViewSynthesizer`.
        pose_model: `PoseEstimator`, `SemiSupervisedPoseEstimator`, or None.
    """

    def __init__(
        self,
        name: str,
        synthesizer: ViewSynthesizer,
        pose_model: PoseEstimator | None = None,
    ) -> None:
        self.name = name
        self.synthesizer = synthesizer
        self.pose_model = getattr(pose_model, "pose_estimator", pose_model)
        self.crop_size = int(synthesizer.encoder.image_size)
        # Graphs: a drag decodes dozens of times per second.
        self._encode = tf.function(synthesizer.encode)
        self._predict = self.pose_model and tf.function(self.pose_model)
        self._decode = tf.function(self._decoded)

    @property
    def pose_crop_size(self) -> Any:
        """Side of the crops that the pose model takes, None without one."""
        return self.pose_model and int(self.pose_model.encoder.image_size)  # type: ignore[union-attr]

    def encode(self, image: np.ndarray) -> dict[Any, Any]:
        """Encodes an image, once for any number of views.

        Args:
            image: `[crop_size, crop_size, 3]` uint8 RGB.

        Returns:
            dict with `latent_3d` `[1, N, 3]` and `appearance` `[1, D]` tensors.
        """
        return self._encode(tf.constant(image[None]))

    def predict(self, image: np.ndarray) -> Any:
        """Wrist-relative joints `[21, 3]` in mm of an image, None without pose model.

        Args:
            image: `[pose_crop_size, pose_crop_size, 3]` uint8 RGB.
        """
        if self.pose_model is None:
            return None
        joints = self._predict({"image": tf.constant(image[None])})[0].numpy()  # type: ignore[misc,operator]
        return joints - joints[:1]

    def synthesize(
        self, codes: Any, appearance: Any, rotation: np.ndarray, background: np.ndarray
    ) -> np.ndarray:
        """Decodes an encoded image from another side.

        Args:
            codes: What `encode` returned for the image.
            appearance: What it returned for the image that lends its looks.
            rotation: `[3, 3]` rotation of the hand in the image's camera frame.
            background: `[crop_size, crop_size, 3]` uint8 RGB.

        Returns:
            `[crop_size, crop_size, 3]` uint8 RGB.
        """
        decoded = self._decode(
            codes["latent_3d"],
            appearance["appearance"],
            tf.constant(np.asarray(rotation, np.float32)[None]),
            tf.constant(background[None]),
        )
        return decoded[0].numpy()

    def _decoded(self, latent_3d, appearance, rotation, background):
        """As `ViewSynthesizer.synthesize`, without encoding again."""
        model = self.synthesizer
        rotated = model.latent_rotation({"latent_3d": latent_3d, "rotation": rotation})
        inputs = {"latent_3d": rotated, "appearance": appearance}
        inputs["background"] = model.normalize(background)
        decoded = model.decoder(inputs, training=False)["image"]
        return tf.cast(tf.round(denormalize_images(decoded)), tf.uint8)


def load_view_model(path: str | Path) -> ViewModel:
    """Loads a `ViewModel`.

    Args:
        path: Folder of a training run; folder of a preset, or its name; or a `.keras`
            file of any kind of model, beside which the other half is looked for.

    Returns:
        A `ViewModel`.

    Raises:
        WeightsError: If there is no such model, or nothing that synthesizes views.
    """
    path = Path(path)
    if path.is_file():
        return _of_file(path)
    synthesizer = path / _SYNTHESIZER_FILE
    if synthesizer.is_file():
        return _of_run(path.resolve().name, synthesizer, path)
    if path.is_dir() and not (path / "config.json").is_file():
        raise WeightsError(
            f"{path}: holds no {_SYNTHESIZER_FILE} and is no preset; give the folder "
            "of a training run or a .keras file."
        )
    if path.suffix and not path.is_dir():
        raise WeightsError(f"{path}: there is no such file; check the path.")
    synthesizer = ViewSynthesizer.from_preset(str(path))
    return ViewModel(path.name, synthesizer, _preset_pose_model(path))


def _of_file(path):
    name = f"{path.resolve().parent.name}/{path.stem}"
    model = load_model_file(path)
    if isinstance(model, ViewSynthesizer):
        return _of_run(name, model, path.parent)
    if hasattr(model, "view_synthesizer"):
        return ViewModel(name, model.view_synthesizer, model)
    beside = path.with_name(_SYNTHESIZER_FILE)
    if not hasattr(model, "pose_head") or not beside.is_file():
        raise WeightsError(
            f"{path}: synthesizes no views; give a ViewSynthesizer, or keep its "
            f"{_SYNTHESIZER_FILE} beside it."
        )
    return ViewModel(name, _synthesizer_of(beside), model)


def _of_run(name, synthesizer, folder):
    if isinstance(synthesizer, Path):
        synthesizer = _synthesizer_of(synthesizer)
    try:
        return ViewModel(name, synthesizer, load_pose_model(folder))
    except WeightsError:  # a run that has only learned views so far
        return ViewModel(name, synthesizer)


def _synthesizer_of(path):
    model = load_model_file(path)
    if not isinstance(model, ViewSynthesizer):
        raise WeightsError(
            f"{path}: must hold a ViewSynthesizer. Received: {type(model).__name__}"
        )
    return model


def _preset_pose_model(path):
    try:
        return PoseEstimator.from_preset(str(path))
    except WeightsError:  # a preset that holds no pose head
        return None
