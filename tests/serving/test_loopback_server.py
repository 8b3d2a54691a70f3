import base64
import json

import numpy as np
import pytest
import tensorflow as tf

from tests.serving.conftest import crops
from tests.serving.image_files import hostile_files, png
from tests.serving.rest_json import reply, translate

NEEDS_API = "needs tensorflow-serving-api (extra `serving`)"
grpc = pytest.importorskip("grpc", reason=NEEDS_API)
predict_pb2 = pytest.importorskip(
    "tensorflow_serving.apis.predict_pb2", reason=NEEDS_API
)

from hand_geo_keras.serving.loopback_server import LoopbackServer  # noqa: E402


@pytest.fixture(scope="module")
def server(exported):
    with LoopbackServer(exported.base_path) as running:
        yield running


def expected_joints(exported, count):
    outputs = exported.signatures["serving_default"](image=tf.constant(crops(count)))
    return outputs["joints_mm"].numpy()


def test_answers_over_the_wire(exported, server):
    received = server.predict("serving_default", {"image": crops(3)})
    np.testing.assert_array_equal(received["joints_mm"], expected_joints(exported, 3))


def test_a_batch_over_grpcs_default_message_size(exported, server):
    many = np.repeat(crops(1), 1500, axis=0)  # 4.6 MB
    received = server.predict("serving_default", {"image": many})["joints_mm"]
    assert received.shape == (1500, 21, 3)


def test_default_signature_version_and_filter(server):
    request = server.request("", {"image": crops(1)})
    reply = server.stub.Predict(request, timeout=60)
    assert set(reply.outputs) == {"joints_mm"}
    assert reply.model_spec.version.value == 1
    request = server.request("encode", {"image": crops(1)})
    request.output_filter.append("appearance")
    assert set(server.stub.Predict(request, timeout=60).outputs) == {"appearance"}


@pytest.mark.parametrize(
    "signature, inputs, message",
    [
        ("nonsense", {"image": crops(1)}, "no signature"),
        ("serving_default", {"photo": crops(1)}, "takes ['image']"),
        ("serving_default", {"image": crops(1).astype("float32")}, "is uint8"),
        ("serving_default", {"image": crops(1)[:, 1:]}, "image"),
        ("serving_default", {"image": crops(1)[0]}, "image"),
        ("predict_bytes", {"image_bytes": crops(1)}, "is string"),
    ],
)
def test_wrong_requests(server, signature, inputs, message):
    with pytest.raises(grpc.RpcError) as error:
        server.predict(signature, inputs)
    assert error.value.code() == grpc.StatusCode.INVALID_ARGUMENT
    assert message in error.value.details()


def test_unknown_model(server):
    request = server.request("serving_default", {"image": crops(1)})
    request.model_spec.name = "other"
    with pytest.raises(grpc.RpcError) as error:
        server.stub.Predict(request, timeout=60)
    assert error.value.code() == grpc.StatusCode.NOT_FOUND


def test_bad_file_is_refused_and_the_next_is_answered(exported, server):
    good = {"image_bytes": np.array([png(crops(1)[0])], dtype=object)}
    expected = expected_joints(exported, 1)
    for name, (file, message) in hostile_files().items():
        with pytest.raises(grpc.RpcError) as error:
            server.predict("predict_bytes", {"image_bytes": np.array([file], object)})
        assert error.value.code() == grpc.StatusCode.INVALID_ARGUMENT, name
        assert message in error.value.details(), name
        received = server.predict("predict_bytes", good)["joints_mm"]
        np.testing.assert_array_equal(received, expected)


def base64_files(count):
    return [{"b64": base64.b64encode(png(c)).decode()} for c in crops(count)]


@pytest.mark.parametrize(
    "body",
    [
        {"instances": crops(2).tolist()},
        {"instances": [{"image": crop.tolist()} for crop in crops(2)]},
        {"inputs": crops(2).tolist()},
        {"inputs": {"image": crops(2).tolist()}},
        {"signature_name": "predict_bytes", "instances": base64_files(2)},
        {"signature_name": "predict_bytes", "inputs": {"image_bytes": base64_files(2)}},
        {
            "signature_name": "predict_bytes",
            "instances": [{"image_bytes": file} for file in base64_files(2)],
        },
    ],
    ids=[
        "rows",
        "named rows",
        "columns",
        "named columns",
        "b64",
        "b64 columns",
        "b64 rows",
    ],
)
def test_rest_requests_fit_the_signature(exported, server, body):
    answer = rest(exported, server, body)
    joints = answer["outputs" if "inputs" in body else "predictions"]
    np.testing.assert_allclose(joints, expected_joints(exported, 2), rtol=1e-6)


def test_rest_rows_of_several_inputs_and_outputs(exported, server):
    rows = [
        {
            "image": crop.tolist(),
            "rotation": np.eye(3).tolist(),
            "background": crop.tolist(),
        }
        for crop in crops(2)
    ]
    columns = {name: [row[name] for row in rows] for name in rows[0]}
    by_row = rest(exported, server, {"signature_name": "synthesize", "instances": rows})
    by_column = rest(
        exported, server, {"signature_name": "synthesize", "inputs": columns}
    )
    for name in ("image", "mask"):
        row_values = [prediction[name] for prediction in by_row["predictions"]]
        assert row_values == by_column["outputs"][name]


def rest(exported, server, body):
    """Sends what a REST request becomes through gRPC; JSON in, JSON out."""
    body = json.loads(json.dumps(body))
    signature = exported.signatures[body.get("signature_name", "serving_default")]
    name, inputs = translate(body, signature.structured_input_signature[1])
    return json.loads(json.dumps(reply(body, server.predict(name, inputs))))
