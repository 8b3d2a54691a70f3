import cv2
import numpy as np
import pytest
import tensorflow as tf

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
