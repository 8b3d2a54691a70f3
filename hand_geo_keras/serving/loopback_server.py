"""A stand-in for TensorFlow Serving on this machine, for tests and benchmarks."""

from concurrent import futures
from pathlib import Path
from typing import Any

import numpy as np
import tensorflow as tf

_UNLIMITED = [
    ("grpc.max_receive_message_length", -1),
    ("grpc.max_send_message_length", -1),
]


class LoopbackServer:
    """Serves the newest version of a model over gRPC on 127.0.0.1.

    Speaks `PredictionService/Predict` with the official messages, which lets client
    code be tried and timed without the server binary. It is no proof that the binary
    takes the model, does not batch, and serves one model only. Needs the extra
    `serving`.

    Args:
        base_path: folder of the model's versions.
        name: name of the model in requests.
        num_threads: requests answered at the same time.

    Example:

    ```python
    with LoopbackServer("served/hand_geo") as server:
        request = server.request("serving_default", {"image": crops})
        reply = server.stub.Predict(request, timeout=10.0)
        joints_mm = tf.make_ndarray(reply.outputs["joints_mm"])
    ```
    """

    def __init__(
        self, base_path: str | Path, name: str = "hand_geo", num_threads: int = 2
    ) -> None:
        import grpc

        names = [path.name for path in Path(base_path).iterdir()]
        versions = [int(name) for name in names if name.isdecimal()]
        if not versions:
            raise ValueError(
                "`base_path` must hold an exported version such as 1/. "
                f"Received: base_path={base_path}"
            )
        self.name = name
        self.version = max(versions)
        self._model = tf.saved_model.load(str(Path(base_path) / str(self.version)))
        self._server = grpc.server(
            futures.ThreadPoolExecutor(num_threads),
            handlers=[_handlers(self._answer)],
            options=_UNLIMITED,
        )
        self.port = self._server.add_insecure_port("127.0.0.1:0")

    def __enter__(self) -> Any:
        import grpc
        from tensorflow_serving.apis import prediction_service_pb2_grpc as service

        self._server.start()
        address = f"127.0.0.1:{self.port}"
        self._channel = grpc.insecure_channel(address, options=_UNLIMITED)
        self.stub = service.PredictionServiceStub(self._channel)
        return self

    def __exit__(self, *_: Any) -> None:
        self._channel.close()
        self._server.stop(grace=None).wait()

    def request(self, signature_name: str, inputs: Any) -> Any:
        """The `PredictRequest` of a dict of arrays."""
        from tensorflow_serving.apis import predict_pb2

        request = predict_pb2.PredictRequest()
        request.model_spec.name = self.name
        request.model_spec.signature_name = signature_name
        for name, value in inputs.items():
            request.inputs[name].CopyFrom(tf.make_tensor_proto(value))
        return request

    def predict(self, signature_name: str, inputs: Any) -> dict[Any, Any]:
        """Sends arrays through the wire and returns the reply's arrays."""
        reply = self.stub.Predict(self.request(signature_name, inputs), timeout=60.0)
        return {name: tf.make_ndarray(value) for name, value in reply.outputs.items()}

    def _answer(self, request, context):
        """`PredictRequest` -> `PredictResponse`."""
        import grpc
        from tensorflow_serving.apis import predict_pb2

        spec = request.model_spec
        if spec.name != self.name:
            context.abort(grpc.StatusCode.NOT_FOUND, f"No model named {spec.name!r}.")
        signature_name = spec.signature_name or "serving_default"
        try:
            outputs = self._run(signature_name, request.inputs)
        except (tf.errors.InvalidArgumentError, ValueError, TypeError) as error:
            context.abort(grpc.StatusCode.INVALID_ARGUMENT, str(error))
        reply = predict_pb2.PredictResponse()
        reply.model_spec.CopyFrom(spec)
        reply.model_spec.version.value = self.version
        for name, value in outputs.items():
            if not request.output_filter or name in request.output_filter:
                reply.outputs[name].CopyFrom(tf.make_tensor_proto(np.asarray(value)))
        return reply

    def _run(self, signature_name, protos):
        if signature_name not in self._model.signatures:
            raise ValueError(f"The model has no signature {signature_name!r}.")
        signature = self._model.signatures[signature_name]
        expected = signature.structured_input_signature[1]
        if set(protos) != set(expected):
            raise ValueError(
                f"Signature {signature_name!r} takes {sorted(expected)}. "
                f"Received: {sorted(protos)}"
            )
        tensors = {}
        for name, spec in expected.items():
            value = tf.constant(tf.make_ndarray(protos[name]))
            if value.dtype != spec.dtype:
                raise ValueError(
                    f"Input {name!r} is {spec.dtype.name}. Received: {value.dtype.name}"
                )
            tensors[name] = value
        return signature(**tensors)


def _handlers(predict):
    """Registers `predict` as the only method of the prediction service."""
    import grpc
    from tensorflow_serving.apis import predict_pb2

    method = grpc.unary_unary_rpc_method_handler(
        predict,
        request_deserializer=predict_pb2.PredictRequest.FromString,
        response_serializer=predict_pb2.PredictResponse.SerializeToString,
    )
    return grpc.method_handlers_generic_handler(
        "tensorflow.serving.PredictionService", {"Predict": method}
    )
