"""A converted model on the processor, by LiteRT and without TensorFlow."""

import os
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np

from hand_geo_keras.quiet import start_up_lines_left_out

try:
    from ai_edge_litert.interpreter import Interpreter
except ImportError:  # no wheel for this platform
    Interpreter = None

# Off with another value; TensorFlow then computes everything, on a GPU if there is one.
ENGINE = "HAND_GEO_ENGINE"
_LITERT = "litert"
_GPU = Path("/dev/nvidia0")
_MOST_THREADS = 4  # of one crop; more gain nothing


def is_wanted() -> bool:
    """Whether models that read joints run by LiteRT in this process.

    They do where it is installed and TensorFlow would have no GPU: it takes half of
    TensorFlow's time per crop on a processor, and TensorFlow seconds to import. The
    environment variable `HAND_GEO_ENGINE` (`litert` or `tensorflow`) decides otherwise.
    """
    engine = os.environ.get(ENGINE)
    if Interpreter is None or engine not in (None, "", _LITERT):
        return False
    hidden = os.environ.get("CUDA_VISIBLE_DEVICES") in ("", "-1")
    return engine == _LITERT or hidden or not _GPU.exists()


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
