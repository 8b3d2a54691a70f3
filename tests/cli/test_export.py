"""`hand-geo export`: every format, and everything that a model can answer."""

import numpy as np
import pytest
import tensorflow as tf

from hand_geo_keras.cli import main
from hand_geo_keras.models import PoseEstimator, save_to_preset
from hand_geo_keras.prediction.pose_model import load_pose_model, load_view_synthesizer
from tests import zoo


@pytest.fixture(scope="module")
def preset(tmp_path_factory):
    folder = tmp_path_factory.mktemp("preset")
    views = zoo.compact_view_synthesizer()
    save_to_preset(folder, views, PoseEstimator(views.encoder, zoo.pose_head()))
    return folder


def export(model, out_dir, *options):
    return main(["export", f"--model={model}", f"--out_dir={out_dir}", *options])


def test_a_preset_is_served_with_all_that_it_can_answer(preset, tmp_path, capsys):
    assert export(preset, tmp_path) == 0
    assert capsys.readouterr().out == f"wrote {tmp_path / '1'}\n"
    loaded = tf.saved_model.load(str(tmp_path / "1"))
    assert set(loaded.signatures) == {
        *("serving_default", "predict_bytes", "encode", "synthesize"),
    }
    views = load_view_synthesizer(preset)
    inputs = {"image": zoo.images(1), "background": zoo.images(1, 1)}
    inputs["rotation"] = zoo.rotations(1)
    tensors = zoo.tensors(inputs)
    decoded = loaded.signatures["synthesize"](**tensors)["image"]
    expected = np.round(views.synthesize(inputs)["image"])
    np.testing.assert_allclose(decoded, expected, atol=1)
    assert (tmp_path / "1" / "assets.extra" / "tf_serving_warmup_requests").is_file()


def test_the_encoder_of_a_preset_is_shared(preset):
    model = load_pose_model(preset)
    assert load_view_synthesizer(preset, model).encoder is model.encoder


def test_presets_without_a_decoder_and_files_have_no_synthesizer(tmp_path):
    model = zoo.pose_estimator()
    save_to_preset(tmp_path / "preset", model)
    model.save(tmp_path / "model.keras")
    for path in ("preset", "model.keras"):
        assert load_view_synthesizer(tmp_path / path) is None


def test_that_of_a_run_lies_beside_its_model(tmp_path):
    views = zoo.view_synthesizer()
    PoseEstimator(views.encoder, zoo.pose_head()).save(tmp_path / "model.keras")
    assert load_view_synthesizer(tmp_path) is None
    views.save(tmp_path / "view_synthesizer.keras")
    assert load_view_synthesizer(tmp_path).encoder.image_size == zoo.SIZE


def test_tflite(preset, tmp_path, capsys):
    assert export(preset, tmp_path, "--format=tflite") == 0
    printed = capsys.readouterr().out
    assert "serving_default joints_mm: differs from Keras by" in printed
    assert printed.endswith(f"wrote {tmp_path / 'hand_geo.tflite'}\n")
    file = tmp_path / "hand_geo.tflite"
    assert "synthesize" in tf.lite.Interpreter(str(file)).get_signature_list()


def test_a_quantized_tflite_file_holds_weights_of_8_bits(preset, tmp_path, capsys):
    assert export(preset, tmp_path, "--format=tflite", "--quantize") == 0
    interpreter = tf.lite.Interpreter(str(tmp_path / "hand_geo.tflite"))
    assert np.int8 in {tensor["dtype"] for tensor in interpreter.get_tensor_details()}
    assert "serving_default joints_mm: differs" in capsys.readouterr().out


def test_onnx(preset, tmp_path, capsys):
    pytest.importorskip("tf2onnx", reason="needs tf2onnx (extra `onnx`)")
    pytest.importorskip("onnxruntime", reason="needs onnxruntime (extra `onnx`)")
    assert export(preset, tmp_path, "--format=onnx", "--signature=synthesize") == 0
    assert "hand_geo_synthesize.onnx" in capsys.readouterr().out


def test_onnx_without_its_packages_is_one_line(preset, tmp_path, capsys, monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "tf2onnx", None)
    assert export(preset, tmp_path, "--format=onnx") == 2
    assert "pip install 'hand-geo-keras[onnx]'" in capsys.readouterr().err


@pytest.mark.parametrize(
    "options",
    [("--version=2", "--format=tflite"), ("--signature=encode",), ("--quantize",)],
)
def test_options_of_other_formats_are_refused(preset, tmp_path, capsys, options):
    assert export(preset, tmp_path, *options) == 2
    assert "belongs to --format=" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []
