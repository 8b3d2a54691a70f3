"""Prints size, cost and speed of every preset.

Usage: `python -m hand_geo_keras.models.summary [--presets=compact_64,...]`
"""

import os
import tempfile
import time
from collections.abc import Sequence
from typing import Any

import numpy as np
import tensorflow as tf
from absl import app, flags

from hand_geo_keras.models.pose_estimator import PoseEstimator
from hand_geo_keras.models.presets import (
    PRESETS,
    build_pose_estimator,
    build_view_synthesizer,
)

_PRESETS = flags.DEFINE_list("presets", list(PRESETS), "names of the presets to print")
_REPEATS = flags.DEFINE_integer("repeats", 5, "timed runs of each measurement")
_COLUMNS = (
    ("preset", 20),
    ("encoder", 9),
    ("decoder", 9),
    ("head", 9),
    ("pose MMAC", 10),
    ("view MMAC", 10),
    ("ms at 1", 9),
    ("ms at 32", 9),
    ("pose MB", 9),
    ("view MB", 9),
)


def summarize(preset: Any, repeats: int = 5) -> dict[Any, Any]:
    """Measures an untrained model of a preset.

    Args:
        preset: name in `PRESETS`.
        repeats: timed runs; the fastest counts.

    Returns:
        Dict of `"encoder"`, `"decoder"`, `"head"`: parameters; `"pose_macs"`,
        `"view_macs"`: multiply-accumulates of one image to a pose, and to another
        view; `"latency_1"`, `"latency_32"`: seconds from uint8 images to poses on
        this machine; `"pose_bytes"`, `"view_bytes"`: size of the `.keras` files.
    """
    views = build_view_synthesizer(preset)
    estimator = build_pose_estimator(preset, views)
    encoder_macs = count_macs(views.encoder)
    return {
        "encoder": views.encoder.count_params(),
        "decoder": views.decoder.count_params(),
        "head": estimator.pose_head.count_params(),
        "pose_macs": encoder_macs + count_macs(estimator.pose_head),
        "view_macs": encoder_macs + count_macs(views.decoder),
        "latency_1": latency(estimator, 1, repeats),
        "latency_32": latency(estimator, 32, repeats),
        "pose_bytes": file_size(estimator),
        "view_bytes": file_size(views),
    }


def count_macs(network: Any) -> int:
    """Multiply-accumulates of one sample, from TensorFlow's own operation counts.

    Args:
        network: functional Keras model.

    Returns:
        Int: convolutions and matrix products; element-wise work is left out.
    """
    specs = tf.nest.map_structure(
        lambda symbol: tf.TensorSpec((1, *symbol.shape[1:]), tf.float32), network.input
    )
    function = tf.function(lambda inputs: network(inputs, training=False))
    graph = function.get_concrete_function(specs).graph
    return sum(_operation_macs(operation) for operation in graph.get_operations())


def latency(estimator: PoseEstimator, batch_size: int, repeats: int) -> float:
    """Seconds of the fastest of some forward passes, compiled beforehand.

    Args:
        estimator: `PoseEstimator`.
        batch_size: images at once.
        repeats: timed runs.

    Returns:
        Float.
    """
    size = estimator.encoder.image_size
    images = tf.zeros((batch_size, size, size, 3), tf.uint8)
    forward = tf.function(lambda images: estimator({"image": images}, training=False))
    forward(images)
    seconds = []
    for _ in range(repeats):
        start = time.perf_counter()
        forward(images).numpy()
        seconds.append(time.perf_counter() - start)
    return min(seconds)


def file_size(model: Any) -> Any:
    """Bytes of the model saved as `.keras`."""
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "model.keras")
        model.save(path)
        return os.path.getsize(path)


def _operation_macs(operation):
    if operation.type == "Conv2D":
        height, width, in_channels, _ = operation.inputs[1].shape
        return int(np.prod(operation.outputs[0].shape) * height * width * in_channels)
    if operation.type in ("MatMul", "BatchMatMulV2"):
        left, right = (list(tensor.shape) for tensor in operation.inputs[:2])
        rows = np.prod([size or 1 for size in left[:-1]])
        return int(rows * left[-1] * right[-1])
    return 0


def _row(preset, numbers):
    values = (
        preset,
        *(f"{numbers[part] / 1e6:.2f} M" for part in ("encoder", "decoder", "head")),
        *(f"{numbers[name] / 1e6:.0f}" for name in ("pose_macs", "view_macs")),
        *(f"{numbers[name] * 1e3:.1f}" for name in ("latency_1", "latency_32")),
        *(f"{numbers[name] / 1e6:.1f}" for name in ("pose_bytes", "view_bytes")),
    )
    return "".join(
        value.ljust(width) if index == 0 else value.rjust(width)
        for index, (value, (_, width)) in enumerate(zip(values, _COLUMNS))
    )


def main(argv: Sequence[str]) -> None:
    """Prints one line per preset."""
    del argv
    print(
        "".join(
            title.ljust(width) if index == 0 else title.rjust(width)
            for index, (title, width) in enumerate(_COLUMNS)
        )
    )
    for preset in _PRESETS.value:
        print(_row(preset, summarize(preset, _REPEATS.value)), flush=True)


if __name__ == "__main__":
    app.run(main)
