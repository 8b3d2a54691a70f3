import sys

import pytest
import tensorflow as tf
from absl import logging

from hand_geo_keras.serving.warmup import BATCH_SIZES, write_warmup_requests

NEEDS_API = "needs tensorflow-serving-api (extra `serving`)"


def test_every_record_is_answered(exported):
    prediction_log = pytest.importorskip(
        "tensorflow_serving.apis.prediction_log_pb2", reason=NEEDS_API
    )
    file = exported.path / "assets.extra" / "tf_serving_warmup_requests"
    replayed = []
    for record in tf.data.TFRecordDataset([str(file)]).as_numpy_iterator():
        request = prediction_log.PredictionLog.FromString(record).predict_log.request
        assert request.model_spec.name == "hand_geo"
        name = request.model_spec.signature_name
        inputs = {k: tf.make_ndarray(v) for k, v in request.inputs.items()}
        inputs = {key: tf.constant(value) for key, value in inputs.items()}
        outputs = exported.signatures[name](**inputs)
        (batch_size,) = {len(value) for value in outputs.values()}
        replayed.append((name, batch_size))
    expected = {
        (name, size)
        for name in ("serving_default", "predict_bytes", "encode", "synthesize")
        for size in BATCH_SIZES
    }
    assert set(replayed) == expected
    assert len(replayed) == len(expected) <= 1000  # the server's limit


def test_says_so_without_the_api(tmp_path, monkeypatch):
    said = []
    monkeypatch.setattr(logging, "warning", lambda text, *_: said.append(text))
    monkeypatch.setitem(sys.modules, "tensorflow_serving.apis", None)
    assert write_warmup_requests(tmp_path, {}, "hand_geo") == 0
    assert "extra `serving`" in said[0]
    assert list(tmp_path.iterdir()) == []
