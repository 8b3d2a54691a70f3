"""Tests of the compiled pose model that everything predicts with."""

import gc
import weakref

import numpy as np
import pytest

from hand_geo_keras.errors import WeightsError
from hand_geo_keras.models import PoseEstimator, PoseHead, UNetEncoder
from hand_geo_keras.models.preset_files import save_to_preset
from hand_geo_keras.prediction import HandPredictor
from hand_geo_keras.prediction.compiled_model import compiled_model
from tests import zoo


def crops(count, size=32):
    return np.random.default_rng(count).integers(
        0, 255, (count, size, size, 3), np.uint8
    )


def test_any_number_of_crops_gives_the_poses_of_the_model(tiny_model):
    images = crops(130)
    expected = tiny_model({"image": images}, training=False)
    for count in (0, 1, 3, 64, 65, 130):
        poses = compiled_model(tiny_model).poses(images[:count])
        assert poses.shape == (count, 21, 3) and poses.dtype == np.float32
        np.testing.assert_allclose(poses, expected[:count], rtol=1e-4, atol=1e-3)


def test_latent_points_are_those_of_the_model(tiny_model):
    expected = tiny_model.latents({"image": crops(5)})
    latents = compiled_model(tiny_model).latents(crops(5))
    np.testing.assert_allclose(latents, expected, rtol=1e-4, atol=1e-5)


def test_a_semi_supervised_model_predicts_too():
    model = zoo.semi_supervised()
    images = zoo.images(3)
    compiled = compiled_model(model)
    np.testing.assert_allclose(
        compiled.poses(images), model({"image": images}), rtol=1e-4, atol=1e-3
    )
    assert compiled.latents(images).shape == (3, zoo.POINTS, 3)


def test_each_function_is_traced_once(tiny_model):
    compiled = compiled_model(tiny_model)
    for count in (1, 2, 7):
        compiled.poses(crops(count))
    assert compiled.functions._poses.experimental_get_tracing_count() == 1
    assert compiled_model(tiny_model) is compiled
    assert HandPredictor(tiny_model).model is tiny_model


def test_further_training_shows(tiny_model):
    compiled, images = compiled_model(tiny_model), crops(2)
    before = compiled.poses(images)
    tiny_model.set_weights([1.1 * weight for weight in tiny_model.get_weights()])
    assert np.abs(compiled.poses(images) - before).max() > 1e-3
    expected = tiny_model({"image": images}, training=False)
    np.testing.assert_allclose(compiled.poses(images), expected, rtol=1e-4, atol=1e-3)


def small_model():
    model = PoseEstimator(UNetEncoder(32, (4, 8), 6, 4), PoseHead(6, hidden_units=(8,)))
    model.adapt(np.random.default_rng(0).normal(0, 40, (8, 21, 3)))
    return model


def test_files_are_loaded_once_until_they_change(tmp_path):
    path = tmp_path / "pose.keras"
    small_model().save(path)
    first = compiled_model(path)
    assert compiled_model(str(path)) is first and compiled_model(first) is first
    small_model().save(path)
    second = compiled_model(path)
    assert second is not first
    differences = first.poses(crops(2)) - second.poses(crops(2))
    assert np.abs(differences).max() > 1e-3


def test_presets_are_loaded_once(tmp_path):
    save_to_preset(tmp_path / "preset", small_model())
    assert compiled_model(tmp_path / "preset") is compiled_model(tmp_path / "preset")


@pytest.mark.parametrize("name", ["nowhere.keras", "nothing", "."])
def test_a_missing_model(tmp_path, name):
    (tmp_path / "empty").mkdir()
    with pytest.raises(WeightsError):
        compiled_model(tmp_path / "empty" / name)


def test_a_model_can_still_be_saved_and_forgotten(tmp_path):
    model = small_model()
    expected = compiled_model(model).poses(crops(2))
    model.save(tmp_path / "pose.keras")
    saved = compiled_model(tmp_path / "pose.keras").poses(crops(2))
    np.testing.assert_allclose(saved, expected, rtol=1e-4, atol=1e-3)
    reference = weakref.ref(model)
    del model
    gc.collect()
    assert reference() is None
