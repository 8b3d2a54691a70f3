"""Entry points that write models, and what models make."""

import functools
import json

import cv2
import keras
import numpy as np
import tensorflow as tf

from hand_geo_keras.callbacks import batches_done, read_log, resumable_callbacks
from hand_geo_keras.models import save_to_preset
from hand_geo_keras.motion_files import MOTION_FORMATS
from hand_geo_keras.prediction import predict_images, predict_rig, predict_video
from hand_geo_keras.recordings import open_recording
from hand_geo_keras.serving import export, export_tflite
from tests import zoo
from tests.entry_points.entry_point import EntryPoint, contents, nothing
from tests.entry_points.recording_points import write_small_rig
from tests.recordings.conftest import SIZE, write_video

_BOX = (32.0, 24.0, 30.0)


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


def _preset(source, folder):
    del source
    keras.utils.set_random_seed(0)
    save_to_preset(folder, zoo.pose_estimator())


def _preset_outcome(folder):
    config = json.loads((folder / "config.json").read_text())
    with np.load(folder / "weights.npz") as arrays:
        return sorted(config), {n: arrays[n].tobytes() for n in arrays.files}


@functools.cache
def _model():
    keras.utils.set_random_seed(0)
    return zoo.pose_estimator()


def _video(folder):
    write_video(folder / "clip.mp4", 4, SIZE)


def _predict_video(source, folder):
    predict_video(
        _model(),
        source / "clip.mp4",
        _BOX,
        out_dir=folder,
        progress=False,
        formats=tuple(MOTION_FORMATS),
    )


def _photos(folder):
    for number in range(2):
        image = np.random.default_rng(number).integers(0, 256, (48, 64, 3), np.uint8)
        cv2.imwrite(str(folder / f"{number}.png"), image)


def _predict_images(source, folder):
    predict_images(_model(), source, _BOX, out_dir=folder, progress=False)


def _predict_rig(source, folder):
    predict_rig(
        _model(),
        open_recording(source),
        find_box=lambda camera, image: _BOX,
        out_file=folder / "hands3d.json",
        formats=tuple(MOTION_FORMATS),
        progress=False,
    )


def _export(source, folder):
    del source
    export(_model(), folder / "hand_geo", max_side=64)


def _answers(folder):
    """What the newest version answers, and the files beside the versions."""
    base = folder / "hand_geo"
    newest = max(int(path.name) for path in base.iterdir() if path.name.isdecimal())
    served = tf.saved_model.load(str(base / str(newest))).signatures["serving_default"]
    answers = served(image=tf.constant(zoo.images(2)))
    files = sorted(path.name for path in base.iterdir() if path.is_file())
    answers = {name: value.numpy().round(3) for name, value in answers.items()}
    return {name: value.tobytes() for name, value in answers.items()}, files


def _export_tflite(source, folder):
    del source
    export_tflite(_model(), folder / "hand_geo.tflite")


def _answers_of_tflite(folder):
    """Its answers; the converter names what is in the file anew each time."""
    reader = tf.lite.Interpreter(str(folder / "hand_geo.tflite"))
    answers = reader.get_signature_runner("serving_default")(image=zoo.images(2))
    return {name: value.round(3).tobytes() for name, value in answers.items()}


MODEL_POINTS = {
    "fit": EntryPoint(nothing, _fit, _fit_outcome),
    "preset": EntryPoint(nothing, _preset, _preset_outcome),
    "predict a video": EntryPoint(_video, _predict_video, contents),
    "predict images": EntryPoint(_photos, _predict_images, contents),
    "predict a rig": EntryPoint(write_small_rig, _predict_rig, contents),
    "export": EntryPoint(nothing, _export, _answers, is_slow=True),
    "export to TFLite": EntryPoint(
        nothing, _export_tflite, _answers_of_tflite, is_slow=True
    ),
}
