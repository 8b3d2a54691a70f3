import io

import cv2
import numpy as np
import pytest
import tensorflow as tf
from PIL import Image

from hand_geo_keras.recordings.image_file import read_image
from hand_geo_keras.serving import decode_crops
from tests.serving.conftest import SIZE, crops
from tests.serving.image_files import hostile_files, jpeg, png

HOSTILE = hostile_files()


@pytest.fixture(scope="module")
def decode():
    """`decode_crops` as a server runs it: in a graph."""
    signature = [tf.TensorSpec((None,), tf.string)]
    return tf.function(lambda files: decode_crops(files, SIZE), signature)


def test_png_of_the_models_size_passes_unchanged(decode):
    images = crops(3)
    files = tf.constant([png(image) for image in images])
    np.testing.assert_array_equal(decode(files), images)


def test_jpeg_decodes_as_with_opencv(decode):
    file = jpeg(cv2.GaussianBlur(crops(1)[0], (0, 0), 3))
    expected = cv2.imdecode(np.frombuffer(file, "uint8"), cv2.IMREAD_COLOR)[..., ::-1]
    difference = decode(tf.constant([file]))[0].numpy().astype(int) - expected
    assert np.abs(difference).max() <= 1


def test_shrinks_with_antialiasing(decode):
    stripes = np.zeros((4 * SIZE, 4 * SIZE, 3), "uint8")
    stripes[:, ::2] = 255  # finer than the crop can show
    shrunk = decode(tf.constant([png(stripes)]))[0]
    inside = shrunk[:, 1:-1].numpy()  # at the border the filter is one-sided
    assert inside.min() >= 127 and inside.max() <= 128


def test_cuts_to_the_centred_square(decode):
    wide = np.zeros((SIZE, 3 * SIZE, 3), "uint8")
    wide[:, SIZE : 2 * SIZE] = crops(1)[0]
    tall = wide.transpose(1, 0, 2)
    both = decode(tf.constant([png(wide), png(tall)]))
    np.testing.assert_array_equal(both[0], crops(1)[0])
    np.testing.assert_array_equal(both[1], crops(1)[0].transpose(1, 0, 2))


def decoded_by_both(decode, file, path):
    """A file through the server's graph and as a photo is read."""
    path.write_bytes(file)
    return decode(tf.constant([file]))[0].numpy(), read_image(path)


def encoded(image, kind="PNG", **options):
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


@pytest.mark.parametrize("kind", ["PNG", "JPEG"])
@pytest.mark.parametrize("byte_order", ["<", ">"])
def test_exif_orientation_at_every_entry_point(decode, tmp_path, kind, byte_order):
    image = Image.fromarray(cv2.GaussianBlur(crops(1)[0], (0, 0), 3))
    for orientation in range(10):  # 0 and 9 are none
        exif = Image.Exif()
        exif.endian = byte_order
        exif[0x0110] = "a camera"  # stands before the orientation
        exif[0x0112] = orientation
        file = encoded(image, kind, exif=exif)
        served, photo = decoded_by_both(decode, file, tmp_path / "a")
        difference = np.abs(served.astype(int) - photo).max()
        assert difference <= (kind == "JPEG"), orientation


@pytest.mark.parametrize("mode", ["L", "LA", "RGBA", "P", "1"])
def test_grey_alpha_and_palettes_at_every_entry_point(decode, tmp_path, mode):
    image = Image.fromarray(crops(1)[0])
    image = image.convert("L").convert(mode) if mode == "LA" else image.convert(mode)
    served, photo = decoded_by_both(decode, encoded(image), tmp_path / "a.png")
    np.testing.assert_array_equal(served, photo)


@pytest.mark.parametrize("bits", [8, 10, 12, 14, 16])
def test_deep_images_at_every_entry_point(decode, tmp_path, bits):
    deep = crops(1)[0].astype(np.uint16) << (bits - 8)
    deep[0, 0] = 255 << (bits - 8)
    file = cv2.imencode(".png", deep[..., ::-1])[1].tobytes()
    served, photo = decoded_by_both(decode, file, tmp_path / "a.png")
    np.testing.assert_array_equal(served, photo)
    np.testing.assert_array_equal(served, (deep >> (bits - 8)).astype("uint8"))


def test_damaged_exif_is_no_orientation(decode):
    """Offsets and counts in EXIF that lead out of the file do no harm."""
    exif = Image.Exif()
    exif[0x0112] = 6
    good = encoded(Image.fromarray(crops(1)[0]), "JPEG", exif=exif)
    start = good.index(b"Exif\0\0") + 6
    for place in range(start, start + 20):
        for value in (0, 255):
            file = bytearray(good)
            file[place] = value
            assert decode(tf.constant([bytes(file)])).shape == (1, SIZE, SIZE, 3)


def test_batch_of_none(decode):
    assert decode(tf.constant([], tf.string)).shape == (0, SIZE, SIZE, 3)


@pytest.mark.parametrize("name", HOSTILE)
def test_refuses_and_goes_on(decode, name):
    file, message = HOSTILE[name]
    with pytest.raises(tf.errors.InvalidArgumentError, match=message):
        decode(tf.constant([png(crops(1)[0]), file]))
    good = crops(1)
    np.testing.assert_array_equal(decode(tf.constant([png(good[0])])), good)


def test_limits_can_be_set():
    file = tf.constant([png(crops(1)[0])])
    for limit in ({"max_side": SIZE - 1}, {"max_bytes": 100}):
        with pytest.raises(tf.errors.InvalidArgumentError, match="more than"):
            tf.function(lambda f, limit=limit: decode_crops(f, SIZE, **limit))(file)
