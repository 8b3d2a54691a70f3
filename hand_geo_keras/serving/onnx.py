"""Exports models for ONNX runtimes."""

from pathlib import Path
from typing import Any

import tensorflow as tf

from hand_geo_keras.io import write_bytes
from hand_geo_keras.serving.parity import largest_differences
from hand_geo_keras.serving.signatures import Signature, signatures_of

OPSET = 17


def export_onnx(
    model: Any,
    path: str | Path,
    signature: str = "serving_default",
    view_synthesizer: Any = None,
) -> dict[Any, Any]:
    """Writes one signature of a model as an ONNX file and compares its answers.

    An ONNX file holds one function; names, dtypes and the free batch size are those
    of `export`, but an output named like an input is called `<name>_output`, since
    ONNX has one name space. Needs the extra `onnx`.

    Args:
        model: as of `export`.
        path: `.onnx` file to write.
        signature: one of `signatures_of`, but `"predict_bytes"`.
        view_synthesizer: as of `export`.

    Returns:
        Dict of output name to float, the largest absolute difference from the Keras
        model on random inputs, in the output's unit (mm for `joints_mm`).

    Raises:
        ImportError: the extra `onnx` is not installed.
        ValueError: the model has no such signature, or it cannot be exported.

    Example:

    ```python
    export_onnx(model, "hand.onnx")["joints_mm"]  # 1e-5
    ```
    """
    signatures = signatures_of(model, view_synthesizer)
    signatures.pop("predict_bytes", None)  # ONNX has no image decoder
    if signature not in signatures:
        raise ValueError(
            f"`signature` must be one of {sorted(signatures)}. "
            f"Received: signature={signature!r}"
        )
    onnxruntime, tf2onnx = _packages()
    chosen = _with_unique_names(signatures[signature])
    proto, _ = tf2onnx.convert.from_function(
        tf.function(chosen.function, chosen.inputs, autograph=False),
        input_signature=list(chosen.inputs),
        opset=OPSET,
    )
    content = proto.SerializeToString()
    write_bytes(path, content)
    session = onnxruntime.InferenceSession(content, providers=["CPUExecutionProvider"])
    names = [output.name for output in session.get_outputs()]
    return largest_differences(
        chosen, lambda **inputs: dict(zip(names, session.run(names, inputs)))
    )


def _with_unique_names(signature):
    taken = {spec.name for spec in signature.inputs}

    def function(*arguments):
        outputs = signature.function(*arguments)
        return {
            f"{name}_output" if name in taken else name: value
            for name, value in outputs.items()
        }

    return Signature(function, signature.inputs)


def _packages():
    try:
        import onnxruntime
        import tf2onnx
    except ImportError as error:
        raise ImportError(
            "ONNX export needs tf2onnx and onnxruntime: "
            "pip install 'hand-geo-keras[onnx]'"
        ) from error
    return onnxruntime, tf2onnx
