"""Reads back what callbacks wrote for TensorBoard."""

import numpy as np
import tensorflow as tf


def read_images(folder):
    """dict from tag to a dict from step to the `[H, W, 3]` uint8 RGB image."""
    images = {}
    for path in sorted(folder.glob("events.out.tfevents.*")):
        for record in tf.data.TFRecordDataset(str(path)):
            event = tf.compat.v1.Event.FromString(record.numpy())
            for value in event.summary.value:
                if value.metadata.plugin_data.plugin_name == "images":
                    images.setdefault(value.tag, {})[event.step] = _image(value)
    return images


def _image(value):
    width, height, png = value.tensor.string_val[:3]
    image = tf.io.decode_png(png, channels=3).numpy()
    assert image.shape == (int(height), int(width), 3)
    return np.asarray(image)
