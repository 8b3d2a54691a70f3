"""Exports models for TFLite (LiteRT), the runtime of phones."""

import tempfile
from pathlib import Path
from typing import Any

import tensorflow as tf
from tensorflow.lite.tools import flatbuffer_utils

from hand_geo_keras.io import write_bytes
from hand_geo_keras.prediction import lite_network
from hand_geo_keras.serving.export import write_saved_model
from hand_geo_keras.serving.parity import largest_differences
from hand_geo_keras.serving.signatures import signatures_of


def export_tflite(
    model: Any,
    path: str | Path,
    view_synthesizer: Any = None,
    quantized: bool = False,
) -> dict[Any, Any]:
    """Writes a model as one TFLite file and compares its answers.

    The file has the signatures of `export` except `predict_bytes`: TFLite has no
    image decoder. The batch size stays free. A program that names no signature gets the
    first one of `signatures_of`, `serving_default`.

    Args:
        model: as of `export`.
        path: `.tflite` file to write.
        view_synthesizer: as of `export`.
        quantized: whether weights get 8 bits (dynamic range quantization): a third
            of the size and, of `hand_128`, of the time.

    Returns:
        Dict of signature name to dict of output name to float, the largest absolute
        difference from the Keras model on random inputs, in the output's unit (mm
        for `joints_mm`).

    Raises:
        ValueError: `model` cannot be exported.

    Example:

    ```python
    export_tflite(model, "hand.tflite")["serving_default"]["joints_mm"]  # 1e-5
    ```
    """
    signatures = signatures_of(model, view_synthesizer)
    signatures.pop("predict_bytes", None)
    content = _converted(signatures, quantized)
    write_bytes(path, content)
    made_by = lite_network.Interpreter or tf.lite.Interpreter  # deprecated
    interpreter = made_by(model_content=content)
    return {
        name: largest_differences(signature, interpreter.get_signature_runner(name))
        for name, signature in signatures.items()
    }


def _converted(signatures, quantized):
    """The file's bytes, with the first signature as its main subgraph.

    The converter sorts signatures by name, whatever it is told; so they are numbered
    for it, and get their names back afterwards.
    """
    names = {f"signature_{number}": name for number, name in enumerate(signatures)}
    numbered = {key: signatures[name] for key, name in names.items()}
    with tempfile.TemporaryDirectory() as folder:
        write_saved_model(folder, numbered)
        converter = tf.lite.TFLiteConverter.from_saved_model(
            folder, signature_keys=list(names)
        )
        if quantized:
            converter.optimizations = [tf.lite.Optimize.DEFAULT]
        content = converter.convert()
    model = flatbuffer_utils.read_model_from_bytearray(bytearray(content))
    for definition in model.signatureDefs:
        key = definition.signatureKey.decode()
        definition.signatureKey = names[key]
        tensors = model.subgraphs[definition.subgraphIndex].tensors
        for given in definition.inputs:
            tensor = tensors[given.tensorIndex]
            tensor.name = tensor.name.decode().replace(key, names[key])
    return bytes(flatbuffer_utils.convert_object_to_bytearray(model))
