"""The backups of a training: one whole file per epoch, of which two are kept."""

import json
import zipfile
from pathlib import Path
from typing import Any

import keras
import numpy as np
from absl import logging

from hand_geo_keras.errors import TrainingError
from hand_geo_keras.io import remove_partials, replacing

BACKUP = "backup"
_KEPT = 2
_FIELDS = {"epoch", "batches", "log", "best"}
_STATE, _MODEL, _OPTIMIZER, _ALSO = "state", "model", "optimizer", "also"


def write_backup(
    folder: Path, model: Any, state: dict[Any, Any], also: Any = None
) -> None:
    """Writes everything that a training depends on as one file.

    Args:
        folder: `pathlib.Path` of the training.
        model: Compiled model; its variables, seeds of layers among them, and those of
            its optimizer are kept.
        state: dict for JSON with `epoch`, the number of finished epochs, and `best`,
            None or a dict with the `epoch` of the best weights.
        also: Object with more `variables`, or None.

    Raises:
        StorageError: If the file cannot be written; earlier backups are untouched.
    """
    arrays = {_STATE: np.frombuffer(json.dumps(state).encode(), np.uint8)}
    for part, variables in _variables(model, also).items():
        for index, variable in enumerate(variables):
            arrays[f"{part}/{index}"] = _array(variable)
    path = folder / BACKUP / f"epoch-{state['epoch']:06d}.npz"
    with replacing(path) as partial, open(partial, "wb") as file:
        np.savez(file, **arrays)  # type: ignore[arg-type]


def newest_state(folder: Path) -> dict[Any, Any] | None:
    """The state of the newest whole backup.

    A damaged file is renamed to `*.damaged`, with one warning, and the one before it
    counts.

    Args:
        folder: `pathlib.Path` of the training.

    Returns:
        dict as it was given to `write_backup`, or None without a backup.
    """
    for path in sorted((folder / BACKUP).glob("epoch-*.npz"), reverse=True):
        try:
            with zipfile.ZipFile(path) as file:
                if file.testzip() is not None:
                    raise zipfile.BadZipFile("a checksum is wrong")
            return _state_of(path)
        except Exception as reason:  # a damaged archive fails in any way
            path.rename(path.with_suffix(".damaged"))
            logging.warning(
                "%s: the backup is damaged (%s) and was renamed to *.damaged; the one "
                "before it is used.",
                path,
                reason,
            )
    return None


def restore_backup(folder: Path, model: Any, state: Any, also: Any = None) -> None:
    """Gives a model and its optimizer the values of a backup.

    Args:
        folder: `pathlib.Path` of the training.
        model: Model like that of the backup, built and compiled.
        state: What `newest_state` returned.
        also: Object with more `variables`, or None.

    Raises:
        TrainingError: If the model or its optimizer is another one.
    """
    path = folder / BACKUP / f"epoch-{state['epoch']:06d}.npz"
    if model.optimizer is not None and not model.optimizer.built:
        model.optimizer.build(model.trainable_variables)
    with np.load(path) as arrays:
        for part, variables in _variables(model, also).items():
            names = [name for name in arrays.files if name.startswith(f"{part}/")]
            kept = [arrays[f"{part}/{index}"] for index in range(len(names))]
            shapes = [tuple(variable.shape) for variable in variables]
            if [array.shape for array in kept] != shapes:
                raise TrainingError(
                    f"{path}: is the backup of another {part}, of {len(kept)} "
                    f"variables instead of {len(shapes)} or of other shapes; train in "
                    "another folder, or delete this one."
                )
            for variable, array in zip(variables, kept):
                variable.assign(array)


def prune_backups(folder: Path) -> None:
    """Removes what the last two backups do not need, and what killed writers left.

    Args:
        folder: `pathlib.Path` of the training.
    """
    backups = folder / BACKUP
    epochs = sorted(backups.glob("epoch-*.npz"))
    bests = [_state_of(path)["best"] for path in epochs[-_KEPT:]]
    wanted = {best_path(folder, best["epoch"]) for best in bests if best}
    for path in (*epochs[:-_KEPT], *backups.glob("best-*.weights.h5")):
        if path not in wanted:
            path.unlink()
    remove_partials(backups)
    remove_partials(folder)


def best_path(folder: str | Path, epoch: int) -> Any:
    """Where the weights of an epoch are kept as the best ones so far."""
    return Path(folder) / BACKUP / f"best-{epoch:06d}.weights.h5"


def _state_of(path):
    with np.load(path) as arrays:
        state = json.loads(arrays[_STATE].tobytes())
    if not isinstance(state, dict) or not state.keys() >= _FIELDS:
        raise ValueError("it does not say how far the training has come")
    return state


def _variables(model, also):
    optimizer = model.optimizer
    return {
        _MODEL: model.variables,
        _OPTIMIZER: [] if optimizer is None else optimizer.variables,
        _ALSO: [] if also is None else also.variables,
    }


def _array(variable):
    array = keras.ops.convert_to_numpy(variable)
    # NumPy's files know no bfloat16; float32 holds its values.
    return array.astype("float32") if array.dtype.kind == "V" else array
