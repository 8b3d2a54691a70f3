"""Trained models in a folder: a description of the parts and their weights."""

import hashlib
from pathlib import Path
from typing import Any

import keras

from hand_geo_keras.errors import WeightsError
from hand_geo_keras.io import (
    array_shapes,
    make_folder,
    read_arrays,
    read_json,
    write_arrays,
    write_json,
)
from hand_geo_keras.models.checked_config import TO_LOAD, build_checked, check_config
from hand_geo_keras.models.model_files import check_finite
from hand_geo_keras.precision import float32_config
from hand_geo_keras.preset_folders import CONFIG_FILE, WEIGHTS_FILE, find_preset

_FORMER = ("points_in_crop",)  # arguments that models no longer take
_DIGEST = "weights_sha256"  # key in config.json of what is no part


def save_to_preset(
    directory: str | Path, *models: Any, half_precision: bool = True
) -> None:
    """Writes trained models, which share one encoder, to a folder.

    A model says by class attributes what of it is kept: `preset_parts`, names of
    networks; `preset_arrays`, names of variables; and `preset_key`, under which its
    other arguments stand in `config.json`, or None.

    The folder gets `config.json` (the arguments of the parts and of the view
    synthesizer, readable) and `weights.npz`; every part is stored once.
    Kernels in half precision halve the file; each is rounded by at most 5e-4 of its
    value.

    Args:
        directory: folder to write; made if need be.
        *models: `PoseEstimator` and/or `ViewSynthesizer`.
        half_precision: whether kernels are stored as float16.

    Raises:
        ValueError: no model, a model of another kind, or two encoders.

    Example:

    ```python
    save_to_preset("my_hands", view_synthesizer, pose_estimator)
    PoseEstimator.from_preset("my_hands").predict(crops)
    ```
    """
    parts = _collect_parts(models)
    config = {name: _portable_config(part) for name, part in parts.items()}
    arrays = {
        f"{name}/{index}": _stored(weight, half_precision)
        for name, part in parts.items()
        for index, weight in enumerate(part.get_weights())
    }
    for model in models:
        arrays |= {name: getattr(model, name).numpy() for name in model.preset_arrays}
        if model.preset_key:
            config[model.preset_key] = _own_arguments(model)
    directory = make_folder(directory)
    write_arrays(directory / WEIGHTS_FILE, arrays)
    config[_DIGEST] = _sha256(directory / WEIGHTS_FILE)
    write_json(directory / CONFIG_FILE, config, indent=2)


def load_preset(model_class: Any, preset: Any, **shared: Any) -> Any:
    """Builds a model from a folder that `save_to_preset` wrote.

    Args:
        model_class: `PoseEstimator` or `ViewSynthesizer`.
        preset: See `find_preset`.
        **shared: parts of a model that was loaded from this preset before, by name;
            they are used instead of copies.

    Returns:
        Instance of `model_class`, not compiled.

    Raises:
        WeightsError: there is no such preset, it lacks a part of the model, is
            damaged, or names anything but models of this package.
    """
    directory = find_preset(preset)
    config = read_json(directory / CONFIG_FILE, WeightsError)
    missing = [name for name in model_class.preset_parts if name not in config]
    if missing:
        raise WeightsError(
            f"{directory} holds no {missing[0]}, which {model_class.__name__} needs; "
            "save the preset with such a model."
        )
    shapes = array_shapes(directory / WEIGHTS_FILE)
    _check_digest(directory, config.get(_DIGEST))
    parts = {
        name: shared.get(name) or _build_part(config[name], name, shapes, directory)
        for name in model_class.preset_parts
    }
    arguments = config.get(model_class.preset_key, {})
    check_config(arguments, f"{directory / CONFIG_FILE}, {model_class.preset_key}")
    arguments = without_former_arguments(arguments)
    arrays = read_arrays(directory / WEIGHTS_FILE)
    try:
        model = model_class(**parts, **arguments)
        _assign(model, parts, arrays)
    except Exception as reason:  # parts that do not fit together fail in any way
        raise WeightsError(
            f"{directory}: its parts make no {model_class.__name__} ({reason}); save "
            "the preset again."
        ) from reason
    check_finite(model, directory / WEIGHTS_FILE)
    return model


def without_former_arguments(config: Any) -> dict[Any, Any]:
    """The arguments of a model that was saved when they said what its parts now say."""
    return {name: value for name, value in config.items() if name not in _FORMER}


def has_parts(preset: Any, model_class: Any) -> bool:
    """Whether a preset holds all parts of a model; args and errors of `find_preset`."""
    config = read_json(find_preset(preset) / CONFIG_FILE, WeightsError)
    return all(part in config for part in model_class.preset_parts)


def _collect_parts(models):
    parts = {}
    for model in models:
        if not hasattr(model, "preset_parts"):
            raise ValueError(
                "Presets hold a PoseEstimator and a ViewSynthesizer. "
                f"Received: {type(model).__name__}"
            )
        for name in model.preset_parts:
            part = getattr(model, name)
            if parts.setdefault(name, part) is not part:
                raise ValueError("The models of a preset must share one encoder.")
    if not parts:
        raise ValueError("`save_to_preset` needs at least one model. Received: none")
    return parts


def _portable_config(part):
    config = float32_config(keras.saving.serialize_keras_object(part))
    config["config"]["trainable"] = True  # whoever loads it decides
    return config


def _own_arguments(model):
    config = model.get_config()
    others = ("name", "seed", TO_LOAD, *model.preset_parts)
    return {name: value for name, value in config.items() if name not in others}


def _stored(weight, half_precision):
    # Vectors, such as moving variances, are few and need the range of float32.
    is_kernel = weight.ndim > 1
    return weight.astype("float16" if half_precision and is_kernel else "float32")


def _check_digest(directory, digest):
    """Refuses weights that are not those that the configuration was written with."""
    if digest is not None and digest != _sha256(directory / WEIGHTS_FILE):
        raise WeightsError(
            f"{directory / WEIGHTS_FILE}: is damaged, or not the file that belongs to "
            f"{CONFIG_FILE}; save or copy the preset again."
        )


def _sha256(path):
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _build_part(config, name, shapes, directory):
    check_config(config, f"{directory / CONFIG_FILE}, {name}")

    def fits(part):
        wanted = {
            f"{name}/{index}": tuple(weight.shape)
            for index, weight in enumerate(part.weights)
        }
        stored = {key: shapes[key] for key in shapes if key.startswith(f"{name}/")}
        if wanted != stored:
            odd = sorted(wanted.items() ^ stored.items())[0]
            raise WeightsError(
                f"{directory / WEIGHTS_FILE} does not fit the {name} of {CONFIG_FILE} "
                f"at {odd}."
            )

    return build_checked(config, f"{directory / CONFIG_FILE}, {name}", fits)


def _assign(model, parts, arrays):
    for name, part in parts.items():
        count = len(part.weights)
        values = (arrays[f"{name}/{index}"] for index in range(count))
        part.set_weights([value.astype("float32") for value in values])
    for name in model.preset_arrays:
        getattr(model, name).assign(arrays[name])
