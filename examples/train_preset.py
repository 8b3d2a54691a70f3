"""Trains the encoder of the shipped preset on rendered hands, for as long as you like.

    hand-geo synth --variant=wild --instants=80000 --out_dir=runs/wild
    python examples/train_preset.py --data=runs/wild --validation=runs/wild_val \\
        --out_dir=runs/preset

Stop it at will and run it again: it resumes from its checkpoint. `log.csv` gets a line
per validation. To finish, run it with --decay_from=STEP: the learning rate decays along
a cosine and the training ends.
"""

import csv
import time
from pathlib import Path

import keras
from absl import app, flags

from hand_geo_keras.models import JointEncoder, JointTrainer
from hand_geo_keras.pipelines.crop_geometry import ViewJitter
from hand_geo_keras.pipelines.crop_stream import CropStream
from hand_geo_keras.training.checkpoint import Checkpoint
from hand_geo_keras.training.learning_rate import WarmUpStableDecay
from hand_geo_keras.training.weight_average import WeightAverage

_DATA = flags.DEFINE_list(
    "data", None, "Folder(s) of rendered instants.", required=True
)
_VALIDATION = flags.DEFINE_string("validation", None, "Folder of other ones.")
_OUT_DIR = flags.DEFINE_string(
    "out_dir", "runs/preset", "Folder for checkpoint and log."
)
_BATCH_SIZE = flags.DEFINE_integer("batch_size", 64, "Crops in a batch.")
_RATE = flags.DEFINE_float("learning_rate", 2e-3, "Learning rate between its ends.")
_DECAY_FROM = flags.DEFINE_integer("decay_from", None, "Step at which the end begins.")
_DECAY_STEPS = flags.DEFINE_integer("decay_steps", 4000, "Steps of the end.")
_STEPS = flags.DEFINE_integer("steps", 1_000_000, "Steps in all, without decay.")
_EVERY = flags.DEFINE_integer("validate_every", 1000, "Steps between validations.")
_PRECISION = flags.DEFINE_enum(
    "precision", "mixed_bfloat16", ["float32", "mixed_bfloat16"], "Of convolutions."
)
_WIDTHS = flags.DEFINE_list("widths", ["32", "64", "96", "128", "160"], "Channels.")
_BLOCKS = flags.DEFINE_list("blocks", ["0", "1", "1", "1", "1"], "Residual blocks.")
_VALIDATION_BATCHES = 16


def main(_):
    keras.utils.set_random_seed(0)
    keras.mixed_precision.set_global_policy(_PRECISION.value)
    folder = Path(_OUT_DIR.value)
    widths, blocks = (tuple(map(int, f.value)) for f in (_WIDTHS, _BLOCKS))
    model = JointTrainer(JointEncoder(128, widths=widths, blocks=blocks))
    model.compile(
        keras.optimizers.AdamW(_RATE.value, weight_decay=0.01, global_clipnorm=5.0),
        loss="mae",
    )
    average = WeightAverage()
    average.set_model(model)
    checkpoint = Checkpoint(folder / "checkpoint.npz", average)
    start = checkpoint.resume(model)
    steps = _STEPS.value
    if _DECAY_FROM.value is not None:
        steps = _DECAY_FROM.value + _DECAY_STEPS.value
    if start >= steps:
        print(f"{folder} is trained: {start} steps.")
        return
    stream = CropStream(_DATA.value, _BATCH_SIZE.value)
    rate = WarmUpStableDecay(
        _RATE.value,
        start,
        decay_from=_DECAY_FROM.value,
        decay_steps=_DECAY_STEPS.value,
    )
    every = _EVERY.value
    model.fit(
        stream.dataset(start),
        initial_epoch=start // every,
        epochs=-(-steps // every),
        steps_per_epoch=every,
        callbacks=[rate, average, checkpoint, _Validation(folder, average, checkpoint)],
        verbose=2,
    )


class _Validation(keras.callbacks.Callback):
    """Validates the averaged weights after every epoch; a line in `log.csv`."""

    def __init__(self, folder, average, checkpoint):
        super().__init__()
        self._average, self._checkpoint = average, checkpoint
        self._path, self._start = folder / "log.csv", time.monotonic()
        self._data = None
        if _VALIDATION.value:
            jitter = ViewJitter(any_roll=0.0, shift=0.05, zoom=0.05)
            stream = CropStream(_VALIDATION.value, 64, 1, jitter, 0.0, 0.0)
            self._data = stream.dataset().take(_VALIDATION_BATCHES).cache()

    def on_epoch_end(self, epoch, logs=None):
        row = {"step": self._checkpoint.step, "seconds": time.monotonic() - self._start}
        row |= {f"train_{key}": value for key, value in (logs or {}).items()}
        if self._data is not None:
            with self._average.averaged():
                row |= self.model.evaluate(self._data, verbose=0, return_dict=True)
        row = {
            k: round(float(v), 4)
            for k, v in row.items()
            if "mpjpe" not in k or "train" not in k
        }
        print({k: v for k, v in row.items() if "train" not in k}, flush=True)
        new = not self._path.exists()
        with open(self._path, "a", newline="") as file:
            writer = csv.DictWriter(file, list(row))
            if new:
                writer.writeheader()
            writer.writerow(row)


def _unused(name):
    return name.startswith("train_") and name.endswith("mpjpe")


if __name__ == "__main__":
    app.run(main)
