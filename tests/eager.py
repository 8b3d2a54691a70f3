"""Steps that run as they are written: tracing one takes longer than making a few."""

import contextlib

import tensorflow as tf


@contextlib.contextmanager
def eagerly(active=True):
    """Context in which functions are not traced; none if not `active`."""
    before = tf.config.functions_run_eagerly()
    tf.config.run_functions_eagerly(active or before)
    try:
        yield
    finally:
        tf.config.run_functions_eagerly(before)
