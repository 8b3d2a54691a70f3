import json

import numpy as np
import pytest

from hand_geo_keras.errors import WeightsError
from hand_geo_keras.models import PoseEstimator, ViewSynthesizer, save_to_preset
from hand_geo_keras.models.preset_files import preset_fingerprint
from tests import zoo
from tests.models import numpy_networks


@pytest.fixture
def trained():
    views = zoo.view_synthesizer()
    head = zoo.pose_head()
    for part in (views.encoder, views.decoder, head):
        numpy_networks.randomize(part)
    poses = PoseEstimator(views.encoder, head)
    poses.adapt(zoo.joints(12))
    return views, poses


def predictions(views, poses):
    inputs = {
        "image": zoo.images(2),
        "rotation": zoo.rotations(2),
        "background": zoo.images(2, 1),
    }
    return views.synthesize(inputs)["image"], poses({"image": zoo.images(2)})


@pytest.mark.parametrize("half_precision, tolerance", [(False, 0.0), (True, 2e-3)])
def test_round_trip_through_a_folder(trained, tmp_path, half_precision, tolerance):
    save_to_preset(tmp_path / "mine", *trained, half_precision=half_precision)
    again = (
        ViewSynthesizer.from_preset(tmp_path / "mine"),
        PoseEstimator.from_preset(str(tmp_path / "mine")),
    )
    for own, other in zip(predictions(*trained), predictions(*again)):
        error = np.abs(np.subtract(own, other)).mean()
        assert error <= tolerance * np.abs(own).mean()
    assert again[0].trainable_variables
    assert {path.name for path in (tmp_path / "mine").iterdir()} == {
        "config.json",
        "weights.npz",
    }


def test_arguments_of_the_view_synthesizer_come_back(trained, tmp_path):
    views = ViewSynthesizer(
        trained[0].encoder,
        trained[0].decoder,
        self_reconstruction_probability=0.25,
        latent_consistency_weight=0.5,
        swap_in_inference=False,
        seed=3,
    )
    save_to_preset(tmp_path, trained[1], views)
    again = ViewSynthesizer.from_preset(tmp_path)
    assert again.self_reconstruction_probability == 0.25
    assert again.latent_consistency_weight == 0.5
    assert not again.swap_in_inference and again.seed is None


def test_a_preset_without_these_arguments_still_loads(trained, tmp_path):
    save_to_preset(tmp_path, trained[0])
    config = json.loads((tmp_path / "config.json").read_text())
    del config["view_synthesizer"]
    (tmp_path / "config.json").write_text(json.dumps(config))
    assert ViewSynthesizer.from_preset(tmp_path).latent_consistency_weight == 0


def test_the_fingerprint_follows_the_weights(trained, tmp_path):
    save_to_preset(tmp_path / "a", trained[1])
    save_to_preset(tmp_path / "b", trained[1])
    assert preset_fingerprint(tmp_path / "a") == preset_fingerprint(tmp_path / "b")
    trained[1].pose_std.assign(2 * trained[1].pose_std)
    save_to_preset(tmp_path / "b", trained[1])
    assert preset_fingerprint(tmp_path / "a") != preset_fingerprint(tmp_path / "b")


def test_half_precision_halves_the_file(trained, tmp_path):
    sizes = []
    for half_precision in (False, True):
        save_to_preset(tmp_path, *trained, half_precision=half_precision)
        with np.load(tmp_path / "weights.npz") as arrays:
            sizes.append(sum(arrays[name].nbytes for name in arrays.files))
    assert sizes[1] < 0.7 * sizes[0]


def test_missing_part_is_named(trained, tmp_path):
    save_to_preset(tmp_path, trained[1])
    with pytest.raises(WeightsError, match="holds no decoder"):
        ViewSynthesizer.from_preset(tmp_path)


def test_foreign_weights_are_refused(trained, tmp_path):
    save_to_preset(tmp_path, trained[1])
    with np.load(tmp_path / "weights.npz") as arrays:
        kept = {name: arrays[name] for name in arrays.files}
    kept.pop("pose_head/0")
    np.savez(tmp_path / "weights.npz", **kept)
    with pytest.raises(WeightsError, match="does not fit the pose_head"):
        PoseEstimator.from_preset(tmp_path)


def test_unknown_preset():
    with pytest.raises(WeightsError, match="No trained preset at nowhere"):
        PoseEstimator.from_preset("nowhere")


def test_models_must_share_an_encoder(trained, tmp_path):
    with pytest.raises(ValueError, match="share one encoder"):
        save_to_preset(tmp_path, trained[0], zoo.pose_estimator())
    with pytest.raises(ValueError, match="at least one model"):
        save_to_preset(tmp_path)
