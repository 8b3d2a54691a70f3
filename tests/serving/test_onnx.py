import sys

import numpy as np
import pytest

from hand_geo_keras.serving import export_onnx
from tests.serving.conftest import SIZE, crops


def test_answers_as_the_keras_model(exported, tmp_path):
    pytest.importorskip("tf2onnx", reason="needs tf2onnx (extra `onnx`)")
    onnxruntime = pytest.importorskip(
        "onnxruntime", reason="needs onnxruntime (extra `onnx`)"
    )
    path = tmp_path / "hand.onnx"
    assert export_onnx(exported.model, path)["joints_mm"] < 1e-3
    session = onnxruntime.InferenceSession(path.read_bytes())
    (image,) = session.get_inputs()
    assert image.name == "image" and image.type == "tensor(uint8)"
    assert image.shape[1:] == [SIZE, SIZE, 3]
    for count in (1, 4):
        (received,) = session.run(["joints_mm"], {"image": crops(count)})
        expected = exported.model.predict_on_batch({"image": crops(count)})
        np.testing.assert_allclose(received, expected, atol=1e-3)


def test_names_are_unique(exported, tmp_path):
    pytest.importorskip("tf2onnx", reason="needs tf2onnx (extra `onnx`)")
    pytest.importorskip("onnxruntime", reason="needs onnxruntime (extra `onnx`)")
    views = exported.view_synthesizer
    differences = export_onnx(views, tmp_path / "views.onnx", "synthesize")
    assert set(differences) == {"image_output", "mask"}
    assert differences["image_output"] <= 1.0  # a grey level may tip
    assert differences["mask"] < 1e-4


@pytest.mark.parametrize("signature", ["predict_bytes", "nonsense"])
def test_refuses_other_signatures(exported, tmp_path, signature):
    with pytest.raises(ValueError, match=r"`signature` must be one of.*Received"):
        export_onnx(exported.model, tmp_path / "hand.onnx", signature)


def test_says_what_to_install(exported, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "tf2onnx", None)
    with pytest.raises(ImportError, match=r"hand-geo-keras\[onnx\]"):
        export_onnx(exported.model, tmp_path / "hand.onnx")
