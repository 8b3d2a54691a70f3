"""Tests of what is let in as an image."""

import base64
import io
import struct
import zlib

import numpy as np
import pytest
from PIL import Image

from hand_geo_keras.recordings.image_file import read_image
from hand_geo_keras.viewer.page.images import MAX_BYTES, decode_image
from hand_geo_keras.viewer.page.request_error import RequestError
from tests import zoo


def encoded(image, kind, **options):
    file = io.BytesIO()
    Image.fromarray(image).save(file, kind, **options)
    return base64.b64encode(file.getvalue()).decode()


def bomb(width, height):
    """A PNG of a few bytes that claims to be huge."""

    def chunk(name, data):
        body = name + data
        return struct.pack(">I", len(data)) + body + struct.pack(">I", zlib.crc32(body))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    data = (
        chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(b""))
        + chunk(b"IEND", b"")
    )
    return base64.b64encode(b"\x89PNG\r\n\x1a\n" + data).decode()


def test_the_whole_image_in_rgb():
    image = zoo.images(1)[0][:9]
    assert (decode_image(encoded(image, "PNG")) == image).all()


def test_pixels_are_those_of_a_file(tmp_path):
    data = encoded(zoo.images(1)[0], "JPEG", quality=60)
    (tmp_path / "hand.jpg").write_bytes(base64.b64decode(data))
    assert (decode_image(data) == read_image(tmp_path / "hand.jpg")).all()


def test_photographs_are_put_upright():
    image = np.zeros((40, 40, 3), np.uint8)
    image[:20] = 255
    exif = Image.Exif()
    exif[0x0112] = 6  # to be rotated clockwise
    upright = decode_image(encoded(image, "JPEG", exif=exif, quality=95))
    assert upright[:, 30].mean() > 250 and upright[:, 10].mean() < 5


@pytest.mark.parametrize(
    ("text", "match", "status"),
    [
        (None, "base64", 400),
        ("no base64!", "base64", 400),
        ("é", "base64", 400),
        ("", "JPEG or PNG", 400),
        (base64.b64encode(b"GIF89a hello").decode(), "JPEG or PNG", 400),
        (encoded(np.zeros((9, 9, 3), "u1"), "GIF"), "JPEG or PNG", 400),
        (encoded(np.zeros((9, 9, 3), "u1"), "BMP"), "JPEG or PNG", 400),
        (encoded(zoo.images(1)[0], "PNG")[:400], "JPEG or PNG", 400),
        ("A" * (MAX_BYTES // 3 * 4 + 8), "4 MiB", 413),
        (bomb(5000, 4000), "16 million", 413),
        (bomb(2**31 - 1, 2**31 - 1), "pixels|JPEG or PNG", None),
    ],
)
def test_what_is_no_image(text, match, status):
    with pytest.raises(RequestError, match=match) as error:
        decode_image(text)
    assert status in (None, error.value.status)
