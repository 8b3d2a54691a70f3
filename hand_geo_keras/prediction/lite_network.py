"""A converted model on the processor, by LiteRT and without TensorFlow."""

import os
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np

from hand_geo_keras.errors import HandGeoError
from hand_geo_keras.quiet import start_up_lines_left_out

try:
    from ai_edge_litert.interpreter import Interpreter
except ImportError:  # no wheel for this platform
    Interpreter = None

# What reads hands in this process, see `engine`.
ENGINE = "HAND_GEO_ENGINE"
LITERT, LITERT_FLOAT32, TENSORFLOW = "litert", "litert_float32", "tensorflow"
_ENGINES = (LITERT, LITERT_FLOAT32, TENSORFLOW)
_GPU = Path("/dev/nvidia0")
_MOST_THREADS = 4  # of one crop; more gain nothing


def engine() -> str:
    """By what models that read joints are computed in this process.

    `litert` where it is installed and TensorFlow would have no GPU: with weights of 8
    bits it takes a sixth of TensorFlow's time per crop on a processor, and TensorFlow
    seconds to import. `litert_float32` keeps weights of 32 bits, for the same poses as
    TensorFlow's but for rounding, in half of its time. The environment variable
    `HAND_GEO_ENGINE` (one of these, or `tensorflow`) decides otherwise.

    Returns:
        One of `LITERT`, `LITERT_FLOAT32` and `TENSORFLOW`.

    Raises:
        HandGeoError: The variable has another value.
    """
    asked = os.environ.get(ENGINE) or None
    if asked not in (None, *_ENGINES):
        raise HandGeoError(
            f"{ENGINE} must be one of {', '.join(_ENGINES)}. Received: {asked}"
        )
    if Interpreter is None or asked == TENSORFLOW:
        return TENSORFLOW
    hidden = os.environ.get("CUDA_VISIBLE_DEVICES") in ("", "-1")
    if asked is None and _GPU.exists() and not hidden:
        return TENSORFLOW
    return asked or LITERT


class LiteNetwork:
    """Runs a model that `converted` wrote.

    One crop is computed by several threads; of many crops, each thread computes some,
    which takes a quarter less. Interpreters are not safe to share, so each thread gets
    its own.

    Args:
        content: The model as bytes of a `.tflite` file.

    Attributes:
        crop_size: Side of the crops in pixels.

    Example:
        ```python
        network = LiteNetwork(content)
        network.read(crops, scales)["joints_mm"]  # [B, 21, 3] in mm
        ```
    """

    def __init__(self, content: bytes) -> None:
        self._content = content
        self._threads = min(os.cpu_count() or 1, _MOST_THREADS)
        self._begin()
        _, inputs, _ = self._interpreter(self._threads)
        self.crop_size = int(inputs["images"]["shape"][1])

    def read(self, images: np.ndarray, scales: np.ndarray) -> dict[str, np.ndarray]:
        """See `CompiledModel.read`."""
        if self._process != os.getpid():
            # Threads do not survive a fork; what waits for them must never end.
            self._of_parent = self._pool, self._own
            self._begin()
        _, _, outputs = self._interpreter(self._threads)
        found = {
            name: np.empty((len(images), *output["shape"][1:]), np.float32)
            for name, output in outputs.items()
        }
        given = {"images": images, "scales": scales}
        if len(images) == 1:
            self._run(self._threads, [0], given, found)
        else:
            rows = [range(i, len(images), self._threads) for i in range(self._threads)]
            for _ in self._pool.map(lambda r: self._run(1, r, given, found), rows):
                pass
        return found

    def _begin(self):
        self._process = os.getpid()
        self._pool = ThreadPoolExecutor(self._threads)
        self._own = threading.local()

    def _run(self, threads, rows, given, found):
        """Fills some rows of `found`."""
        interpreter, inputs, outputs = self._interpreter(threads)
        for row in rows:
            for name, values in given.items():
                interpreter.set_tensor(inputs[name]["index"], values[row : row + 1])
            interpreter.invoke()
            for name, values in found.items():
                values[row] = interpreter.get_tensor(outputs[name]["index"])[0]

    def _interpreter(self, threads):
        """This thread's interpreter, its inputs and its outputs by name."""
        kept = vars(self._own)
        if threads not in kept:
            made = Interpreter(model_content=self._content, num_threads=threads)
            with start_up_lines_left_out():
                made.allocate_tensors()
            signature = made.get_signature_runner()
            inputs, outputs = (
                signature.get_input_details(),
                signature.get_output_details(),
            )
            kept[threads] = made, inputs, outputs
        return kept[threads]
