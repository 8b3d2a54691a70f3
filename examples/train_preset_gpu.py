"""Trains the encoder of the shipped preset on one GPU, on hands rendered meanwhile.

    pip install "jax[cuda13]"
    KERAS_BACKEND=jax python examples/train_preset_gpu.py --minutes=10 \\
        --start_from=hand_128 --out_dir=runs/gpu

The processor's cores render views (`ViewChunks`), which are kept in the GPU's memory;
everything else, augmentation included, runs on the GPU (`TensorCrops`, `JointSteps`).
The learning rate follows the clock: it is constant for 40 % of the time, then
decreases linearly to a hundredth. `log.csv` gets a line per report, OUT_DIR/preset the
averaged weights. See `train_preset.py` for training without a GPU.
"""

import csv
import queue
import threading
import time
from pathlib import Path

import hand_geo_keras  # noqa: F401 - before Keras

# isort: split
import jax
import jax.numpy as jnp
import keras
import numpy as np
from absl import app, flags
from joint_steps import JointSteps

from hand_geo_keras.datasets.preparation import Preparation
from hand_geo_keras.layers import PerspectiveLift
from hand_geo_keras.metrics import NMPJPE, PAMPJPE
from hand_geo_keras.models import (
    JointEncoder,
    JointTrainer,
    LiftHead,
    PoseEstimator,
    save_to_preset,
)
from hand_geo_keras.models.matching_layers import copy_matching_layers
from hand_geo_keras.optimizers import ConvMuon
from hand_geo_keras.pipelines.crop_geometry import ViewJitter
from hand_geo_keras.pipelines.tensor_crops import TensorCrops
from hand_geo_keras.precision import in_float32
from hand_geo_keras.synthetic.wild.view_chunks import VIEWS_PER_CHUNK, ViewChunks

_MINUTES = flags.DEFINE_float("minutes", 10.0, "Time for everything.")
_OUT_DIR = flags.DEFINE_string("out_dir", "runs/preset_gpu", "For log and weights.")
_START = flags.DEFINE_string("start_from", None, "Preset whose encoder to begin with.")
_CHUNKS = flags.DEFINE_string("chunks", "runs/chunks", "Folder of rendered views.")
_CAPACITY = flags.DEFINE_integer("capacity", 250_000, "Views in the GPU's memory.")
_WORKERS = flags.DEFINE_integer("workers", 14, "Processes that render.")
_BACKGROUNDS = flags.DEFINE_string("backgrounds", None, "Photographs without hands.")
_KEEP = flags.DEFINE_bool("keep", False, "Keep the files of rendered views.")
_SEED = flags.DEFINE_integer("seed", 11, "Of the rendered views.")
_BATCH = flags.DEFINE_integer("batch_size", 768, "Crops in a batch.")
_RATE = flags.DEFINE_float("learning_rate", 3e-3, "Highest learning rate.")
_CONSTANT = flags.DEFINE_float("constant", 0.4, "Part of the time before the decay.")
_WIDTHS = flags.DEFINE_list("widths", ["32", "64", "96", "128", "160"], "Channels.")
_BLOCKS = flags.DEFINE_list("blocks", ["0", "1", "2", "2", "1"], "Residual blocks.")
_NEGATIVES = flags.DEFINE_float("negatives", 0.15, "Fraction of crops without a hand.")
_FIRST = flags.DEFINE_integer("first_views", 8192, "Views to wait for at the start.")
_HELD_OUT = flags.DEFINE_integer("held_out", 1024, "Views to measure the end with.")
_PREPARATION = Preparation(crop_size=128, context=1.25)
_STEPS_PER_CALL = 16
_WARM_UP = 300
_REPORT_SECONDS = 20
_OUTPUT_LAYERS = ["to_heatmaps", "to_depths"]


class Pool:
    """Views in the accelerator's memory, more and more of them."""

    def __init__(self, capacity):
        self.capacity, self.filled, self.scenes = capacity, 0, 0
        side = _PREPARATION.stored_size
        shapes = {
            "image": (side, side, 3),
            "background": (side, side, 3),
            "mask": (side, side),
        }
        self.arrays = {
            name: jnp.zeros((capacity, *shape), jnp.uint8)
            for name, shape in shapes.items()
        }
        self.arrays["joints"] = jnp.zeros((capacity, 21, 3), jnp.float32)
        self.arrays["focal"] = jnp.zeros((capacity,), jnp.float32)
        self.arrays["scene"] = jnp.zeros((capacity // 16, side, side, 3), jnp.uint8)
        self._write = jax.jit(
            lambda array, values, start: jax.lax.dynamic_update_slice_in_dim(
                array, values, start, 0
            ),
            donate_argnums=0,
        )

    def add(self, chunk):
        """Writes a chunk behind the others, or over the oldest."""
        for name in chunk:
            at = self.scenes if name == "scene" else self.filled
            at %= len(self.arrays[name])
            self.arrays[name] = self._write(self.arrays[name], chunk[name], at)
        self.filled += len(chunk["focal"])
        self.scenes += len(chunk["scene"])

    @property
    def counts(self):
        return (
            min(self.filled, self.capacity),
            min(self.scenes, len(self.arrays["scene"])),
        )


def train(seconds):
    """Trains for so long and returns the trainer with the averaged weights."""
    begin = time.monotonic()
    folder = Path(_OUT_DIR.value)
    folder.mkdir(parents=True, exist_ok=True)
    keras.utils.set_random_seed(0)
    keras.config.set_dtype_policy("mixed_bfloat16")
    trainer = JointTrainer(_encoder())
    optimizer = ConvMuon(
        weight_decay=0.01, global_clipnorm=5.0, exclude_layers=_OUTPUT_LAYERS
    )
    crops = TensorCrops(128, negatives=_NEGATIVES.value)
    steps = JointSteps(trainer, crops, optimizer, _BATCH.value)
    state = steps.initial_state()
    capacity = _CAPACITY.value // VIEWS_PER_CHUNK * VIEWS_PER_CHUNK
    pool, arrived = Pool(capacity), queue.Queue(maxsize=64)
    held_out, report = [], _Report(folder / "log.csv", begin)
    with ViewChunks(
        _CHUNKS.value,
        _PREPARATION,
        _WORKERS.value,
        _SEED.value,
        _BACKGROUNDS.value,
        keep=_KEEP.value,
    ) as chunks:
        threading.Thread(target=_forward, args=(chunks, arrived), daemon=True).start()
        while len(held_out) * VIEWS_PER_CHUNK < _HELD_OUT.value:
            held_out.append(_next(arrived))
        while pool.filled < _FIRST.value:
            pool.add(_next(arrived))
        report.say(f"{pool.filled} views; compiling")
        step, losses, started = 0, None, time.monotonic()
        while step == 0 or time.monotonic() < begin + seconds:
            left = begin + seconds - time.monotonic()
            fraction = 1 - left / max(begin + seconds - started, 1e-6)
            rates = [_rate(step + k, fraction) for k in range(_STEPS_PER_CALL)]
            state, new_losses = steps(
                state, pool.arrays, *pool.counts, np.float32(rates)
            )
            if losses is not None:
                losses.block_until_ready()  # one call ahead of the GPU, no more
            if step == 0:
                new_losses.block_until_ready()
                started = time.monotonic()
                report.say(f"compiled after {started - begin:.0f} s")
            losses, step = new_losses, step + _STEPS_PER_CALL
            for _ in range(min(arrived.qsize(), 12)):
                pool.add(_next(arrived))
            report.maybe(step, losses, pool, rates[0], started)
        jax.block_until_ready(state)
        report.line(step, losses, pool, rates[0], started)
        steps.write_average(state)
        report.say(f"held out: {_errors(trainer, held_out)}")
    return trainer


def _forward(chunks, arrived):
    try:
        for chunk in chunks:
            arrived.put(chunk)
    except Exception as error:  # for the thread that waits
        arrived.put(error)


def _next(arrived):
    chunk = arrived.get()
    if isinstance(chunk, Exception):
        raise chunk
    return chunk


def _rate(step, fraction):
    decay = (1 - fraction) / (1 - _CONSTANT.value)
    return _RATE.value * min(1.0, (step + 1) / _WARM_UP) * min(1.0, max(decay, 0.01))


class _Report:
    """Prints and logs how it goes."""

    def __init__(self, path, begin):
        self._path, self._begin, self._last = path, begin, time.monotonic()
        self._steps = 0

    def say(self, text):
        print(f"[{time.monotonic() - self._begin:5.0f} s] {text}", flush=True)

    def maybe(self, step, losses, pool, rate, started):
        if time.monotonic() - self._last > _REPORT_SECONDS:
            self.line(step, losses, pool, rate, started)

    def line(self, step, losses, pool, rate, started):
        now = time.monotonic()
        speed = (step - self._steps) * _BATCH.value / max(now - self._last, 1e-6)
        self._last, self._steps = now, step
        values = {
            "seconds": round(now - self._begin),
            "step": step,
            "passes": step * _BATCH.value,
            "views": pool.filled,
            "rate": round(rate, 6),
            "loss": round(float(jnp.mean(losses)), 4),
            "images_per_s": round(speed),
        }
        self.say(" ".join(f"{name}={value}" for name, value in values.items()))
        is_new = not self._path.exists()
        with open(self._path, "a", newline="") as file:
            writer = csv.DictWriter(file, values)
            if is_new:
                writer.writeheader()
            writer.writerow(values)


def _errors(trainer, chunks):
    """N-MPJPE and PA-MPJPE of framed hands that were never trained with, in mm."""
    jitter = ViewJitter(any_roll=0.0, shift=0.05, zoom=0.05)
    crops = TensorCrops(128, negatives=0.0, mirrored=0.0, jitter=jitter, seed=1)

    @jax.jit
    def compared(chunk):
        with keras.StatelessScope():
            inputs, truth = crops(chunk)
            points = trainer(inputs, training=False)["latent_3d"]
        return points, truth

    n_mpjpe, pa_mpjpe, lift = NMPJPE(), PAMPJPE(), PerspectiveLift()
    for chunk in chunks:
        points, truth = compared(chunk)
        scale, whole = truth["scale"], np.asarray(truth["weights"]).all(1)
        predicted = lift({"latent_3d": points, "scale": scale})
        true = lift({"latent_3d": truth["points"], "scale": scale})
        for metric in (n_mpjpe, pa_mpjpe):
            metric.update_state(true, predicted, whole.astype(np.float32))
    return {m.name: round(float(m.result()), 2) for m in (n_mpjpe, pa_mpjpe)}


def _encoder():
    widths, blocks = (tuple(map(int, f.value)) for f in (_WIDTHS, _BLOCKS))
    encoder = JointEncoder(128, widths=widths, blocks=blocks, refiner_units=256)
    if _START.value is not None:
        trained = PoseEstimator.from_preset(_START.value).encoder
        new = copy_matching_layers(trained, encoder)
        print(f"Trained from random weights: {', '.join(new) or 'no layer'}")
    return encoder


def main(_):
    if keras.backend.backend() != "jax":
        raise app.UsageError("Run it with KERAS_BACKEND=jax in the environment.")
    trainer = train(60 * _MINUTES.value)
    encoder = in_float32(trainer.encoder)
    folder = Path(_OUT_DIR.value) / "preset"
    save_to_preset(folder, PoseEstimator(encoder, LiftHead(encoder.num_points)))
    print(f"wrote {folder}")


if __name__ == "__main__":
    app.run(main)
