"""The pose model through every entry point that leads to it."""

import functools
import importlib.util
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import cv2
import numpy as np
import tensorflow as tf
from timing import alternate

from hand_geo_keras.models import PoseEstimator
from hand_geo_keras.prediction import predict_photo, predict_video
from hand_geo_keras.prediction.compiled_model import compiled_model
from hand_geo_keras.prediction.joint_predictor import JointPredictor
from hand_geo_keras.serving.export import export
from hand_geo_keras.serving.onnx import export_onnx
from hand_geo_keras.serving.tflite import export_tflite
from hand_geo_keras.synthetic import SequenceSpec, SyntheticSequence
from hand_geo_keras.synthetic.timeline import FrameKind, frames_of_kind

PRESET = "hand_128"
_VIDEO_SIZE = (720, 720)
_BOX = (360.0, 360.0, 560.0)


def measure_inference(repeats, mediapipe):
    """Milliseconds of one crop through every entry point.

    Args:
        repeats: Rounds of the measurement.
        mediapipe: dict from name to a `.tflite` file of MediaPipe's, or None.

    Returns:
        dict from entry point to times, or to the reason why it is absent.
    """
    model = PoseEstimator.from_preset(PRESET)
    size = model.encoder.image_size
    crop = np.random.default_rng(0).integers(0, 256, (1, size, size, 3), np.uint8)
    scale = np.full(1, 0.2, np.float32)
    entry_points = {
        "keras_predict": lambda: model.predict({"image": crop}, verbose=0),
        "keras_call": lambda: model({"image": crop}, training=False).numpy(),
        "compiled_model": lambda: compiled_model(model).read(crop, scale),
        "compiled_preset": lambda: compiled_model(PRESET).read(crop, scale),
    }
    absent = {}
    with tempfile.TemporaryDirectory() as folder:
        entry_points["saved_model"] = _saved_model(model, folder, crop)
        entry_points["tflite"] = _tflite(model, folder, crop)
        entry_points["tflite_8_bit"] = _tflite(model, folder, crop, quantized=True)
        if importlib.util.find_spec("tf2onnx") is None:
            absent["onnx_runtime"] = "null: the extra 'onnx' is not installed"
        else:
            entry_points["onnx_runtime"] = _onnx(model, folder, crop)
        for name, file in mediapipe.items():
            if file is None:
                absent[name] = f"null: give --{name}=FILE.tflite"
            else:
                entry_points[name] = _landmark_network(file)
        return {**alternate(entry_points, repeats), **absent}


def measure_photos(repeats):
    """A photo in a warm process, box given or not, and in a fresh one without it."""
    with tempfile.TemporaryDirectory() as folder:
        photo = str(Path(folder) / "photo.jpg")
        cv2.imwrite(photo, _frame(0))
        times = alternate(
            {
                "warm_process": lambda: predict_photo(PRESET, photo, "right", _BOX),
                "warm_without_box": lambda: predict_photo(PRESET, photo),
            },
            repeats,
        )
        code = (
            "from hand_geo_keras.prediction import predict_photo;"
            f"predict_photo({PRESET!r}, {photo!r})"
        )
        start = time.perf_counter()
        subprocess.run([sys.executable, "-c", code], check=True, capture_output=True)
        seconds = time.perf_counter() - start
    return {**times, "fresh_process": {"ms": round(1e3 * seconds, 1)}}


def measure_video(frames):
    """Milliseconds per frame of `hand-geo predict`, with and without images.

    The hand is found without a box, in the first frame, and followed.
    """
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        _write_video(folder / "clip.mp4", frames)

        def predict(annotate):
            predict_video(
                PRESET,
                folder / "clip.mp4",
                side="right",
                out_dir=folder / "out",
                annotate=annotate,
                progress=False,
            )

        times = alternate(
            {"annotated": lambda: predict(True), "keypoints": lambda: predict(False)}, 3
        )
    per_frame = {name: round(t["ms"] / frames, 3) for name, t in times.items()}
    return {
        "ms_per_frame": per_frame,
        "parts": _video_parts(),
        "frames": frames,
    }


def _video_parts():
    """The single-threaded stages of a frame, and the search for a lost hand."""
    predictor, frame = JointPredictor(PRESET, side="right"), _frame(0)
    follow, size = predictor.tracker(), predictor.reader.size
    crop, scale = np.zeros((1, size, size, 3), np.uint8), np.ones(1, np.float32)
    return alternate(
        {
            "search": lambda: predictor.search(frame),
            "follow": lambda: follow(frame),
            "network": lambda: predictor.reader.network(crop, scale),
        },
        10,
    )


def _saved_model(model, folder, crop):
    path = export(model, Path(folder) / "served")
    function = tf.saved_model.load(str(path)).signatures["serving_default"]
    image = tf.constant(crop)
    return lambda: function(image=image)["joints_mm"].numpy()


def _tflite(model, folder, crop, quantized=False):
    path = Path(folder) / f"hand{'_8_bit' * quantized}.tflite"
    export_tflite(model, path, quantized=quantized)
    interpreter = tf.lite.Interpreter(str(path), num_threads=1)
    run = interpreter.get_signature_runner("serving_default")
    return lambda: run(image=crop)


def _onnx(model, folder, crop):
    import onnxruntime

    path = Path(folder) / "hand.onnx"
    export_onnx(model, path)
    options = onnxruntime.SessionOptions()
    # Its threads would keep a core busy while what comes next is timed.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    session = onnxruntime.InferenceSession(str(path), options)
    return lambda: session.run(None, {session.get_inputs()[0].name: crop})


def _landmark_network(file):
    """A network of MediaPipe's with an image of noise."""
    interpreter = tf.lite.Interpreter(file, num_threads=1)
    interpreter.allocate_tensors()
    (given,) = interpreter.get_input_details()
    image = np.random.default_rng(0).random(given["shape"]).astype(given["dtype"])

    def run():
        interpreter.set_tensor(given["index"], image)
        interpreter.invoke()

    return run


@functools.cache
def _scene():
    """`[H, W, 3]` uint8 RGB: a rendered right hand that fills `_BOX`."""
    sequence = SyntheticSequence(SequenceSpec(0, "test", 2, (0,)), seed=7)
    first = frames_of_kind(sequence.timeline, FrameKind.GOOD)[0]
    ((_, image),) = sequence.images(first, [0])
    part = image[30:318, 96:384]
    return cv2.resize(part, _VIDEO_SIZE, interpolation=cv2.INTER_CUBIC)


def _frame(number):
    """`[H, W, 3]` uint8: the hand, moving slowly from side to side."""
    shift = 24 * np.sin(number / 8)
    moved = np.float32([[1, 0, shift], [0, 1, 0]])
    return cv2.warpAffine(_scene(), moved, _VIDEO_SIZE, borderMode=cv2.BORDER_REFLECT)


def _write_video(path, frames):
    code = cv2.VideoWriter_fourcc(*"mp4v")
    writer = cv2.VideoWriter(str(path), code, 30.0, _VIDEO_SIZE)
    for number in range(frames):
        writer.write(_frame(number)[..., ::-1])
    writer.release()
