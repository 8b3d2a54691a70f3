"""Models with named latent points, such as the default one, export in every format."""

import numpy as np
import pytest
import tensorflow as tf

from hand_geo_keras.models.read_joints import read_joints
from hand_geo_keras.serving import export, export_onnx, export_tflite
from tests import zoo

SCALES = np.float32([0.1, 0.3])


@pytest.fixture(scope="module")
def model():
    """As `tuned_joints` makes them."""
    return zoo.lifting_estimator(dropout=0.0, joint_offsets=True)


def check(found, model):
    inputs = {"image": zoo.images(2), "scale": SCALES}
    for name, expected in read_joints(model, inputs).items():
        np.testing.assert_allclose(found[name], expected, atol=2e-3)


def test_saved_model_with_its_warm_up(model, tmp_path):
    path = export(model, tmp_path / "hand")
    signatures = tf.saved_model.load(str(path)).signatures
    images = tf.constant(zoo.images(2))
    check(signatures["read"](image=images, scale=tf.constant(SCALES)), model)
    assert (path / "assets.extra" / "tf_serving_warmup_requests").is_file()


def test_tflite(model, tmp_path):
    differences = export_tflite(model, tmp_path / "hand.tflite")
    assert differences["read"]["joints_mm"] < 1e-2
    runner = tf.lite.Interpreter(str(tmp_path / "hand.tflite")).get_signature_runner
    check(runner("read")(image=zoo.images(2), scale=SCALES), model)


def test_onnx(model, tmp_path):
    pytest.importorskip("tf2onnx", reason="needs tf2onnx (extra `onnx`)")
    onnxruntime = pytest.importorskip(
        "onnxruntime", reason="needs onnxruntime (extra `onnx`)"
    )
    path = tmp_path / "hand.onnx"
    assert export_onnx(model, path, "read")["joints_mm"] < 1e-2
    session = onnxruntime.InferenceSession(path.read_bytes())
    names = [output.name for output in session.get_outputs()]
    values = session.run(None, {"image": zoo.images(2), "scale": SCALES})
    check(dict(zip(names, values)), model)
