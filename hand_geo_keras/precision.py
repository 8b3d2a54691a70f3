"""In which precision networks are trained, and how they get back to float32.

Training in bfloat16 means Keras' policy `mixed_bfloat16`: convolutions and feature
maps (those of the image loss's feature network too) are bfloat16; weights, optimizer,
batch statistics, latent points, decoded images and losses stay float32.
"""

import contextlib
import sys
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

PRECISIONS = ("auto", "float32", "bfloat16")
PRECISION_HELP = (
    "precision of training: float32; bfloat16, at up to twice the speed where the "
    "hardware computes in it; or auto, which takes bfloat16 there"
)
_POLICIES = {"float32": "float32", "bfloat16": "mixed_bfloat16"}
_CPU_INFO = Path("/proc/cpuinfo")
_CPU_FLAGS = ("avx512_bf16", "amx_bf16")
_GPU_CAPABILITY = (8, 0)  # Ampere, the first of NVIDIA's with bfloat16


def resolve_precision(precision: str = "auto") -> Any:
    """The precision that an argument `--precision` stands for on this machine.

    Args:
        precision: one of `PRECISIONS`. `"auto"` is bfloat16 if all GPUs that
            TensorFlow sees compute in it or, without a GPU, if the processor does
            (`avx512_bf16` or AMX, as Linux tells), else float32.

    Returns:
        `"float32"` or `"bfloat16"`.

    Raises:
        ValueError: another name.

    Example:

    ```python
    resolve_precision("auto")  # "bfloat16" on a Zen 4 or Sapphire Rapids processor
    ```
    """
    if precision not in PRECISIONS:
        raise ValueError(
            f"`precision` must be one of {PRECISIONS}. "
            f"Received: precision={precision!r}"
        )
    if precision == "float32":
        return precision
    is_native = _computes_in_bfloat16()
    if precision == "bfloat16":
        if not is_native:
            warnings.warn(
                "bfloat16 is slower than float32 here: neither GPU nor processor "
                "computes in it.",
                stacklevel=2,
            )
        return precision
    return "bfloat16" if is_native else "float32"


def set_precision(precision: str = "auto") -> Any:
    """Lets everything that is built from now on be trained in a precision.

    Sets Keras' global dtype policy of this process; worker processes need a call of
    their own.

    Args:
        precision: one of `PRECISIONS`, see `resolve_precision`.

    Returns:
        `"float32"` or `"bfloat16"`, for logs and result files.

    Raises:
        ValueError: another name.

    Example:

    ```python
    print("training in", set_precision("auto"))
    model = build_view_synthesizer("compact_128")
    ```
    """
    import keras

    resolved = resolve_precision(precision)
    keras.config.set_dtype_policy(_POLICIES[resolved])
    return resolved


@contextlib.contextmanager
def computing_in(precision: str) -> Iterator[None]:
    """Lets everything that is built within a `with` block be trained in a precision.

    Args:
        precision: `"float32"` or `"bfloat16"`, as `resolve_precision` returns it.

    Example:

    ```python
    with computing_in("bfloat16"):
        model = build_view_synthesizer("compact_64")
    ```
    """
    from hand_geo_keras.layers.policy_scope import policy_scope

    with policy_scope(_POLICIES[precision]):
        yield


def use_deterministic_ops() -> None:
    """Lets TensorFlow compute the same numbers in every run of this machine.

    Without it, sums that several threads add up may differ in the last bit from run to
    run, and trainings drift apart from there. Of this process only; call it before
    anything is computed. An operation that has no deterministic kernel on a GPU ends
    in an error that names it.

    Example:

    ```python
    use_deterministic_ops()
    keras.utils.set_random_seed(0)
    ```
    """
    import tensorflow as tf

    tf.config.experimental.enable_op_determinism()


def in_float32(model: Any) -> Any:
    """The same model computing in float32, for prediction, export and sharing.

    bfloat16 pays in training only: elsewhere it costs accuracy, and speed on
    hardware without it.

    Args:
        model: built Keras model, in whatever policy.

    Returns:
        `model` itself if no part of it computes in bfloat16, else a new one with its
        weights, not compiled.
    """
    return _recast(model, float32_config, "float32")


def in_policy(model: Any, policy: Any) -> Any:
    """The same network computing under a dtype policy, to train it further.

    Args:
        model: built network of this package in float32, as presets hold them.
        policy: `"float32"`, or `"mixed_bfloat16"` as `set_precision` sets it.

    Returns:
        `model` itself if nothing changes, else a new one with its weights.

    Raises:
        ValueError: another policy.
    """
    if policy not in ("float32", "mixed_bfloat16"):
        raise ValueError(
            "`policy` must be 'float32' or 'mixed_bfloat16'. "
            f"Received: policy={policy!r}"
        )

    def with_policy(config):
        other = {"class_name": "DTypePolicy", "config": {"name": policy}}
        dtype = {**config["config"]["dtype"], **other}
        return {**config, "config": {**config["config"], "dtype": dtype}}

    return _recast(model, with_policy, policy)


def _recast(model, change, policy):
    import keras

    from hand_geo_keras.layers.policy_scope import policy_scope

    config = keras.saving.serialize_keras_object(model)
    recast = change(config)
    if recast == config:
        return model
    recast.pop("compile_config", None)
    with policy_scope(policy):
        copy = keras.saving.deserialize_keras_object(recast)
    copy.set_weights(model.get_weights())
    return copy


def float32_config(config: Any) -> Any:
    """A serialized Keras object's dict with every bfloat16 policy made float32."""
    if isinstance(config, dict):
        is_policy = config.get("class_name") == "DTypePolicy"
        if is_policy and "bfloat16" in config["config"]["name"]:
            return {**config, "config": {**config["config"], "name": "float32"}}
        return {name: float32_config(value) for name, value in config.items()}
    if isinstance(config, list | tuple):
        return type(config)(map(float32_config, config))
    return config


def _computes_in_bfloat16():
    import tensorflow as tf

    gpus = tf.config.list_physical_devices("GPU")
    if gpus:
        details = map(tf.config.experimental.get_device_details, gpus)
        return all(
            detail.get("compute_capability", (0, 0)) >= _GPU_CAPABILITY
            for detail in details
        )
    if not sys.platform.startswith("linux"):
        return False
    flags = {word for line in _flag_lines() for word in line.split()}
    return not flags.isdisjoint(_CPU_FLAGS)


def _flag_lines():
    lines = _CPU_INFO.read_text().splitlines() if _CPU_INFO.is_file() else []
    return [line for line in lines if line.startswith("flags")]
