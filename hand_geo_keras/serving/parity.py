"""Comparison of an exported model's answers with the original's."""

from typing import Any

import numpy as np
import tensorflow as tf

from hand_geo_keras.serving.signatures import Signature
from hand_geo_keras.serving.warmup import example_input

BATCH_SIZE = 3


def largest_differences(signature: Signature, runner: Any) -> dict[Any, Any]:
    """Runs both on the same random batch.

    Args:
        signature: `Signature` of the Keras model.
        runner: function of named arrays to a dict of arrays.

    Returns:
        Dict of output name to float, the largest absolute difference.

    Raises:
        ValueError: the outputs have other names or shapes than the signature's.
    """
    batch = {spec.name: example_input(spec, BATCH_SIZE) for spec in signature.inputs}
    arguments = [tf.constant(batch[spec.name]) for spec in signature.inputs]
    expected = {
        name: np.asarray(value)
        for name, value in signature.function(*arguments).items()
    }
    received = {name: np.asarray(value) for name, value in runner(**batch).items()}
    shapes = [
        {name: value.shape for name, value in outputs.items()}
        for outputs in (expected, received)
    ]
    if shapes[0] != shapes[1]:
        raise ValueError(
            f"The exported model must give {shapes[0]}. Received: {shapes[1]}"
        )
    return {
        name: float(np.abs(expected[name].astype("float64") - received[name]).max())
        for name in expected
    }


def _arrays(outputs):
    return {name: np.asarray(value) for name, value in outputs.items()}
