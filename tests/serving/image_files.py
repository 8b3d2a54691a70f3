"""Encoded images, good and hostile."""

import io
import struct
import zlib

import cv2
import numpy as np
from PIL import Image

RGB, GRAY, RGBA = 2, 0, 6  # colour types of PNG


def png(image):
    """`[H, W, 3]` RGB uint8 to the bytes of a PNG file."""
    return cv2.imencode(".png", image[..., ::-1])[1].tobytes()


def jpeg(image, quality=95):
    """`[H, W, 3]` RGB uint8 to the bytes of a JPEG file."""
    options = [cv2.IMWRITE_JPEG_QUALITY, quality]
    return cv2.imencode(".jpg", image[..., ::-1], options)[1].tobytes()


def png_claiming(width, height, colour_type=RGB, data=b""):
    """A PNG whose header claims a size, with the given raw rows."""
    header = struct.pack(">IIBBBBB", width, height, 8, colour_type, 0, 0, 0)
    chunks = [(b"IHDR", header), (b"IDAT", zlib.compress(data, 9)), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(body)) + kind + body + _checksum(kind, body)
        for kind, body in chunks
    )


def jpeg_claiming(width, height):
    """A small JPEG whose frame header claims another size."""
    content = bytearray(jpeg(np.zeros((16, 16, 3), "uint8")))
    frame = content.index(b"\xff\xc0")  # baseline start of frame
    content[frame + 5 : frame + 9] = struct.pack(">HH", height, width)
    return bytes(content)


def hostile_files():
    """Dict of name to (file, part of the error message that it must cause)."""
    image = np.random.default_rng(0).integers(0, 256, (40, 40, 3)).astype("uint8")
    cmyk = io.BytesIO()
    Image.fromarray(image).convert("CMYK").save(cmyk, "JPEG")
    rows = b"\0" * (1 + 3 * 3000) * 3000  # 27 MB that pack into 26 kB
    return {
        "empty": (b"", "empty file"),
        "one byte": (b"\xff", "no JPEG or PNG"),
        "text": (b"not an image at all", "no JPEG or PNG"),
        "gif": (b"GIF89a" + bytes(20), "no JPEG or PNG"),
        "png signature only": (png(image)[:8], "ends in its header"),
        "truncated png": (png(image)[:-40], "PNG"),
        "truncated jpeg": (jpeg(image)[:-40], "JPEG"),
        "jpeg header only": (jpeg(image)[:12], "JPEG"),
        "damaged png": (png(image)[:60] + bytes(80) + png(image)[140:], "PNG"),
        "too many bytes": (jpeg(image) + bytes(5 << 20), "bytes"),
        "cmyk jpeg": (cmyk.getvalue(), "neither in colour"),
        "png of no colour type": (png_claiming(40, 40, 5), "neither in colour"),
        "png bomb": (png_claiming(3000, 3000, data=rows), "pixels wide or high"),
        "png claims 2 G": (png_claiming(2**31 - 1, 40), "pixels wide or high"),
        "png claims 3 G": (png_claiming(3 * 2**30, 40), "impossible size"),
        "png claims 0": (png_claiming(0, 40), "impossible size"),
        "jpeg claims 65500": (jpeg_claiming(65500, 65500), "pixels wide or high"),
    }


def _checksum(kind, body):
    return struct.pack(">I", zlib.crc32(kind + body))
