"""The orientation that EXIF tells of a JPEG or PNG file, inside a TensorFlow graph."""

from pathlib import Path
from typing import Any

import tensorflow as tf

_ORIENTATION_TAG = 0x0112
_MAX_SEGMENTS, _MAX_ENTRIES = 256, 256
_JPEG_EXIF, _JPEG_SCAN = 0xE1, 0xDA
_PADDING = b"\0" * 16


def exif_orientation(file: str | Path, is_png: Any) -> Any:
    """Reads the orientation of an image file.

    Args:
        file: [] string tensor, a JPEG or PNG file.
        is_png: [] bool tensor.

    Returns:
        [] int64 from 1 (as stored) to 8; 1 where the file does not say or is damaged.

    Reference:
        EXIF 2.32, tag 0x0112; TIFF 6.0 for the directory around it; the `APP1` segment
        of JPEG and the `eXIf` chunk of PNG.
    """
    length = tf.cast(tf.strings.length(file), tf.int64)
    # Reading a few bytes behind the end then gives zeros instead of an error.
    padded = tf.strings.join([file, _PADDING])

    def read(position, count, little=False):
        return _number(padded, tf.clip_by_value(position, 0, length), count, little)

    def text(position, count):
        start = tf.clip_by_value(position, 0, length)
        return tf.strings.substr(padded, start, count)

    directory = tf.cond(
        is_png, lambda: _png_exif(read, text, length), lambda: _jpeg_exif(read, text)
    )
    return tf.cond(
        directory > 0, lambda: _orientation(read, text, directory), lambda: _one()
    )


def upright(image: Any, orientation: Any) -> Any:
    """Rotates and mirrors `[H, W, C]` as an orientation of 1 to 8 says."""

    def is_one_of(*values):
        return tf.reduce_any([orientation == value for value in values])

    image = tf.cond(
        is_one_of(5, 6, 7, 8), lambda: tf.transpose(image, (1, 0, 2)), lambda: image
    )
    image = tf.cond(
        is_one_of(2, 3, 6, 7), lambda: tf.reverse(image, [1]), lambda: image
    )
    return tf.cond(is_one_of(3, 4, 7, 8), lambda: tf.reverse(image, [0]), lambda: image)


def _one():
    return tf.constant(1, tf.int64)


def _number(padded, position, count, little):
    """Unsigned number of `count` bytes, high byte first unless `little`."""
    raw = tf.strings.substr(padded, position, count)
    values = tf.cast(tf.io.decode_raw(raw, tf.uint8), tf.int64)
    values = tf.cond(tf.convert_to_tensor(little), lambda: values[::-1], lambda: values)
    return tf.reduce_sum(values * [256**power for power in reversed(range(count))])


def _jpeg_exif(read, text):
    """Position of the TIFF header in the first EXIF segment, 0 if there is none."""

    def goes_on(position, found):
        is_marker = read(position, 1) == 0xFF
        return is_marker & (found == 0) & (read(position + 1, 1) != _JPEG_SCAN)

    def step(position, found):
        is_exif = read(position + 1, 1) == _JPEG_EXIF
        is_exif &= text(position + 4, 6) == b"Exif\0\0"
        size = tf.maximum(read(position + 2, 2), 2)
        return position + 2 + size, tf.where(is_exif, position + 10, found)

    return _search(goes_on, step, 2)


def _png_exif(read, text, length):
    """Position of the TIFF header in the `eXIf` chunk, 0 if there is none."""

    def goes_on(position, found):
        return (position < length) & (found == 0) & (text(position + 4, 4) != b"IEND")

    def step(position, found):
        is_exif = text(position + 4, 4) == b"eXIf"
        return position + 12 + read(position, 4), tf.where(is_exif, position + 8, found)

    return _search(goes_on, step, 8)


def _search(goes_on, step, start):
    start, none = tf.constant(start, tf.int64), tf.constant(0, tf.int64)
    return tf.while_loop(
        goes_on, step, (start, none), maximum_iterations=_MAX_SEGMENTS
    )[1]


def _orientation(read, text, header):
    """The tag's value in the directory that the TIFF header points to."""
    little = text(header, 2) == b"II"
    directory = header + read(header + 4, 4, little)
    count = tf.minimum(read(directory, 2, little), _MAX_ENTRIES)

    def goes_on(entry, found):
        return (entry < count) & (found == 0)

    def step(entry, found):
        place = directory + 2 + 12 * entry
        is_tag = read(place, 2, little) == _ORIENTATION_TAG
        value = read(place + 8, 2, little)
        return entry + 1, tf.where(is_tag, tf.maximum(value, 1), found)

    start = tf.constant(0, tf.int64)
    value = tf.while_loop(
        goes_on, step, (start, start), maximum_iterations=_MAX_ENTRIES
    )[1]
    return tf.where((value >= 1) & (value <= 8), value, 1)
