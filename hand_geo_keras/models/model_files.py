"""Reading of `.keras` files that may hold anything."""

import io
import zipfile
from pathlib import Path
from typing import Any

import keras
import numpy as np

from hand_geo_keras.errors import WeightsError
from hand_geo_keras.io import check_hdf5, check_unpacked_size, parse_json
from hand_geo_keras.models.checked_config import build_checked, check_config
from hand_geo_keras.precision import in_float32

_CONFIG, _WEIGHTS = "config.json", "model.weights.h5"


def load_model_file(path: str | Path) -> Any:
    """Loads any model of this package from a `.keras` file, to compute in float32.

    Nothing in the file is run or imported: it may only name models of this package,
    and their weights must be in it, in full.

    Args:
        path: File that `model.save` wrote.

    Returns:
        The model, not compiled.

    Raises:
        WeightsError: If the file is missing, damaged, of another version or holds
            something else.

    Example:
        ```python
        model = load_model_file("runs/my_rig/pre_trained.keras")
        ```
    """
    return in_float32(read_model_file(path))


def read_model_file(path: str | Path) -> Any:
    """Loads a model as `load_model_file`, but to compute as it was saved.

    Args and errors are those of `load_model_file`; the result may compute in bfloat16,
    to be trained further.
    """
    try:
        _check(Path(path))
        model = keras.saving.load_model(path, compile=False, safe_mode=True)
    except WeightsError:
        raise
    except Exception as reason:  # a damaged file fails in any way
        first_line = (str(reason).strip().splitlines() or [repr(reason)])[0]
        raise WeightsError(
            f"{path}: cannot be loaded as a Keras model ({first_line}); it may be "
            "missing, cut off or of another version."
        ) from reason
    check_finite(model, path)
    return model


def check_finite(model: Any, path: str | Path) -> None:
    """Refuses a model with weights that are no finite numbers.

    Raises:
        WeightsError: If there are such; it names the first of them.
    """
    for variable in model.variables:
        values = keras.ops.convert_to_numpy(variable).astype("float32")
        if not np.isfinite(values).all():
            raise WeightsError(
                f"{path}: the weights {variable.path} are not finite; it is damaged, "
                "or its training went wrong."
            )


def _check(path):
    with zipfile.ZipFile(path) as archive:
        check_unpacked_size(archive, path)
        config = parse_json(archive.read(_CONFIG), path, WeightsError)
        weights = io.BytesIO(archive.read(_WEIGHTS))
    config["compile_config"] = None  # left alone when the file is loaded, too
    check_config(config, path)
    stored = check_hdf5(weights, path)

    def fits(model):
        wanted = sum(int(np.prod(variable.shape)) for variable in model.weights)
        if wanted > stored:
            raise WeightsError(f"{path}: holds {stored} numbers instead of {wanted}.")

    build_checked(config, path, fits, with_weights=False)
