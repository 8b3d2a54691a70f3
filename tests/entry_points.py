"""Entry points that write files: what each writes, and what must be equal."""

import dataclasses
import hashlib
import json
from collections.abc import Callable

import keras
import numpy as np
import tensorflow as tf

from hand_geo_keras.callbacks import batches_done, read_log, resumable_callbacks
from hand_geo_keras.datasets import prepare_recording
from hand_geo_keras.datasets.preparation import Preparation
from hand_geo_keras.io import write_bytes
from hand_geo_keras.labelling import label_recording
from hand_geo_keras.models import save_to_preset
from hand_geo_keras.recordings import open_recording, write_rig
from hand_geo_keras.recordings.calibration_files import convert_calibration
from hand_geo_keras.synthetic import SequenceSpec, write_dome
from tests import zoo
from tests.labelling.fake_reader import FakeReader
from tests.recordings.conftest import SIZE, make_camera, make_hand, write_video


@dataclasses.dataclass(frozen=True)
class EntryPoint:
    """Work that writes to a folder, and may be repeated after a crash.

    Args:
        prepare: Makes what the work reads, in a folder of its own.
        run: Does the work; args are that folder and the one to write to.
        outcome: What must be equal however often it was interrupted, of the latter.
    """

    prepare: Callable
    run: Callable
    outcome: Callable


def contents(folder):
    """dict from path to hash of every file below a folder, but for killed writers'."""
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and not path.name.startswith(".")
    }


def _nothing(folder):
    del folder


def _fit(source, folder):
    del source
    keras.utils.set_random_seed(0)
    layers = [keras.Input((3,)), keras.layers.Dense(4), keras.layers.Dropout(0.2)]
    model = keras.Sequential([*layers, keras.layers.Dense(1)])
    model.compile(keras.optimizers.Adam(0.05), loss="mse")

    def batch(number):
        x = tf.random.stateless_normal([8, 3], tf.stack([7, number]))
        return x, tf.reduce_sum(x, 1, keepdims=True)

    batches = tf.data.Dataset.counter(batches_done(folder)).map(batch)
    callbacks = resumable_callbacks(folder, "loss")
    model.fit(batches, None, None, 4, 0, callbacks, steps_per_epoch=3, shuffle=False)


def _fit_outcome(folder):
    with np.load(folder / "backup" / "epoch-000004.npz") as arrays:
        values = {name: arrays[name].tobytes() for name in arrays.files}
    names = sorted(path.name for path in folder.rglob("*") if path.is_file())
    return values, read_log(folder / "log.csv"), names


def _rig(folder):
    cameras = [make_camera(name, angle) for name, angle in (("a", 0.0), ("b", 0.5))]
    for camera in cameras:
        write_video(folder / f"{camera.name}.mp4", size=SIZE)
    videos = {camera.name: f"{camera.name}.mp4" for camera in cameras}
    hands = {frame: [make_hand()] for frame in range(4)}
    write_rig(folder, cameras, videos, 30, hands)


def _prepare(source, folder):
    prepare_recording(
        open_recording(source), folder, Preparation(crop_size=16), progress=False
    )


def _dome(source, folder):
    del source
    write_dome(folder, [SequenceSpec(2, "train", 1, (5,))], seed=3, frames="images")


def _preset(source, folder):
    del source
    keras.utils.set_random_seed(0)
    save_to_preset(folder, zoo.pose_estimator())


def _preset_outcome(folder):
    config = json.loads((folder / "config.json").read_text())
    with np.load(folder / "weights.npz") as arrays:
        return sorted(config), {n: arrays[n].tobytes() for n in arrays.files}


def _convert(source, folder):
    convert_calibration(source / "calibration.json", folder / "calibration.toml")


def _label(source, folder):
    if not (folder / "calibration.json").is_file():
        for video in source.glob("*.mp4"):
            write_bytes(folder / video.name, video.read_bytes())
        write_bytes(
            folder / "calibration.json", (source / "calibration.json").read_bytes()
        )
    recording = open_recording(folder, labels=False)
    label_recording(recording, FakeReader(), subject="anna", progress=False)


ENTRY_POINTS = {
    "training": EntryPoint(_nothing, _fit, _fit_outcome),
    "preparation": EntryPoint(_rig, _prepare, contents),
    "labels": EntryPoint(_rig, _label, contents),
    "dome": EntryPoint(_nothing, _dome, contents),
    "preset": EntryPoint(_nothing, _preset, _preset_outcome),
    "calibration": EntryPoint(_rig, _convert, contents),
}
