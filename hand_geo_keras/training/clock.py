"""How long a job has trained, over all its runs."""

import time
from pathlib import Path

import keras

from hand_geo_keras.io import write_text


class Clock(keras.callbacks.Callback):
    """Adds up training time over all runs of a job, epoch by epoch.

    Args:
        folder: Folder of the job.
    """

    def __init__(self, folder):
        super().__init__()
        self._path = Path(folder) / "seconds.txt"
        self._start = None

    @property
    def seconds(self):
        """Seconds spent in finished epochs."""
        return float(self._path.read_text()) if self._path.exists() else 0.0

    def add(self, seconds):
        """Adds seconds to the sum on disk."""
        write_text(self._path, f"{self.seconds + seconds:.2f}")

    def on_epoch_begin(self, epoch, logs=None):
        self._start = time.perf_counter()

    def on_epoch_end(self, epoch, logs=None):
        self.add(time.perf_counter() - self._start)
