"""The named functions that an exported model offers."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import tensorflow as tf

from hand_geo_keras.layers import NormalizeImages
from hand_geo_keras.models import (
    PoseEstimator,
    SemiSupervisedPoseEstimator,
    ViewSynthesizer,
)
from hand_geo_keras.models.read_joints import read_joints, reads_joints
from hand_geo_keras.serving.image_decoding import decode_crops


@dataclass(frozen=True)
class Signature:
    """A function of named tensors and the specs of its inputs, batch first.

    Args:
        function: of tensors in the order of `inputs` to a dict of tensors.
        inputs: `tf.TensorSpec`s with names and without a batch size.
    """

    function: Callable
    inputs: tuple[tf.TensorSpec, ...]


def signatures_of(
    model: Any, view_synthesizer: Any = None, **decoding: Any
) -> dict[str, Any]:
    """Collects what a model can be asked for.

    | name | inputs | outputs | needs |
    |---|---|---|---|
    | `serving_default` | `image` | `joints_mm` | a pose model |
    | `predict_bytes` | `image_bytes` | `joints_mm` | a pose model |
    | `read` | `image`, `scale` | see `read_joints` | named latent points |
    | `encode` | `image` | `latent_3d`, `appearance` | any |
    | `synthesize` | `image`, `rotation`, `background` | `image`, `mask` | views |

    Images are `[B, S, S, 3]` uint8 RGB, `rotation` is `[B, 3, 3]` float32 from the
    image's virtual camera to the wanted one, `joints_mm` is `[B, J, 3]` float32 in
    the frame of the crop's virtual camera, relative to the wrist. `scale` is `[B]`
    float32, half a crop's side over its focal length. `mask` is there
    with an alpha decoder. A pose model that returns a dict with `"joints_mm"` has
    its further entries, such as a spread, served under their own names. A
    `ViewSynthesizer` alone answers `serving_default` as it answers `encode`.

    Args:
        model: `PoseEstimator`, `SemiSupervisedPoseEstimator` or `ViewSynthesizer`.
        view_synthesizer: `ViewSynthesizer` for `encode` and `synthesize`; that of a
            semi-supervised model if None.
        **decoding: `max_bytes` and `max_side`, see `decode_crops`.

    Returns:
        Dict of name to `Signature`.

    Raises:
        ValueError: `model` or `view_synthesizer` is something else, or the two take
            images of different sizes.
    """
    pose_model, view_synthesizer = _roles(model, view_synthesizer)
    encoder = (view_synthesizer or pose_model).encoder
    image = _image_spec("image", encoder.image_size)
    encode = _signature(_encode_function(encoder), image)
    if pose_model is None:
        table = {"serving_default": encode}
    else:
        pose = _signature(_pose_function(model, encoder.image_size), image)
        table = {
            "serving_default": pose,
            "predict_bytes": _bytes_signature(pose, encoder.image_size, decoding),
        }
        if reads_joints(pose_model):
            table["read"] = _read_signature(pose_model, encoder.image_size)
    table["encode"] = encode
    if view_synthesizer is not None:
        table["synthesize"] = _synthesize_signature(view_synthesizer)
    return table


def _roles(model, view_synthesizer):
    """Who predicts poses, whose parts are an encoder, and who synthesizes views."""
    if view_synthesizer is not None and not isinstance(
        view_synthesizer, ViewSynthesizer
    ):
        raise ValueError(
            "`view_synthesizer` must be a ViewSynthesizer. "
            f"Received: view_synthesizer={view_synthesizer!r}"
        )
    if isinstance(model, ViewSynthesizer) and view_synthesizer is None:
        return None, model
    if isinstance(model, SemiSupervisedPoseEstimator):
        pose_model = model.pose_estimator
        view_synthesizer = view_synthesizer or model.view_synthesizer
    elif isinstance(model, PoseEstimator):
        pose_model = model
    else:
        raise ValueError(
            "`model` must be a PoseEstimator, a SemiSupervisedPoseEstimator, or a "
            f"ViewSynthesizer alone. Received: model={model!r}"
        )
    if view_synthesizer is not None:
        _check_same_size(pose_model, view_synthesizer)
    return pose_model, view_synthesizer


def _check_same_size(pose_model, view_synthesizer):
    sizes = (pose_model.encoder.image_size, view_synthesizer.encoder.image_size)
    if sizes[0] != sizes[1]:
        raise ValueError(
            "`view_synthesizer` must take images of the model's size "
            f"{sizes[0]}. Received: view_synthesizer of size {sizes[1]}"
        )


def _pose_function(model, image_size):
    def predict(image):
        outputs = model({"image": _checked(image, image_size)}, training=False)
        return outputs if isinstance(outputs, dict) else {"joints_mm": outputs}

    return predict


def _bytes_signature(pose, image_size, decoding):
    def predict_bytes(image_bytes):
        return pose.function(decode_crops(image_bytes, image_size, **decoding))

    return _signature(
        predict_bytes, tf.TensorSpec((None,), tf.string, name="image_bytes")
    )


def _read_signature(model, image_size):
    def read(image, scale):
        scale = tf.ensure_shape(scale, (None,))
        return read_joints(
            model, {"image": _checked(image, image_size), "scale": scale}
        )

    scale = tf.TensorSpec((None,), tf.float32, name="scale")
    return _signature(read, _image_spec("image", image_size), scale)


def _encode_function(encoder):
    normalize = NormalizeImages(dtype="float32")

    def encode(image):
        image = _checked(image, encoder.image_size)
        codes = encoder(normalize(image), training=False)
        return {name: codes[name] for name in ("latent_3d", "appearance")}

    return encode


def _synthesize_signature(view_synthesizer):
    size = view_synthesizer.encoder.image_size

    def synthesize(image, rotation, background):
        image, rotation, background = _checked_rows(
            _checked(image, size),
            tf.ensure_shape(rotation, (None, 3, 3)),
            _checked(background, size),
        )
        inputs = {"image": image, "rotation": rotation, "background": background}
        decoded = view_synthesizer.synthesize(inputs)
        return {**decoded, "image": tf.cast(tf.round(decoded["image"]), tf.uint8)}

    return _signature(
        synthesize,
        _image_spec("image", size),
        tf.TensorSpec((None, 3, 3), tf.float32, name="rotation"),
        _image_spec("background", size),
    )


def _signature(function, *specs):
    # As a graph it is traced once, however often the export looks at it.
    return Signature(tf.function(function, specs, autograph=False), specs)


def _image_spec(name, size):
    return tf.TensorSpec((None, size, size, 3), tf.uint8, name=name)


def _checked(image, size):
    # A server does not compare what it is fed with the signature.
    return tf.ensure_shape(image, (None, size, size, 3))


def _checked_rows(*tensors):
    """Refuses inputs of unequal batch sizes, which would otherwise broadcast."""
    rows = tf.stack([tf.shape(tensor)[0] for tensor in tensors])
    message = "image, rotation and background have different batch sizes."
    check = tf.debugging.Assert(tf.reduce_all(rows == rows[0]), [message])
    with tf.control_dependencies([check]):
        return [tf.identity(tensor) for tensor in tensors]
