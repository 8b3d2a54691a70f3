"""Degradation on accelerators against what OpenCV computes."""

import cv2
import keras
import numpy as np
import pytest

from hand_geo_keras.pipelines.tensor_photometric import (
    along_both_axes,
    blurring_matrices,
    degrade_batch,
    jpeg,
    resizing_matrices,
)

_SIDE = 64


@pytest.fixture(name="image", scope="module")
def fixture_image():
    """Smooth colours with an edge and some texture."""
    rng = np.random.default_rng(0)
    small = rng.uniform(0, 255, (6, 6, 3)).astype(np.float32)
    image = cv2.resize(small, (_SIDE, _SIDE), interpolation=cv2.INTER_LINEAR)
    image[20:40, 30:50] = [200, 150, 120]
    image += rng.normal(0, 6, image.shape)
    return np.clip(image, 0, 255).astype(np.uint8)


@pytest.mark.parametrize("quality", [20, 50, 85])
def test_jpeg_leaves_what_the_codec_leaves(image, quality):
    _, data = cv2.imencode(
        ".jpg", image[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, quality]
    )
    coded = cv2.imdecode(data, cv2.IMREAD_COLOR_RGB).astype(float)
    modelled = np.asarray(jpeg(image[None].astype("float32"), np.float32([quality])))[0]
    loss = np.abs(coded - image).mean()
    difference = np.abs(np.clip(modelled, 0, 255) - coded).mean()
    assert difference < 0.3 * loss
    assert np.abs(modelled - image).mean() == pytest.approx(loss, rel=0.1)


@pytest.mark.parametrize("low", [16, 32])
def test_low_resolution_is_that_of_opencv(image, low):
    truth = cv2.resize(
        image.astype("float32"), (low, low), interpolation=cv2.INTER_AREA
    )
    truth = cv2.resize(truth, (_SIDE, _SIDE), interpolation=cv2.INTER_LINEAR)
    yes = np.ones(1, bool)
    matrix = resizing_matrices(np.float32([low]), yes, yes, _SIDE)
    ours = along_both_axes(matrix, image[None])
    np.testing.assert_allclose(np.asarray(ours)[0], truth, atol=0.01)


def test_bicubic_enlargement_is_that_of_opencv_inside(image):
    low, border = 32, 8
    truth = cv2.resize(
        image.astype("float32"), (low, low), interpolation=cv2.INTER_LINEAR
    )
    truth = cv2.resize(truth, (_SIDE, _SIDE), interpolation=cv2.INTER_CUBIC)
    no = np.zeros(1, bool)
    matrix = resizing_matrices(np.float32([low]), no, no, _SIDE)
    ours = np.asarray(along_both_axes(matrix, image[None].astype("float32")))[0]
    inside = slice(border, -border)
    np.testing.assert_allclose(ours[inside, inside], truth[inside, inside], atol=0.01)


def test_full_resolution_changes_nothing(image):
    yes = np.ones(1, bool)
    matrix = resizing_matrices(np.float32([_SIDE]), yes, yes, _SIDE)
    np.testing.assert_allclose(np.asarray(matrix)[0], np.eye(_SIDE), atol=1e-6)


def test_blur_is_gaussian(image):
    truth = cv2.GaussianBlur(image.astype("float32"), (0, 0), 1.5)
    matrix = blurring_matrices(np.float32([1.5]), _SIDE)
    ours = np.asarray(along_both_axes(matrix, image[None].astype("float32")))[0]
    np.testing.assert_allclose(ours[8:-8, 8:-8], truth[8:-8, 8:-8], atol=0.5)


def test_same_seed_same_images_another_seed_others(image):
    images = np.repeat(image[None], 4, axis=0)

    def degraded(seed):
        return np.asarray(degrade_batch(images, keras.random.SeedGenerator(seed)))

    np.testing.assert_array_equal(degraded(3), degraded(3))
    assert np.abs(degraded(3) - degraded(4)).mean() > 1


def test_images_stay_images(image):
    images = np.repeat(image[None], 32, axis=0)
    degraded = np.asarray(degrade_batch(images, keras.random.SeedGenerator(0)))
    assert degraded.min() >= 0 and degraded.max() <= 255
    np.testing.assert_array_equal(degraded, np.round(degraded))
    # Recognisable nearly always, and hardly one unchanged.
    flat = degraded.reshape(32, -1)
    alike = [np.corrcoef(one, image.ravel())[0, 1] for one in flat]
    assert np.median(alike) > 0.8
    assert np.abs(flat - image.ravel()).mean(1).min() > 0
