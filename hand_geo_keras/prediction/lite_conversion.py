"""Converts models that read joints for LiteRT, once per model and machine."""

import hashlib
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np

from hand_geo_keras import preset_folders
from hand_geo_keras.errors import StorageError
from hand_geo_keras.io import make_folder, write_bytes
from hand_geo_keras.prediction.lite_network import LITERT, LiteNetwork, engine
from hand_geo_keras.verified_file import cache_folder

# The code that says what a model of given files computes.
_SOURCES = ("models", "layers", "geometry")
_MOST_KEPT = 8
# Of the joints of hands of which `hand_128` errs by 13 mm; its own move by 0.9.
_MOST_MOVED_MM = 2.0
_CHECKED_INSTANTS = range(0, 48, 8)  # of six people, four views each
_DIGEST_BYTES = 32


def kept_network(files: list[Path]) -> LiteNetwork | None:
    """The conversion of an earlier call, if there is one and it is whole.

    Args:
        files: What the model was loaded from.

    Returns:
        `LiteNetwork`, or None.
    """
    path = _place(files)
    try:
        data = path.read_bytes()
        path.touch()  # what was used last is kept longest
    except OSError:
        return None
    digest, content = data[:_DIGEST_BYTES], data[_DIGEST_BYTES:]
    if hashlib.sha256(content).digest() != digest:
        return None
    return LiteNetwork(content)


def converted(functions: Any, files: list[Path], name: str) -> LiteNetwork | None:
    """Converts a model and keeps the result, which takes seconds; it says so.

    Unless 32 bits are asked for (`engine`), weights get 8 bits, a scale per channel,
    and activations what their range asks for, provided that rendered hands are read
    as before.

    The models that were used last are kept, beside those that Keras downloads. Where
    they cannot be written, every process converts them again.

    Args:
        functions: `KerasFunctions` of a model that reads joints.
        files: What the model was loaded from.
        name: What the model is called in the message.

    Returns:
        `LiteNetwork`; None if the converter refuses the model, which is said, too.
    """
    start = time.perf_counter()
    try:
        content, remark = _smallest(functions)
    except Exception as reason:  # of the converter, which names no type
        first = (str(reason).strip().splitlines() or [repr(reason)])[0]
        print(f"{name}: not converted for LiteRT ({first:.200})", file=sys.stderr)
        return None
    seconds, path = time.perf_counter() - start, _place(files)
    how_often = "once"
    try:
        make_folder(path.parent)
        write_bytes(path, hashlib.sha256(content).digest() + content)
        _drop_oldest(path.parent)
    except (StorageError, OSError):
        how_often = f"in every process until {path.parent} can be written (KERAS_HOME)"
    said = f"{name}: converted for LiteRT{remark} in {seconds:.1f} s, {how_often}"
    print(said, file=sys.stderr)
    return LiteNetwork(content)


def _place(files):
    """The file in which the conversion of some files, by this code, is kept."""
    digest = hashlib.sha256()
    sources = Path(preset_folders.__file__).parent
    code = [path for part in _SOURCES for path in sorted((sources / part).glob("*.py"))]
    digest.update(engine().encode())
    for path in [*code, *files]:
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return cache_folder() / "hand_geo_keras" / f"{digest.hexdigest()[:40]}.litert"


def _drop_oldest(folder):
    kept = sorted(folder.glob("*.litert"), key=lambda path: -path.stat().st_mtime)
    for path in kept[_MOST_KEPT:]:
        path.unlink(missing_ok=True)


def _smallest(functions):
    """The bytes of a `.tflite` file, and what to say of its weights."""
    if engine() != LITERT:
        return _converted(functions), ""
    content = _converted(functions, in_8_bits=True)
    moved = _moved_mm(functions, LiteNetwork(content))
    if moved <= _MOST_MOVED_MM:
        return content, ""
    return _converted(functions), (
        f" with weights of 32 bits, since 8 would move joints by {moved:.1f} mm,"
    )


def _moved_mm(functions, network):
    """Mean distance in mm between the joints that both read in rendered hands."""
    from hand_geo_keras.datasets.preparation import Preparation
    from hand_geo_keras.synthetic.wild import Backdrops
    from hand_geo_keras.synthetic.wild.view_chunks import render_views

    preparation = Preparation(crop_size=functions.crop_size, context=1.0)
    views = render_views(preparation, 0, Backdrops(), _CHECKED_INSTANTS)
    crops = np.stack([view["image"] for view in views])
    scales = functions.crop_size / 2 / np.array([view["focal"] for view in views])
    one, other = (
        reader.read(crops, np.float32(scales))["joints_mm"]
        for reader in (functions, network)
    )
    return float(np.linalg.norm(one - other, axis=-1).mean())


def _converted(functions, in_8_bits=False):
    """The bytes of a `.tflite` file with one crop's images and scales as inputs."""
    import tensorflow as tf

    readings = functions.readings.get_concrete_function()
    # The converter looks for the variables of what it is given, in TensorFlow's way.
    owner = tf.Module()
    owner.readings = functions.readings
    owner.variables_ = [variable.value for variable in functions.model.variables]
    converter = tf.lite.TFLiteConverter.from_concrete_functions([readings], owner)
    if in_8_bits:
        converter.optimizations = [tf.lite.Optimize.DEFAULT]
    return converter.convert()
