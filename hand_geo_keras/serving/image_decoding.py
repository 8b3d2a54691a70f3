"""Decodes untrusted JPEG and PNG files inside a TensorFlow graph."""

from typing import Any

import tensorflow as tf

from hand_geo_keras.models.hand_preprocessor import centred_square, resize_square
from hand_geo_keras.serving.exif_orientation import exif_orientation, upright

MAX_BYTES = 4 * 1024 * 1024
MAX_SIDE = 2048

_PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_JPEG_SIGNATURE = b"\xff\xd8\xff"
# Signature, length and type of the IHDR chunk, its 13 bytes and its checksum.
_PNG_HEADER_BYTES = 33
# Colour types of IHDR: grey, RGB, palette, grey and RGB with alpha.
_PNG_COLOUR_TYPES = (0, 2, 3, 4, 6)
_JPEG_CHANNELS = (1, 3)


def decode_crops(
    image_bytes: Any,
    image_size: int,
    max_bytes: int = MAX_BYTES,
    max_side: int = MAX_SIDE,
) -> Any:
    """Decodes encoded hand crops to the size that a model takes.

    The header of a file is read before anything is decoded, so that a small file
    that claims a huge image costs nothing. As everywhere in this package (see
    `recordings.image_file`), the orientation in EXIF is applied, grey becomes RGB,
    alpha is left out and 10, 12, 14 or 16 bits are reduced to 8. An image that is not
    square is cut to its largest centred square, then resized with an antialiasing
    triangle filter whose pixel centres are OpenCV's; a file of `image_size` pixels
    passes unchanged. Only stock TensorFlow operations are used, and every file is
    decoded on its own.

    Args:
        image_bytes: `[B]` string tensor, each a JPEG or PNG file in colour or grey.
        image_size: S, side of the crops in pixels.
        max_bytes: largest file accepted.
        max_side: largest width or height accepted, in pixels.

    Returns:
        `[B, S, S, 3]` uint8 RGB.

    Raises:
        tf.errors.InvalidArgumentError: when the graph runs, if a file is empty, too
            large, damaged, neither JPEG nor PNG, or in CMYK. All files of the batch
            are refused then.

    Example:

    ```python
    file = tf.io.read_file("hand.jpg")
    decode_crops(tf.stack([file]), 64)  # [1, 64, 64, 3]
    ```
    """
    return tf.map_fn(
        lambda file: _decode_crop(file, image_size, max_bytes, max_side),
        image_bytes,
        fn_output_signature=tf.TensorSpec((image_size, image_size, 3), tf.uint8),
    )


def _decode_crop(file, image_size, max_bytes, max_side):
    """[] string -> [S, S, 3] uint8."""
    is_png = tf.strings.substr(file, 0, 8) == _PNG_SIGNATURE
    is_jpeg = tf.strings.substr(file, 0, 3) == _JPEG_SIGNATURE
    checks = [
        _check(tf.strings.length(file) > 0, "image_bytes holds an empty file."),
        _check(
            tf.strings.length(file) <= max_bytes,
            f"image_bytes holds a file of more than {max_bytes} bytes.",
        ),
        _check(is_png | is_jpeg, "image_bytes holds a file that is no JPEG or PNG."),
    ]
    with tf.control_dependencies(checks):
        file = tf.identity(file)
    image = tf.cond(
        is_png,
        lambda: _decode_png(file, max_side),
        lambda: _decode_jpeg(file, max_side),
    )
    image = upright(image, exif_orientation(file, is_png))
    return _resize(centred_square(image), image_size)


def _decode_png(file, max_side):
    check = _check(
        tf.strings.length(file) >= _PNG_HEADER_BYTES, "A PNG file ends in its header."
    )
    with tf.control_dependencies([check]):
        header = tf.strings.substr(file, 16, 10)
    sides = tf.io.decode_raw(tf.strings.substr(header, 0, 8), tf.int32, False)
    depth, colour_type = tf.unstack(
        tf.io.decode_raw(tf.strings.substr(header, 8, 2), tf.uint8), 2
    )
    checks = [*_side_checks(sides, max_side), _channel_check(colour_type, "PNG")]
    with tf.control_dependencies(checks):
        file = tf.identity(file)
    return tf.cond(
        depth == 16,
        lambda: _eight_bits(tf.io.decode_png(file, channels=3, dtype=tf.uint16)),
        lambda: tf.io.decode_png(file, channels=3),
    )


def _eight_bits(image):
    """uint16 to uint8 by the smallest depth that holds the largest value.

    The same rule as of `recordings.image_file.to_eight_bits`.
    """
    largest = tf.reduce_max(tf.cast(image, tf.int32))
    surplus = 2 * tf.reduce_sum(
        [tf.cast(largest >= 1 << bits, tf.int32) for bits in (8, 10, 12, 14)]
    )
    shifted = tf.bitwise.right_shift(image, tf.cast(surplus, tf.uint16))
    return tf.cast(shifted, tf.uint8)


def _decode_jpeg(file, max_side):
    shape = tf.io.extract_jpeg_shape(file)  # height, width, channels
    with tf.control_dependencies(
        [*_side_checks(shape[:2], max_side), _channel_check(shape[2], "JPEG")]
    ):
        # The default DCT of TensorFlow is the fast one; OpenCV's is the accurate.
        return tf.io.decode_jpeg(
            tf.identity(file), channels=3, dct_method="INTEGER_ACCURATE"
        )


def _side_checks(sides, max_side):
    # As a signed number a side of 2^31 or more is negative.
    return [
        _check(tf.reduce_min(sides) > 0, "An image has an impossible size."),
        _check(
            tf.reduce_max(sides) <= max_side,
            f"An image is more than {max_side} pixels wide or high.",
        ),
    ]


def _channel_check(found, kind):
    known = _PNG_COLOUR_TYPES if kind == "PNG" else _JPEG_CHANNELS
    fits = tf.reduce_any([found == tf.cast(value, found.dtype) for value in known])
    return _check(fits, f"A {kind} is neither in colour (RGB) nor grey.")


def _check(condition, message):
    # Raw, because `tf.debugging.assert_*` decides at trace time where it can.
    return tf.debugging.Assert(condition, [message])


def _resize(image, image_size):
    """[side, side, 3] uint8 -> [S, S, 3] uint8."""
    rounded = tf.round(resize_square(image, image_size))
    return tf.ensure_shape(tf.cast(rounded, tf.uint8), (image_size, image_size, 3))
