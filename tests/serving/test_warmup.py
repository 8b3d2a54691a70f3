import numpy as np
import pytest
import tensorflow as tf

from hand_geo_keras.serving.serving_messages import prediction_log_class
from hand_geo_keras.serving.warmup import BATCH_SIZES

NEEDS_API = "needs tensorflow-serving-api (extra `serving`)"
NAMES = ("serving_default", "predict_bytes", "encode", "synthesize")


def records(exported):
    file = exported.path / "assets.extra" / "tf_serving_warmup_requests"
    return list(tf.data.TFRecordDataset([str(file)]).as_numpy_iterator())


def test_every_record_is_answered(exported):
    replayed = []
    for record in records(exported):
        request = prediction_log_class().FromString(record).predict_log.request
        assert request.model_spec.name == "hand_geo"
        name = request.model_spec.signature_name
        inputs = {k: tf.constant(tf.make_ndarray(v)) for k, v in request.inputs.items()}
        outputs = exported.signatures[name](**inputs)
        (batch_size,) = {len(value) for value in outputs.values()}
        replayed.append((name, batch_size))
    expected = {(name, size) for name in NAMES for size in BATCH_SIZES}
    assert set(replayed) == expected
    assert len(replayed) == len(expected) <= 1000  # the server's limit


def test_the_messages_are_those_of_the_server(exported):
    official = pytest.importorskip(
        "tensorflow_serving.apis.prediction_log_pb2", reason=NEEDS_API
    ).PredictionLog
    for record in records(exported):
        theirs, ours = official.FromString(record), prediction_log_class()()
        ours.ParseFromString(theirs.SerializeToString())
        request = theirs.predict_log.request
        assert request.model_spec.signature_name in NAMES
        inputs = ours.predict_log.request.inputs
        assert set(inputs) == set(request.inputs)
        for key, value in request.inputs.items():
            expected = tf.make_ndarray(inputs[key])
            np.testing.assert_array_equal(tf.make_ndarray(value), expected)


def test_the_bytes_on_the_wire():
    """By hand, from the field numbers of the server's .proto files."""
    log = prediction_log_class()()
    spec = log.predict_log.request.model_spec
    spec.name, spec.signature_name = "m", "s"
    wire = b"\x0a\x01m" + b"\x1a\x01s"  # ModelSpec: fields 1 and 3
    for field in (1, 1, 6):  # model_spec, request, predict_log
        wire = bytes([field << 3 | 2, len(wire)]) + wire
    assert log.SerializeToString() == wire
