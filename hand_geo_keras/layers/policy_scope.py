"""A temporary global dtype policy for builders that accept no `dtype`."""

import contextlib
from collections.abc import Iterator
from typing import Any

import keras


@contextlib.contextmanager
def policy_scope(policy: Any) -> Iterator[Any]:
    """Sets the global dtype policy within a `with` block.

    keras_cv's and keras.applications' builders read the global policy only.

    Args:
        policy: name, dtype policy or None for no change.
    """
    previous = keras.config.dtype_policy()
    keras.config.set_dtype_policy(keras.dtype_policies.get(policy))
    try:
        yield
    finally:
        keras.config.set_dtype_policy(previous)
