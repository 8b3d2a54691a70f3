"""What synthesizes the views and poses of one image: a synthesizer and a pose model."""

import dataclasses
from pathlib import Path
from typing import Any

import numpy as np
import tensorflow as tf

from hand_geo_keras.errors import WeightsError
from hand_geo_keras.layers import denormalize_images
from hand_geo_keras.models import PoseEstimator, ViewSynthesizer
from hand_geo_keras.models.model_files import load_model_file
from hand_geo_keras.models.read_joints import reads_joints
from hand_geo_keras.prediction.hand_prediction import HandPrediction
from hand_geo_keras.prediction.open_predictor import open_predictor
from hand_geo_keras.prediction.pose_model import load_pose_model
from hand_geo_keras.preset_folders import find_preset
from hand_geo_keras.viewer.page.hand_image import HandImage

_SYNTHESIZER_FILE = "view_synthesizer.keras"
_POSE_FILE = "model.keras"


class ViewModel:
    """A view synthesizer, a pose model, or both, for one image at a time.

    Not safe to be called from several threads at once.

    Args:
        name: How the model is called on the page.
        synthesizer: `ViewSynthesizer`, or None where nothing decodes views.
        pose_model: `PoseEstimator`, `SemiSupervisedPoseEstimator`, or None.

    Raises:
        ValueError: If both are None.
    """

    def __init__(
        self,
        name: str,
        synthesizer: ViewSynthesizer | None = None,
        pose_model: Any = None,
    ) -> None:
        if synthesizer is None and pose_model is None:
            raise ValueError(
                "A view model needs a synthesizer or a pose model. Received: "
                f"name={name!r} with neither"
            )
        self.name = name
        self.synthesizer = synthesizer
        self.pose_model = getattr(pose_model, "pose_estimator", pose_model)
        main = synthesizer or self.pose_model
        self.crop_size = int(main.encoder.image_size)
        if synthesizer:
            # Graphs: a drag decodes dozens of times per second.
            self._encode = tf.function(synthesizer.encode)
            self._decode = tf.function(self._decoded)

    @property
    def finds_hands(self) -> bool:
        """Whether the pose model has named latent points, and so finds hands."""
        return self.pose_model is not None and reads_joints(self.pose_model)

    def encode(self, image: np.ndarray) -> dict[str, Any] | None:
        """Encodes an image, once for any number of views.

        Args:
            image: `[crop_size, crop_size, 3]` uint8 RGB.

        Returns:
            dict with `latent_3d` `[1, N, 3]` and `appearance` `[1, D]` tensors; None
            without synthesizer.
        """
        return self._encode(tf.constant(image[None])) if self.synthesizer else None

    def predict(self, given: HandImage) -> HandPrediction | None:
        """Predicts the hand of an image, as `open_predictor` does.

        Args:
            given: `HandImage`.

        Returns:
            `HandPrediction`; None without pose model, or if the hand cannot be placed
            in front of the camera.
        """
        if self.pose_model is None:
            return None
        predictor = open_predictor(self.pose_model, given.lens, given.side)
        (hand,) = predictor([given.image], [given.box], [given.source], [given.frame])
        if hand is None or given.is_calibrated:
            return hand
        return dataclasses.replace(hand, wrist=None)

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
        A `ViewModel`, with whichever of both there is.

    Raises:
        WeightsError: If there is no such model, or it neither synthesizes views nor
            predicts poses.
    """
    path = Path(path)
    if path.is_file():
        return _of_file(path)
    if any((path / name).is_file() for name in (_SYNTHESIZER_FILE, _POSE_FILE)):
        return _of_run(path)
    if path.is_dir() and not (path / "config.json").is_file():
        raise WeightsError(
            f"{path}: holds no {_SYNTHESIZER_FILE} or {_POSE_FILE} and is no preset; "
            "give the folder of a training run or a .keras file."
        )
    if path.suffix and not path.is_dir():
        raise WeightsError(f"{path}: there is no such file; check the path.")
    folder = str(find_preset(path))
    return _with_either(path.name, folder)


def _of_file(path):
    name = f"{path.resolve().parent.name}/{path.stem}"
    model = load_model_file(path)
    if isinstance(model, ViewSynthesizer):
        return ViewModel(name, model, _pose_model_in(path.parent))
    if hasattr(model, "view_synthesizer"):
        return ViewModel(name, model.view_synthesizer, model)
    if not hasattr(model, "pose_head"):
        raise WeightsError(
            f"{path}: neither synthesizes views nor predicts poses; give a "
            f"ViewSynthesizer or PoseEstimator. Received: {type(model).__name__}"
        )
    beside = path.with_name(_SYNTHESIZER_FILE)
    return ViewModel(name, _synthesizer_of(beside) if beside.is_file() else None, model)


def _of_run(path):
    file = path / _SYNTHESIZER_FILE
    synthesizer = _synthesizer_of(file) if file.is_file() else None
    return ViewModel(path.resolve().name, synthesizer, _pose_model_in(path))


def _pose_model_in(folder):
    """The pose model of a run, None if it has only learned views so far."""
    is_there = (folder / _POSE_FILE).is_file()
    return load_pose_model(folder) if is_there else None


def _with_either(name, preset):
    """A preset's halves, whichever it has."""
    halves, errors = [], []
    for kind in (ViewSynthesizer, PoseEstimator):
        try:
            halves.append(kind.from_preset(preset))
        except WeightsError as error:  # it holds no such half
            halves.append(None)
            errors.append(error)
    if len(errors) == 2:
        raise errors[0]
    return ViewModel(name, *halves)


def _synthesizer_of(path):
    model = load_model_file(path)
    if not isinstance(model, ViewSynthesizer):
        raise WeightsError(
            f"{path}: must hold a ViewSynthesizer. Received: {type(model).__name__}"
        )
    return model
