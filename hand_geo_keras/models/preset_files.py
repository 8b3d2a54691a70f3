"""Trained models in a folder: a description of the parts and their weights."""

import hashlib
from pathlib import Path
from typing import Any

import keras
import numpy as np

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
from hand_geo_keras.preset_folders import (
    BASED_ON,
    CONFIG_FILE,
    WEIGHTS_FILE,
    base_folder,
    preset_folders,
)

_FORMER = ("points_in_crop",)  # arguments that models no longer take
_DIGEST = "weights_sha256"  # key in config.json of what is no part


def save_to_preset(
    directory: str | Path,
    *models: Any,
    half_precision: bool = True,
    based_on: str | None = None,
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
        based_on: name of a shipped preset; parts that are stored there alike are left
            out, and read from there. With another encoder than there, nothing is left
            out: decoder and pose head are of use only with the encoder they know.

    Raises:
        ValueError: no model, a model of another kind, or two encoders.
        WeightsError: there is no such shipped preset.

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
    if based_on is not None:
        config, arrays = _without_those_of(based_on, config, arrays)
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
    folders = preset_folders(preset)
    directory = folders[0]
    configs = {folder: _config_of(folder) for folder in folders}
    holders = {name: folder for folder in folders[::-1] for name in configs[folder]}
    missing = [name for name in model_class.preset_parts if name not in holders]
    if missing:
        raise WeightsError(
            f"{directory} holds no {missing[0]}, which {model_class.__name__} needs; "
            "save the preset with such a model."
        )
    shapes = {folder: array_shapes(folder / WEIGHTS_FILE) for folder in folders}
    for folder in folders:
        _check_digest(folder, configs[folder].get(_DIGEST))
    parts = {}
    for name in model_class.preset_parts:
        folder = holders[name]
        parts[name] = shared.get(name) or _build_part(
            configs[folder][name], name, shapes[folder], folder
        )
    folder = holders.get(model_class.preset_key, directory)
    arguments = configs[folder].get(model_class.preset_key, {})
    check_config(arguments, f"{folder / CONFIG_FILE}, {model_class.preset_key}")
    arguments = without_former_arguments(arguments)
    arrays = {}
    for folder in folders[::-1]:
        arrays |= read_arrays(folder / WEIGHTS_FILE)
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
    """Whether a preset has all parts of a model; args, errors of `preset_folders`."""
    configs = [_config_of(folder) for folder in preset_folders(preset)]
    return all(
        any(part in config for config in configs) for part in model_class.preset_parts
    )


def part_shapes(preset: Any, part: str) -> list[tuple[int, ...]]:
    """Shapes of a part's weights; args and errors of `preset_folders`."""
    for folder in preset_folders(preset):
        if part in _config_of(folder):
            shapes = array_shapes(folder / WEIGHTS_FILE).items()
            return [shape for key, shape in shapes if key.startswith(f"{part}/")]
    return []


def _config_of(folder):
    return read_json(folder / CONFIG_FILE, WeightsError)


def _without_those_of(based_on, config, arrays):
    """What of a preset differs from the shipped one that it is based on."""
    folder = base_folder(based_on, f"based_on={based_on!r}")
    base, base_arrays = _config_of(folder), read_arrays(folder / WEIGHTS_FILE)

    def is_there(name):
        return name in base_arrays and np.array_equal(arrays[name], base_arrays[name])

    def of_part(name):
        return [key for key in arrays if key.startswith(f"{name}/")]

    parts = {
        name
        for name, value in config.items()
        if value == base.get(name) and all(map(is_there, of_part(name)))
    }
    if "encoder" not in parts:
        return config, arrays
    left_out = {key for part in parts for key in of_part(part)}
    left_out |= {key for key in arrays if "/" not in key and is_there(key)}
    config = {name: value for name, value in config.items() if name not in parts}
    arrays = {key: value for key, value in arrays.items() if key not in left_out}
    return {BASED_ON: folder.name, **config}, arrays


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
