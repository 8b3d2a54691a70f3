"""Memory of a training, by the number of images in its pool.

    python examples/benchmarks/pool_memory.py PREPARED_DIR COPIES

trains on COPIES of a prepared folder for some steps and prints the megabytes of its
images and the most memory that the process held itself: pages of files, which the
system takes back when it needs them, are not counted.
"""

import json
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

from hand_geo_keras.datasets import load_instants, write_wild
from hand_geo_keras.models import build_view_synthesizer
from hand_geo_keras.pipelines import quad_dataset

_STEPS = 12


def measure_pool_memory(tiny=False):
    """dict from copies of a pool to megabytes, and by how much a tenfold pool grew."""
    copies = (1, 2) if tiny else (1, 10)
    with tempfile.TemporaryDirectory() as folder:
        write_wild(folder, 64, views=2 if tiny else 8)
        measured = {str(count): _in_fresh_process(folder, count) for count in copies}
    few, many = (measured[str(count)]["peak_mb"] for count in copies)
    return {**measured, "copies": copies[-1], "growth": round(many / few, 3)}


def _in_fresh_process(folder, count):
    command = [sys.executable, __file__, folder, str(count)]
    output = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    return json.loads(output.splitlines()[-1])


def train(folder, copies):
    """Trains for some steps; dict of megabytes of images and of memory at most."""
    with _PeakMemory() as memory:
        pool = load_instants([folder] * copies)
        model = build_view_synthesizer("compact_128")
        model.compile("adam", "mae")
        model.fit(quad_dataset(pool, 2), steps_per_epoch=_STEPS, verbose=0)
    pixels = 2 * len(pool.images) * pool.images.shape[1] ** 2 * 3
    return {"images_mb": round(pixels / 1e6, 1), "peak_mb": round(memory.peak_mb, 1)}


class _PeakMemory:
    """Context that samples the process's own memory (Linux: `RssAnon`)."""

    def __enter__(self):
        self.peak_mb, self._done = 0.0, threading.Event()
        self._thread = threading.Thread(target=self._watch)
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._done.set()
        self._thread.join()

    def _watch(self):
        while not self._done.is_set():
            self.peak_mb = max(self.peak_mb, _own_memory_mb())
            time.sleep(0.02)


def _own_memory_mb():
    lines = Path("/proc/self/status").read_text().splitlines()
    (kilobytes,) = (line.split()[1] for line in lines if line.startswith("RssAnon"))
    return int(kilobytes) / 1e3


if __name__ == "__main__":
    print(json.dumps(train(sys.argv[1], int(sys.argv[2]))))
