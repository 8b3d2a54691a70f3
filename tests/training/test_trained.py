"""What jobs leave behind and start from."""

import numpy as np
import pytest

from hand_geo_keras.errors import WeightsError
from hand_geo_keras.models import (
    PoseEstimator,
    SemiSupervisedPoseEstimator,
    save_to_preset,
)
from hand_geo_keras.training.trained import Preset, TrainedFolder, save_models
from tests import zoo


def test_a_job_keeps_what_it_trained(tmp_path):
    model = SemiSupervisedPoseEstimator(zoo.view_synthesizer(), zoo.pose_head())
    model.adapt(zoo.joints(12))
    save_models(tmp_path, model)
    trained, images = TrainedFolder(str(tmp_path)), zoo.images(2)
    np.testing.assert_allclose(
        trained.pose_estimator()({"image": images}), model({"image": images}), atol=1e-4
    )
    expected = model.view_synthesizer.encode(images)["latent_3d"]
    found = trained.view_synthesizer().encode(images)["latent_3d"]
    np.testing.assert_allclose(found, expected, atol=1e-5)
    assert {path.suffix for path in tmp_path.iterdir()} == {".keras"}


def test_a_cached_array_is_not_computed_again(tmp_path):
    trained = TrainedFolder(str(tmp_path))
    first = trained.cached("latents", lambda: np.arange(5.0))
    np.testing.assert_array_equal(first, trained.cached("latents", None))


def test_a_damaged_cache_is_computed_anew(tmp_path, caplog):
    trained = TrainedFolder(str(tmp_path))
    trained.cached("latents", lambda: np.zeros(500))
    (path,) = tmp_path.iterdir()
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 4  # one bit
    path.write_bytes(content)
    again = trained.cached("latents", lambda: np.ones(500))
    np.testing.assert_array_equal(again, np.ones(500))
    assert "latents.npz" in caplog.text and "computed anew" in caplog.text
    np.testing.assert_array_equal(trained.cached("latents", None), np.ones(500))


def test_a_damaged_model_is_named(tmp_path):
    save_models(tmp_path, zoo.pose_estimator())
    path = tmp_path / "model.keras"
    path.write_bytes(path.read_bytes()[:-100])
    with pytest.raises(WeightsError, match=r"model\.keras: cannot be loaded"):
        TrainedFolder(str(tmp_path)).pose_estimator()


def test_what_is_not_there_is_named(tmp_path):
    with pytest.raises(RuntimeError, match=r"view_synthesizer\.keras must be trained"):
        TrainedFolder(str(tmp_path)).view_synthesizer()
    with pytest.raises(WeightsError, match="nowhere"):
        Preset.find(tmp_path / "nowhere")


def test_a_preset_is_known_by_its_files(tmp_path):
    synthesizer = zoo.view_synthesizer()
    marks = set()
    for name in ("one", "other"):
        model = PoseEstimator(synthesizer.encoder, zoo.pose_head())
        save_to_preset(tmp_path / name, synthesizer, model)
        marks.add(Preset.find(tmp_path / name).fingerprint)
    assert len(marks) == 2


def test_a_run_can_be_started_from_as_well(tmp_path):
    model, images = zoo.pose_estimator(), zoo.images(2)
    save_models(tmp_path, model)
    run = Preset.find(tmp_path)
    np.testing.assert_allclose(
        run.pose_estimator()({"image": images}), model({"image": images}), atol=1e-4
    )
    with pytest.raises(WeightsError, match="has no decoder of views"):
        run.view_synthesizer()
    (tmp_path / "view_synthesizer.keras").write_bytes(b"cut off")
    assert Preset.find(tmp_path).fingerprint != run.fingerprint
    with pytest.raises(WeightsError, match=r"view_synthesizer\.keras: cannot be load"):
        run.view_synthesizer()
