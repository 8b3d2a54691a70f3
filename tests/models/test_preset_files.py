import hashlib
import json
import shutil

import numpy as np
import pytest

from hand_geo_keras import preset_folders
from hand_geo_keras.errors import WeightsError
from hand_geo_keras.models import PoseEstimator, ViewSynthesizer, save_to_preset
from hand_geo_keras.prediction import load_pose_model
from hand_geo_keras.preset_folders import preset_fingerprint
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


@pytest.fixture
def shipped(trained, tmp_path, monkeypatch):
    """The trained models as a shipped preset, the only one."""
    monkeypatch.setattr(preset_folders, "SHIPPED", tmp_path / "shipped")
    save_to_preset(tmp_path / "shipped" / "base", *trained)
    return tmp_path / "shipped" / "base"


@pytest.fixture
def derived(shipped, trained, tmp_path):
    """A preset with another pose head than the shipped one."""
    head = zoo.pose_head()
    numpy_networks.randomize(head, seed=5)
    encoder = PoseEstimator.from_preset("base").encoder
    poses = PoseEstimator(encoder, head)
    poses.adapt(zoo.joints(12))
    save_to_preset(tmp_path / "derived", poses, based_on="base")
    return poses, tmp_path / "derived"


def test_a_preset_that_is_based_on_another_holds_what_differs(derived, shipped):
    poses, folder = derived
    config = json.loads((folder / "config.json").read_text())
    assert config.keys() == {"based_on", "pose_head", "weights_sha256"}
    with np.load(folder / "weights.npz") as arrays:
        assert {name.partition("/")[0] for name in arrays.files} == {"pose_head"}
    again = PoseEstimator.from_preset(folder)
    crops = {"image": zoo.images(2)}
    error = np.abs(np.subtract(again(crops), poses(crops))).mean()
    assert error < 2e-3 * np.abs(poses(crops)).mean()
    assert not np.allclose(again(crops), PoseEstimator.from_preset("base")(crops))
    decoded = [
        predictions(ViewSynthesizer.from_preset(preset), again)[0]
        for preset in ("base", folder)
    ]
    np.testing.assert_array_equal(*decoded)
    assert preset_folders.preset_files(folder) == [
        folder / "config.json",
        folder / "weights.npz",
        shipped / "config.json",
        shipped / "weights.npz",
    ]


def test_its_fingerprint_follows_what_it_is_based_on(derived, shipped, trained):
    _, folder = derived
    before = preset_fingerprint(folder)
    trained[1].pose_std.assign(2 * trained[1].pose_std)
    save_to_preset(shipped, *trained)
    assert preset_fingerprint(folder) != before


def test_a_damaged_base_is_refused(derived, shipped):
    content = (shipped / "weights.npz").read_bytes()
    (shipped / "weights.npz").write_bytes(content[:-9] + b"x" + content[-8:])
    with pytest.raises(WeightsError, match=r"shipped/base/weights\.npz"):
        PoseEstimator.from_preset(derived[1])


@pytest.mark.parametrize("base", ["gone", "../derived", "derived", None, ["base"], 3])
def test_only_complete_shipped_presets_are_a_base(derived, shipped, base):
    _, folder = derived
    shutil.copytree(folder, shipped.parent / "derived")
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps({**config, "based_on": base}))
    with pytest.raises(
        WeightsError, match=r"based_on: .* is none of the presets .*base"
    ):
        PoseEstimator.from_preset(folder)
    with pytest.raises(WeightsError, match="based_on"):
        load_pose_model(folder)


def test_parts_of_a_base_are_not_read_with_another_encoder(shipped, tmp_path):
    poses = PoseEstimator.from_preset("base")
    numpy_networks.randomize(poses.encoder, seed=6)
    save_to_preset(tmp_path / "tuned", poses, based_on="base")
    assert preset_folders.preset_folders(tmp_path / "tuned") == [tmp_path / "tuned"]
    with pytest.raises(WeightsError, match="holds no decoder"):
        ViewSynthesizer.from_preset(tmp_path / "tuned")
    again = PoseEstimator.from_preset(tmp_path / "tuned")
    for found, kept in zip(
        again.pose_head.get_weights(), poses.pose_head.get_weights()
    ):
        np.testing.assert_array_equal(found, kept)


def test_a_folder_is_no_base_to_save_with(derived, shipped, tmp_path):
    with pytest.raises(WeightsError, match="is none of the presets that ship"):
        save_to_preset(tmp_path / "other", derived[0], based_on=str(shipped))
    assert not (tmp_path / "other").exists()


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


def edit(directory, change, with_digest=True):
    """Lets `change` edit the configuration of a preset and its arrays."""
    config = json.loads((directory / "config.json").read_text())
    with np.load(directory / "weights.npz") as arrays:
        kept = {name: arrays[name] for name in arrays.files}
    change(config, kept)
    np.savez(directory / "weights.npz", **kept)
    digest = hashlib.sha256((directory / "weights.npz").read_bytes()).hexdigest()
    if with_digest:
        config["weights_sha256"] = digest
    (directory / "config.json").write_text(json.dumps(config))


def named(module, class_name, registered_name=None, **arguments):
    return {
        "module": module,
        "class_name": class_name,
        "registered_name": registered_name,
        "config": arguments,
    }


def put(where, value):
    """A change that puts a value into the configuration of the pose head."""

    def change(config, arrays):
        place = config["pose_head"]
        for key in where[:-1]:
            place = place[key]
        place[where[-1]] = value

    return change


def first_weights(value):
    def change(config, arrays):
        arrays["pose_head/0"] = arrays["pose_head/0"].astype("float32")
        arrays["pose_head/0"][0, 0] = value

    return change


OWN = ("hand_geo_keras.models.pose_head", "PoseHead", "hand_geo_keras>PoseHead")


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda config, arrays: arrays.pop("pose_head/0"), "not fit the pose_head"),
        (lambda c, arrays: arrays.update({"pose_head/99": np.ones(3)}), "does not fit"),
        (lambda config, arrays: arrays.pop("pose_mean"), "make no PoseEstimator"),
        (lambda c, arrays: arrays.update(pose_std=np.ones((3, 3))), "make no Pose"),
        (first_weights(np.nan), "not finite"),
        (lambda c, arrays: arrays.update(pose_mean=np.full((21, 3), np.inf)), "finite"),
        (lambda config, arrays: config.update(pose_head=None), "make no|cannot be"),
        (
            lambda config, arrays: config.update(pose_head=[1]),
            "cannot be built|make no",
        ),
        (put(["module"], "os"), "no model of this package"),
        (put(["module"], "hand_geo_keras_evil"), "no model of this package"),
        (put(["class_name"], ["x"]), "no model of this package"),
        (put(["class_name"], "NotThere"), "no model of this package"),
        (put(["registered_name"], "other>PoseHead"), "registered_name must be"),
        (put(["config", "name"], named("os", "system")), "names os.system"),
        (put(["config", "dtype"], named("builtins", "function")), "builtins.function"),
        (
            put(["config", "dtype"], named("keras.layers", "Lambda")),
            "keras.layers.Lambda",
        ),
        (
            put(["config", "dtype"], named("keras", "DTypePolicy", "a>b")),
            "no model of this",
        ),
        (put(["config", "dtype"], {"class_name": "__lambda__"}), "__lambda__"),
        (put(["config", "unknown"], 1), "unknown is no argument of PoseHead"),
        (put(["config", "num_points"], "many"), "cannot be built"),
        (put(["config", "num_points"], -1), "cannot be built"),
        (put(["config", "num_points"], 10**9), "of any model"),
        (put(["config", "hidden_units"], [8] * 1000), "of any model"),
        (put(["config", "hidden_units"], [60000, 60000]), "does not fit"),
        (put(["config", "name"], "x" * 1000), "of any model"),
        (put(["config", "weights"], "imagenet"), "weights is no argument"),
        (put(["class_name"], "UNetEncoder"), "registered_name must be"),
    ],
)
def test_harmful_and_foreign_presets_are_refused(trained, tmp_path, change, said):
    save_to_preset(tmp_path, trained[1])
    edit(tmp_path, change)
    with pytest.raises(WeightsError, match=said) as raised:
        PoseEstimator.from_preset(tmp_path)
    assert str(tmp_path) in str(raised.value)


def test_nothing_is_imported_for_a_refused_preset(trained, tmp_path, monkeypatch):
    (tmp_path / "evil_module.py").write_text("raise SystemExit('it was imported')")
    monkeypatch.syspath_prepend(tmp_path)
    save_to_preset(tmp_path, trained[1])
    edit(tmp_path, put(["config", "dtype"], named("evil_module", "Anything")))
    with pytest.raises(WeightsError, match="evil_module"):
        PoseEstimator.from_preset(tmp_path)


def test_damage_is_told_by_the_checksum(trained, tmp_path):
    save_to_preset(tmp_path, trained[1])
    edit(tmp_path, first_weights(0.125), with_digest=False)
    with pytest.raises(WeightsError, match="is damaged"):
        PoseEstimator.from_preset(tmp_path)


@pytest.mark.parametrize("name", ["config.json", "weights.npz"])
def test_any_damage_of_the_files_is_a_typed_error(trained, tmp_path, name):
    save_to_preset(tmp_path, trained[1])
    content = (tmp_path / name).read_bytes()
    rng = np.random.default_rng(0)
    for cut in rng.integers(0, len(content), 8):
        (tmp_path / name).write_bytes(content[:cut])
        with pytest.raises(WeightsError):
            PoseEstimator.from_preset(tmp_path)
    for place in rng.integers(0, len(content), 8):
        damaged = bytearray(content)
        damaged[place] ^= 0x80
        (tmp_path / name).write_bytes(damaged)
        with pytest.raises(WeightsError):
            PoseEstimator.from_preset(tmp_path)


def test_a_folder_with_a_dot_in_its_name(trained, tmp_path):
    save_to_preset(tmp_path / "hands.v2", *trained)
    assert load_pose_model(tmp_path / "hands.v2").pose_head is not None


def test_a_refused_model_leaves_nothing_behind(trained, tmp_path):
    save_to_preset(tmp_path, trained[1])
    edit(tmp_path, put(["config", "hidden_units"], [60000, 60000]))
    with pytest.raises(WeightsError):
        PoseEstimator.from_preset(tmp_path)
    # Were they given values now, they would take 15 GB.
    zoo.pose_head()(np.zeros((1, zoo.POINTS, 3), "float32"))


def test_unknown_preset():
    with pytest.raises(WeightsError, match="No trained preset at nowhere"):
        PoseEstimator.from_preset("nowhere")


def test_models_must_share_an_encoder(trained, tmp_path):
    with pytest.raises(ValueError, match="share one encoder"):
        save_to_preset(tmp_path, trained[0], zoo.pose_estimator())
    with pytest.raises(ValueError, match="at least one model"):
        save_to_preset(tmp_path)
