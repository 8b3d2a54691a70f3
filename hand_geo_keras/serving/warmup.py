"""Requests that TensorFlow Serving replays before it lets a version answer."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import tensorflow as tf

from hand_geo_keras.io import make_folder
from hand_geo_keras.serving.serving_messages import prediction_log_class
from hand_geo_keras.serving.signatures import Signature

BATCH_SIZES = (1, 8)
_SCALE = 0.2  # half the side of a crop over its focal length


def write_warmup_requests(
    path: str | os.PathLike, signatures: dict[str, Signature], name: str
) -> int:
    """Writes `assets.extra/tf_serving_warmup_requests` into a SavedModel folder.

    One request per signature and batch size, so that the first client does not wait
    for a graph to be optimised.

    Args:
        path: folder of the SavedModel.
        signatures: dict of name to `Signature`.
        name: name of the model in requests.

    Returns:
        Number of requests written.
    """
    folder = make_folder(Path(path) / "assets.extra")
    logs = list(warmup_logs(signatures, name))
    with tf.io.TFRecordWriter(str(folder / "tf_serving_warmup_requests")) as writer:
        for log in logs:
            writer.write(log.SerializeToString())
    return len(logs)


def warmup_logs(signatures: dict[str, Signature], name: str) -> Iterator[Any]:
    """Yields a `PredictionLog` for every signature and batch size.

    Args:
        signatures: dict of name to `Signature`.
        name: name of the model in requests.
    """
    for signature_name, signature in signatures.items():
        for batch_size in BATCH_SIZES:
            log = prediction_log_class()()
            request = log.predict_log.request
            request.model_spec.name = name
            request.model_spec.signature_name = signature_name
            for spec in signature.inputs:
                value = tf.make_tensor_proto(example_input(spec, batch_size))
                request.inputs[spec.name].CopyFrom(value)
            yield log


def example_input(spec: Any, batch_size: int, seed: int = 0) -> Any:
    """A batch that fits the spec of a signature's input.

    Args:
        spec: `tf.TensorSpec` of `Signature.inputs`.
        batch_size: B.
        seed: seed of the noise.

    Returns:
        `[B, ...]`: JPEG files for strings, noise for images, identity matrices for
        rotations, a usual crop's `scale`.
    """
    generator = np.random.default_rng(seed)
    if spec.dtype == tf.string:
        crop = generator.integers(0, 256, (64, 64, 3)).astype("uint8")
        return np.array([tf.io.encode_jpeg(crop).numpy()] * batch_size, dtype=object)
    shape = (batch_size, *spec.shape[1:])
    if spec.dtype == tf.uint8:
        return generator.integers(0, 256, shape).astype("uint8")
    if spec.name == "scale":
        return np.full(shape, _SCALE, "float32")
    return np.broadcast_to(np.eye(3, dtype="float32"), shape)
