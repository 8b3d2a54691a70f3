"""Backs up a training after every epoch, as one unit with its log and best weights."""

import contextlib
import csv
import io
import shutil
from pathlib import Path
from typing import Any

import keras
import numpy as np
from absl import logging

from hand_geo_keras.callbacks.backup_files import (
    best_path,
    newest_state,
    prune_backups,
    restore_backup,
    write_backup,
)
from hand_geo_keras.io import locked, replacing, write_text

LOG, BEST = "log.csv", "best.weights.h5"
_BETTER = {"min": np.less, "max": np.greater}


class TrainingBackup(keras.callbacks.Callback):
    """Makes a `fit` resumable: stopped at any moment, it ends as if undisturbed.

    After every epoch the weights, the optimizer, the seeds of layers, the number of
    batches seen, the log and the best epoch are written as one file. The last two are
    kept, and if the newest is damaged, the one before it is used with a warning.
    `log.csv` and `best.weights.h5` are copies of what is in the backup, so that none of
    them is ever ahead of it or behind.

    Callbacks with a memory of their own, such as `EarlyStopping`, begin anew when a
    training resumes, but for one with `variables` that is given as `also`.

    Args:
        folder: Folder of the backup, of `log.csv` and of `best.weights.h5`; made if
            missing.
        monitor: Name of the logged value whose best epoch is kept as
            `best.weights.h5`; no weights are kept if None. Epochs that do not log it
            are never the best, of which the first is warned of.
        mode: `"min"` or `"max"`, what is best.
        also: object whose `variables` are backed up with the model's, for example a
            `WeightAverage`; or None.

    Raises:
        ValueError: If `mode` is neither.
        TrainingError: On `fit`, if the folder holds the backup of another model.
        StorageError: In `fit`, if another process trains in this folder, or a file
            cannot be written; earlier ones are whole.

    Example:
        ```python
        model.fit(batches, epochs=10, callbacks=[TrainingBackup("runs/views")])
        ```
    """

    def __init__(
        self,
        folder: str | Path,
        monitor: str | None = None,
        mode: str = "min",
        also: Any = None,
    ) -> None:
        super().__init__()
        self.also = also
        if mode not in _BETTER:
            raise ValueError(f"`mode` must be 'min' or 'max'. Received: mode={mode!r}")
        self.folder = Path(folder)
        self.monitor = monitor
        self.mode = mode
        self._state = {"epoch": 0, "batches": 0, "log": [], "best": None}
        self._last_batch = -1
        self._has_warned = False
        self._lock = contextlib.ExitStack()

    def on_train_begin(self, logs: dict[str, Any] | None = None) -> None:
        self._lock.enter_context(locked(self.folder))
        state = newest_state(self.folder)
        if state is not None:
            restore_backup(self.folder, self.model, state, self.also)
            self._state = state
        # `fit` reads it once, after this.
        self.model._initial_epoch = self._state["epoch"]
        self._publish()

    def on_epoch_begin(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        self.model._initial_epoch = None  # must not count in the model's next `fit`
        self._last_batch = -1

    def on_train_batch_end(
        self, batch: Any, logs: dict[str, Any] | None = None
    ) -> None:
        self._last_batch = batch

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        row = {k: np.asarray(v, "float64").tolist() for k, v in (logs or {}).items()}
        state = self._state
        self._state = {
            "epoch": epoch + 1,
            "batches": state["batches"] + self._last_batch + 1,  # type: ignore[operator]
            "log": [*state["log"], {"epoch": epoch, **row}],  # type: ignore[misc]
            "best": self._best(epoch, row),
        }
        write_backup(self.folder, self.model, self._state, self.also)
        self._publish(with_best=self._state["best"] != state["best"])

    def on_train_end(self, logs: dict[str, Any] | None = None) -> None:
        self.model._initial_epoch = None
        self._lock.close()

    def _best(self, epoch, row):
        """`{"epoch", "value"}` of the best epoch so far, whose weights are written."""
        best, value = self._state["best"], row.get(self.monitor)
        if value is None and self.monitor is not None and not self._has_warned:
            self._has_warned = True
            logging.warning(
                "%s: %r is not logged in epoch %d, which cannot be the best; logged "
                "are %s.",
                *(self.folder, self.monitor, epoch + 1, ", ".join(row)),
            )
        if value is None or not np.isfinite(value):
            return best
        if best is not None and not _BETTER[self.mode](value, best["value"]):
            return best
        # HDF5 tells of a full disk by a RuntimeError.
        with replacing(best_path(self.folder, epoch), (RuntimeError,)) as partial:
            self.model.save_weights(partial)
        return {"epoch": epoch, "value": value}

    def _publish(self, with_best=True):
        """Makes log and best weights those of the backup, and tidies up."""
        if with_best:
            self._publish_best()
        if self._state["log"]:
            write_text(self.folder / LOG, _csv_text(self._state["log"]))
        else:
            (self.folder / LOG).unlink(missing_ok=True)
        prune_backups(self.folder)

    def _publish_best(self):
        best = self._state["best"]
        if best is None:
            (self.folder / BEST).unlink(missing_ok=True)
        elif (source := best_path(self.folder, best["epoch"])).exists():
            _copy(source, self.folder / BEST)


def _copy(source, target):
    with replacing(target) as partial:
        shutil.copyfile(source, partial)


def _csv_text(rows):
    names = sorted({name for row in rows for name in row} - {"epoch"})
    text = io.StringIO()
    writer = csv.DictWriter(text, ["epoch", *names], restval="NA", lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()
