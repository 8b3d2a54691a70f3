"""Loads what predicts poses from crops."""

import os
from pathlib import Path
from typing import Any

import keras

from hand_geo_keras import models
from hand_geo_keras.errors import WeightsError
from hand_geo_keras.hub_presets import is_hub_handle
from hand_geo_keras.models.model_files import load_model_file
from hand_geo_keras.models.preset_files import has_parts, load_preset
from hand_geo_keras.preset_folders import CONFIG_FILE, RUN_MODEL

_SYNTHESIZER = "view_synthesizer.keras"


def load_pose_model(model: Any) -> Any:
    """Loads a pose model.

    Args:
        model: A Keras model (returned unchanged), a `.keras` file, a folder that
            `train_recording` or `save_to_preset` wrote, that of a cell of a table,
            the name of a preset that ships with the package, or
            `hf://<user>/<repository>` on the Hugging Face Hub.

    Returns:
        A `PoseEstimator` or `SemiSupervisedPoseEstimator`.

    Raises:
        WeightsError: If there is no such model or it predicts no poses.

    Example:
        ```python
        model = load_pose_model("runs/my_rig")
        ```
    """
    if isinstance(model, keras.Model):
        return _checked(model, "the given model")
    if is_hub_handle(model):
        return models.PoseEstimator.from_preset(model)
    path = Path(model)
    if path.is_file():
        return _checked(load_model_file(path), path)
    if (path / RUN_MODEL).is_file():
        return _checked(load_model_file(path / RUN_MODEL), path / RUN_MODEL)
    if path.is_dir() and not (path / CONFIG_FILE).is_file():
        raise WeightsError(
            f"{path}: holds no {RUN_MODEL} and is no preset; give a "
            ".keras file or the folder of a finished training run."
        )
    if path.suffix and not path.is_dir():
        raise WeightsError(f"{path}: there is no such file; check the path.")
    return models.PoseEstimator.from_preset(str(model))


def load_view_synthesizer(
    model: str | os.PathLike, pose_model: keras.Model | None = None
) -> models.ViewSynthesizer | None:
    """Loads what decodes other views, from where `load_pose_model` takes a pose model.

    Args:
        model: Folder of a run, preset, or `.keras` file of a pose model.
        pose_model: The pose model that was loaded from a preset, whose encoder is used
            instead of a copy.

    Returns:
        `ViewSynthesizer`; None where there is none.

    Raises:
        WeightsError: If there is no such preset, or a file is damaged.

    Example:
        ```python
        load_view_synthesizer("hand_128")
        ```
    """
    path = Path(model)
    if path.is_file():
        return None
    if (path / RUN_MODEL).is_file():
        file = path / _SYNTHESIZER
        return load_model_file(file) if file.is_file() else None
    if not has_parts(model, models.ViewSynthesizer):
        return None
    shared = {} if pose_model is None else {"encoder": pose_model.encoder}
    return load_preset(models.ViewSynthesizer, model, **shared)


def crop_size_of(model: Any) -> int:
    """Side in pixels of the crops that a pose model takes."""
    return int(getattr(model, "pose_estimator", model).encoder.image_size)


def _checked(model, where):
    if not hasattr(getattr(model, "pose_estimator", model), "pose_head"):
        raise WeightsError(
            f"{where}: predicts no poses; give a PoseEstimator, not a "
            f"{type(model).__name__}."
        )
    return model
