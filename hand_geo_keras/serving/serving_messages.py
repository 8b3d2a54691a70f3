"""TensorFlow Serving's messages for warm-up, made of what TensorFlow brings along.

The Python package of these messages (`tensorflow-serving-api`) pins a TensorFlow of its
own; the four messages that a warm-up file needs are described here instead, with the
field numbers of `tensorflow_serving/apis/{model,predict,prediction_log}.proto`.
"""

import functools
from typing import Any

from google.protobuf import descriptor_pb2, descriptor_pool, message_factory
from tensorflow.core.framework import tensor_pb2

_PACKAGE = "hand_geo_keras.serving"  # not theirs, which may be loaded as well
_FIELD = descriptor_pb2.FieldDescriptorProto
# Message -> (field, number, type); a type in capitals is a scalar.
_MESSAGES = {
    "ModelSpec": (("name", 1, "STRING"), ("signature_name", 3, "STRING")),
    "InputsEntry": (("key", 1, "STRING"), ("value", 2, ".tensorflow.TensorProto")),
    "PredictRequest": (
        ("model_spec", 1, "ModelSpec"),
        ("inputs", 2, "InputsEntry"),
    ),
    "PredictLog": (("request", 1, "PredictRequest"),),
    "PredictionLog": (("predict_log", 6, "PredictLog"),),
}


@functools.cache
def prediction_log_class() -> Any:
    """The class of `tensorflow.serving.PredictionLog`, as far as warm-up needs it.

    Returns:
        Message class; `predict_log.request` has `model_spec.name`,
        `model_spec.signature_name` and `inputs`, a map from name to `TensorProto`.

    Example:
        ```python
        log = prediction_log_class()()
        log.predict_log.request.model_spec.name = "hand_geo"
        ```
    """
    file = descriptor_pb2.FileDescriptorProto(
        name="hand_geo_keras/serving_messages.proto",
        package=_PACKAGE,
        syntax="proto3",
        dependency=[tensor_pb2.DESCRIPTOR.name],
    )
    for name, fields in _MESSAGES.items():
        if name == "InputsEntry":  # stands inside of the message that has the map
            continue
        owner = file.message_type.add(name=name)
        for field in fields:
            _add_field(owner, name, *field)
    return _class_of(file)


def _add_field(owner: Any, name: str, field: str, number: int, kind: str) -> None:
    entry = owner.field.add(name=field, number=number, label=_FIELD.LABEL_OPTIONAL)
    if kind == "STRING":
        entry.type = _FIELD.TYPE_STRING
        return
    entry.type = _FIELD.TYPE_MESSAGE
    entry.type_name = kind if kind.startswith(".") else f".{_PACKAGE}.{kind}"
    if kind == "InputsEntry":
        entry.label = _FIELD.LABEL_REPEATED
        entry.type_name = f".{_PACKAGE}.{name}.{kind}"
        pair = owner.nested_type.add(name=kind)
        pair.options.map_entry = True
        for inner in _MESSAGES[kind]:
            _add_field(pair, kind, *inner)


def _class_of(file: Any) -> Any:
    pool = descriptor_pool.Default()
    pool.AddSerializedFile(file.SerializeToString())
    found = pool.FindMessageTypeByName(f"{_PACKAGE}.PredictionLog")
    return message_factory.GetMessageClass(found)
