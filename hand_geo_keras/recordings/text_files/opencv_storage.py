"""Files of `cv2.FileStorage`: YAML, XML and JSON, read without OpenCV's parser."""

from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import numpy as np

from hand_geo_keras.errors import CalibrationError, HandGeoError
from hand_geo_keras.recordings.text_files.json_file import read_json
from hand_geo_keras.recordings.text_files.text import read_text
from hand_geo_keras.recordings.text_files.yaml_file import read_yaml

_MAX_BYTES = 1 << 22
_MAX_DEPTH = 40
_MAX_NUMBERS = 1 << 16


def read_opencv_storage(
    path: Path, error: type[HandGeoError] = CalibrationError
) -> dict[str, Any]:
    """Reads what `cv2.FileStorage` wrote, or a plain YAML or JSON file of that kind.

    Args:
        path: `pathlib.Path`; `.xml` and `.json` name the format, all else is YAML.
        error: Exception type to raise, a subclass of `HandGeoError`.

    Returns:
        dict from name to a value: a float64 array for a matrix, else str, numbers,
        lists and dicts of such values.

    Raises:
        HandGeoError: As `error`, if the file is unreadable, malformed, or a matrix has
            not as many numbers as it says.

    Reference:
        OpenCV, "XML/YAML file storages": the `opencv-matrix` type.
    """
    suffix = path.suffix.lower()
    if suffix == ".json":
        content = read_json(path, error, _MAX_BYTES)
    elif suffix == ".xml":
        content = _read_xml(path, error)
    else:
        content = read_yaml(path, error)
    return {name: _value(name, value, path, error) for name, value in content.items()}


def _value(name, value, path, error, depth=0):
    if depth > _MAX_DEPTH:
        raise error(f"{path}: field {name!r} nests too deeply; write it again.")
    if isinstance(value, dict):
        if {"rows", "cols", "data"} <= value.keys():
            return _matrix(name, value, path, error)
        return {
            str(key): _value(f"{name}.{key}", part, path, error, depth + 1)
            for key, part in value.items()
        }
    if isinstance(value, list):
        return [_value(name, part, path, error, depth + 1) for part in value]
    return value


def _matrix(name, value, path, error):
    try:
        rows, cols = int(value["rows"]), int(value["cols"])
        data = np.asarray(value["data"], np.float64).ravel()
        if rows * cols <= _MAX_NUMBERS and data.size == rows * cols > 0:
            return data.reshape(rows, cols)
        reason = f"{data.size} numbers for {rows} x {cols}"
    except (TypeError, ValueError, OverflowError) as cause:
        reason = str(cause)
    raise error(
        f"{path}: the matrix {name!r} is malformed ({reason}); write it again with "
        "rows, cols and as many numbers."
    )


def _read_xml(path, error):
    text = read_text(path, error, _MAX_BYTES)
    # Entities can make a small file fill the memory; OpenCV writes none.
    if "<!DOCTYPE" in text or "<!ENTITY" in text:
        raise error(f"{path}: declares a document type, which is not supported.")
    try:
        root = ElementTree.fromstring(text)
    except (ElementTree.ParseError, ValueError) as reason:
        raise error(f"{path}: is not valid XML ({reason}); write it again.") from reason
    names = [child.tag for child in root]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise error(f"{path}: the fields {twice} stand twice; keep one of each.")
    return {child.tag: _element(child, path, error) for child in root}


def _element(element, path, error, depth=0):
    if depth > _MAX_DEPTH:
        raise error(f"{path}: <{element.tag}> nests too deeply; write it again.")
    children = [_element(child, path, error, depth + 1) for child in element]
    if children and all(child.tag == "_" for child in element):
        return children
    if children:
        return dict(zip((child.tag for child in element), children))
    words = (element.text or "").split()
    if element.tag == "data" or len(words) > 1:
        numbers = [_number(word) for word in words]
        if all(number is not None for number in numbers):
            return numbers
    text = " ".join(words).strip('"')
    number = _number(text)
    return text if number is None else number


def _number(text):
    try:
        return float(text)
    except ValueError:
        return None
