"""Measures the latency of an exported model through gRPC.

    python examples/benchmarks/serving.py --model=runs/my_rig/model.keras

Exports the model (or an untrained preset) to a temporary folder, serves it on
127.0.0.1 with TensorFlow Serving's messages but without its binary, and prints the
time from a client's arrays to the reply's. Needs the extra `serving`.
"""

import tempfile
import time

import hand_geo_keras  # noqa: F401 - before TensorFlow, which it keeps quiet

# isort: split
import keras
import numpy as np
from absl import app, flags
from tqdm import tqdm

from hand_geo_keras.models import PRESETS, build_pose_estimator
from hand_geo_keras.serving import export
from hand_geo_keras.serving.loopback_server import LoopbackServer
from hand_geo_keras.serving.signatures import signatures_of
from hand_geo_keras.serving.warmup import example_input

WARM_UP = 5

FLAGS = flags.FLAGS
flags.DEFINE_string(
    "model",
    "compact_64",
    f"File of a trained model (.keras), or one of {', '.join(PRESETS)}.",
)
flags.DEFINE_multi_string(
    "signature", ["serving_default", "predict_bytes"], "What to ask for."
)
flags.DEFINE_multi_integer("batch_size", [1, 8, 32], "Crops per request.")
flags.DEFINE_integer("requests", 100, "Requests per batch size.", lower_bound=1)


def main(_):
    model = load(FLAGS.model)
    signatures = signatures_of(model)
    with tempfile.TemporaryDirectory() as base_path:
        export(model, base_path)
        with LoopbackServer(base_path) as server:
            print(f"{FLAGS.model}, {FLAGS.requests} requests each")
            print(f"{'signature':16} {'batch':>5} {'median ms':>10} {'p90 ms':>8}")
            for name in FLAGS.signature:
                for batch_size in FLAGS.batch_size:
                    times = latencies(server, name, signatures[name], batch_size)
                    median, p90 = np.percentile(times, [50, 90])
                    print(f"{name:16} {batch_size:5} {median:10.1f} {p90:8.1f}")


def latencies(server, name, signature, batch_size):
    """Milliseconds of each request, after some that warm everything up."""
    inputs = {spec.name: example_input(spec, batch_size) for spec in signature.inputs}
    times = []
    progress = tqdm(range(WARM_UP + FLAGS.requests), desc=name, leave=False)
    for _ in progress:
        start = time.perf_counter()
        server.predict(name, inputs)
        times.append(1000.0 * (time.perf_counter() - start))
    return times[WARM_UP:]


def load(name):
    """A preset's untrained model, which is as fast as a trained one, or a file's."""
    if name in PRESETS:
        return build_pose_estimator(name)
    return keras.saving.load_model(name, compile=False)


if __name__ == "__main__":
    app.run(main)
