"""How long a job has trained, over all its runs."""

import time
from pathlib import Path
from typing import Any

import keras
from absl import logging

from hand_geo_keras.io import write_text


class Clock(keras.callbacks.Callback):
    """Adds up training time over all runs of a job, epoch by epoch.

    Args:
        folder: Folder of the job.
    """

    def __init__(self, folder: str | Path) -> None:
        super().__init__()
        self._path = Path(folder) / "seconds.txt"
        self._start = 0.0

    @property
    def seconds(self) -> float:
        """Seconds spent in finished epochs."""
        try:
            return float(self._path.read_text()) if self._path.exists() else 0.0
        except ValueError:
            logging.warning("%s: is damaged; the clock begins anew.", self._path)
            return 0.0

    def add(self, seconds: float) -> None:
        """Adds seconds to the sum on disk."""
        write_text(self._path, f"{self.seconds + seconds:.2f}")

    def on_epoch_begin(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        self._start = time.perf_counter()

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        self.add(time.perf_counter() - self._start)
