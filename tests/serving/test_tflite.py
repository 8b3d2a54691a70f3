import numpy as np
import tensorflow as tf

from hand_geo_keras.models import PoseEstimator
from hand_geo_keras.serving import export_tflite
from tests.serving.conftest import crops, joints, pose_head, view_synthesizer


def test_answers_as_the_keras_model(tmp_path):
    model = PoseEstimator(view_synthesizer().encoder, pose_head())
    model.adapt(joints())
    path = tmp_path / "phone" / "hand.tflite"
    differences = export_tflite(model, path)
    assert set(differences) == {"serving_default", "encode"}
    assert differences["serving_default"]["joints_mm"] < 1e-3
    assert differences["encode"]["latent_3d"] < 1e-4
    assert [file.name for file in path.parent.iterdir()] == ["hand.tflite"]
    interpreter = tf.lite.Interpreter(str(path))
    runner = interpreter.get_signature_runner("serving_default")
    for count in (1, 4):
        expected = model.predict_on_batch({"image": crops(count)})
        received = runner(image=crops(count))["joints_mm"]
        np.testing.assert_allclose(received, expected, atol=1e-3)
    # A program that knows nothing of signatures gets joints too, not latent points.
    (given,) = interpreter.get_input_details()
    assert given["name"] == "serving_default_image:0"
    (asked,) = interpreter.get_output_details()
    assert asked["shape_signature"].tolist() == [-1, 21, 3]
