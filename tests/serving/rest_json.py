"""A test double of TensorFlow Serving's REST front: JSON to tensors and back.

Follows the documented rules of `POST /v1/models/NAME:predict` (api_rest.md).
"""

import base64

import numpy as np


def translate(body, specs):
    """JSON body of a request to (signature name, dict of arrays).

    Args:
        body: dict with `"instances"` (rows) or `"inputs"` (columns), never both.
        specs: dict of input name to `tf.TensorSpec`.
    """
    if ("instances" in body) == ("inputs" in body):
        raise ValueError('A request has either "instances" or "inputs".')
    if "instances" in body:
        columns = _columns(body["instances"], specs)
    else:
        columns = body["inputs"]
        if not (isinstance(columns, dict) and set(columns) <= set(specs)):
            columns = {_only(specs): columns}  # the name of one input may be left out
    arrays = {
        name: np.array(_binary(value), dtype=_dtype(specs[name]))
        for name, value in columns.items()
    }
    return body.get("signature_name", "serving_default"), arrays


def reply(body, outputs):
    """Dict of arrays to the JSON reply; one output loses its name."""
    plain = {name: value.tolist() for name, value in outputs.items()}
    if "inputs" in body:
        return {"outputs": plain[_only(plain)] if len(plain) == 1 else plain}
    if len(plain) == 1:
        return {"predictions": plain[_only(plain)]}
    rows = [dict(zip(plain, row)) for row in zip(*plain.values())]
    return {"predictions": rows}


def _columns(instances, specs):
    if isinstance(instances[0], dict) and set(instances[0]) != {"b64"}:
        return {name: [row[name] for row in instances] for name in instances[0]}
    return {_only(specs): instances}


def _binary(value):
    if isinstance(value, dict):
        return base64.b64decode(value["b64"])
    if isinstance(value, list):
        return [_binary(item) for item in value]
    return value


def _dtype(spec):
    return object if spec.dtype.name == "string" else spec.dtype.as_numpy_dtype


def _only(names):
    (name,) = names
    return name
