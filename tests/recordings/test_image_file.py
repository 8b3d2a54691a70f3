"""Tests of reading image files."""

import cv2
import numpy as np
import pytest
from PIL import Image

from hand_geo_keras.recordings.image_file import read_image, to_eight_bits

IMAGE = np.random.default_rng(0).integers(0, 256, (5, 7, 3)).astype(np.uint8)


def test_colour_grey_alpha_and_palette(tmp_path):
    photo = Image.fromarray(IMAGE)
    grey = np.asarray(photo.convert("L"))
    alpha = photo.copy()
    alpha.putalpha(17)
    palette = photo.quantize(16)
    for name, image, expected in (
        ("rgb", photo, IMAGE),
        ("grey", photo.convert("L"), np.dstack([grey] * 3)),
        ("alpha", alpha, IMAGE),
        ("palette", palette, np.asarray(palette.convert("RGB"))),
    ):
        image.save(tmp_path / f"{name}.png")
        read = read_image(tmp_path / f"{name}.png")
        np.testing.assert_array_equal(read, expected, err_msg=name)


@pytest.mark.parametrize("suffix", [".png", ".tiff"])
@pytest.mark.parametrize("bits", [8, 10, 12, 14, 16])
def test_deep_images_keep_their_colours(tmp_path, bits, suffix):
    image = IMAGE.copy()
    image[0, 0] = 255
    path = tmp_path / f"a{suffix}"
    cv2.imwrite(str(path), image[..., ::-1].astype(np.uint16) << (bits - 8))
    np.testing.assert_array_equal(read_image(path), image)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_exif_orientation(tmp_path, orientation):
    exif = Image.Exif()
    exif[0x0112] = orientation
    path = tmp_path / "a.png"
    Image.fromarray(IMAGE).save(path, exif=exif)
    rotated = {
        1: IMAGE,
        2: IMAGE[:, ::-1],
        3: IMAGE[::-1, ::-1],
        4: IMAGE[::-1],
        5: IMAGE.transpose(1, 0, 2),
        6: np.rot90(IMAGE, -1),
        7: IMAGE.transpose(1, 0, 2)[::-1, ::-1],
        8: np.rot90(IMAGE),
    }
    np.testing.assert_array_equal(read_image(path), rotated[orientation])


def test_what_is_no_image(tmp_path):
    (tmp_path / "a.png").write_bytes(b"no image")
    (tmp_path / "b.png").touch()
    for name in ("a.png", "b.png", "absent.png", "."):
        assert read_image(tmp_path / name) is None
    assert to_eight_bits(np.zeros((2, 2), np.float32)) is None
