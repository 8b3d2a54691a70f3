"""A pose model in Keras' manners: images of any kind, named errors, full summaries."""

import subprocess
import sys

import cv2
import keras
import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given, settings
from hypothesis import strategies as st

from hand_geo_keras.models import HandPreprocessor, PoseEstimator
from hand_geo_keras.serving import decode_crops
from tests import zoo

SIZE = zoo.SIZE


@pytest.fixture(scope="module")
def model():
    return zoo.pose_estimator()


def noise(*shape, seed=0):
    return np.random.default_rng(seed).integers(0, 256, shape).astype("uint8")


def predict(model, images):
    return model.predict(images, verbose=0)


@pytest.mark.parametrize("kind", [np.asarray, list, tuple, tf.constant])
def test_crops_of_the_models_size_pass_unchanged(model, kind):
    crops = zoo.images(3)
    expected = predict(model, {"image": crops})
    np.testing.assert_array_equal(predict(model, kind(crops)), expected)
    np.testing.assert_array_equal(predict(model, crops.astype("float64")), expected)
    np.testing.assert_array_equal(predict(model, crops.astype("int32")), expected)


@pytest.mark.parametrize("size", [(16, 16), (40, 31), (7, 90), (16, 200)])
def test_images_are_resized_as_an_exported_model_resizes_files(size):
    image = noise(*size, 3)
    _, file = cv2.imencode(".png", image[..., ::-1])
    expected = decode_crops(tf.constant([file.tobytes()]), SIZE)
    prepared = HandPreprocessor(SIZE)([image])["image"]
    assert prepared.dtype == np.uint8
    np.testing.assert_array_equal(prepared, expected)
    floats = HandPreprocessor(SIZE)([image.astype("float32")])["image"]
    np.testing.assert_allclose(floats, prepared, atol=0.51)


def test_sizes_and_kinds_may_be_mixed(model):
    images = [noise(20, 30, 3), noise(50, 40, 4), noise(18, 18), noise(30, 30, 1)]
    alone = np.concatenate([predict(model, image) for image in images])
    np.testing.assert_allclose(predict(model, images), alone, atol=1e-3)
    assert predict(model, noise(5, 24, 24)).shape == (5, 21, 3)  # a batch of greys


def test_grey_and_alpha_are_what_a_file_reader_makes_of_them():
    prepare = HandPreprocessor(SIZE)
    grey = noise(SIZE, SIZE)
    assert (prepare(grey)["image"][0] == grey[..., None]).all()
    rgba = noise(SIZE, SIZE, 4)
    np.testing.assert_array_equal(prepare(rgba)["image"][0], rgba[..., :3])
    deep = noise(SIZE, SIZE, 3).astype("uint16") * 16  # 12 bits
    deep[0, 0] = 4095
    np.testing.assert_array_equal(prepare(deep)["image"][0], deep >> 4)


@settings(max_examples=30, deadline=None)
@given(st.integers(1, 60), st.integers(1, 60), st.integers(0, 255))
def test_an_image_in_one_colour_stays_so(height, width, value):
    image = np.full((height, width, 3), value, np.uint8)
    assert (HandPreprocessor(SIZE)(image)["image"] == value).all()


@pytest.mark.parametrize(
    ("images", "said"),
    [
        (noise(2, 8, 8, 3) / 255.0, r"images\[0\].*seems to lie in 0..1"),
        ([noise(8, 8, 3), noise(8, 8, 3) - 1.0], r"images\[1\] must lie in 0..255"),
        (np.full((1, 8, 8, 3), np.nan), "must lie in 0..255"),
        (np.full((1, 8, 8, 3), 256), "must lie in 0..255"),
        (noise(8, 8, 2), r"1, 3 or 4 channels.*shape=\(8, 8, 2\)"),
        (noise(1, 8, 8, 5), r"1, 3 or 4 channels.*\(8, 8, 5\)"),
        (np.zeros((1, 0, 8, 3)), "at least one pixel"),
        (noise(1, 1, 8, 8, 3), r"\[B, H, W, C\].*shape=\(1, 1, 8, 8, 3\)"),
        (["hand.jpg"], "1, 3 or 4 channels"),
        ([np.zeros((8, 8), bool)], "dtype=bool"),
    ],
)
def test_what_is_no_image_is_named(model, images, said):
    with pytest.raises(ValueError, match=said):
        predict(model, images)


def test_black_floats_are_black(model):
    np.testing.assert_array_equal(
        predict(model, np.zeros((1, 8, 8, 3))), predict(model, np.zeros((1, 8, 8), int))
    )


def test_no_image_at_all(model):
    assert HandPreprocessor(SIZE)([])["image"].shape == (0, SIZE, SIZE, 3)


@pytest.mark.parametrize(
    ("inputs", "said"),
    [
        (np.zeros((1, 9, 9, 3)), r"\[B, 16, 16, 3\].*shape=\(1, 9, 9, 3\)"),
        ({"image": np.zeros((16, 16, 3))}, r"\[B, 16, 16, 3\].*shape=\(16, 16, 3\)"),
        ({"latent_3d": np.zeros((1, 9, 3))}, r"\[B, 5, 3\].*shape=\(1, 9, 3\)"),
    ],
)
def test_wrong_shapes_are_named(model, inputs, said):
    with pytest.raises(ValueError, match=said):
        model(inputs)


def test_a_dict_without_inputs_is_named(model):
    with pytest.raises(ValueError, match=r'"image" \[B, 16, 16, 3\].*\[\'photo\'\]'):
        model.as_inputs({"photo": 1})


def test_single_images_are_no_quads():
    model = zoo.view_synthesizer()
    image = zoo.images(1)
    batch = {"image": image, "rotation": zoo.rotations(1), "background": image}
    with pytest.raises(ValueError, match=r"takes quads.*`synthesize` takes single"):
        model(batch)


@pytest.mark.parametrize("make", [zoo.pose_estimator, zoo.semi_supervised])
def test_backbone_and_preprocessor_are_where_keras_hub_has_them(make):
    model = make()
    assert model.backbone is getattr(model, "pose_estimator", model).encoder
    assert model.preprocessor.image_size == SIZE
    assert predict(model, [noise(30, 20, 3)]).shape == (1, 21, 3)
    model.preprocessor = None
    with pytest.raises(ValueError, match="of shape"):
        predict(model, noise(1, 30, 20, 3))


def test_the_alias_does_not_move_weights_in_files(tmp_path, model):
    model.save_weights(tmp_path / "m.weights.h5")
    import h5py

    with h5py.File(tmp_path / "m.weights.h5") as file:
        assert "encoder" in file and "backbone" not in file


@pytest.mark.parametrize(
    "make",
    [zoo.pose_estimator, zoo.lifting_estimator, zoo.view_synthesizer]
    + [zoo.compact_view_synthesizer, zoo.joint_trainer, zoo.semi_supervised],
)
def test_summaries_show_built_layers(make):
    lines = []
    make().summary(print_fn=lambda text, **_: lines.append(text))
    assert "unbuilt" not in "\n".join(lines)


def test_files_say_what_to_import_and_load_afterwards(model, tmp_path):
    path = tmp_path / "model.keras"
    model.save(path)
    np.save(tmp_path / "expected.npy", predict(model, zoo.images(2)))
    code = f"""
import keras, numpy as np
try:
    keras.saving.load_model({str(path)!r})
except TypeError as error:
    assert "import hand_geo_keras.models, or use" in str(error)[:600], str(error)[:600]
else:
    raise AssertionError("loaded without the package")
import hand_geo_keras.models
from tests import zoo
model = keras.saving.load_model({str(path)!r})
expected = np.load({str(tmp_path / "expected.npy")!r})
np.testing.assert_array_equal(model.predict(zoo.images(2), verbose=0), expected)
assert type(hand_geo_keras.load_model({str(path)!r})) is type(model)
"""
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert ran.returncode == 0, ran.stderr[-2000:]


def test_a_file_without_the_hint_loads_as_well(model):
    config = model.get_config()
    assert next(iter(config)) == "to_load"
    del config["to_load"]
    assert PoseEstimator.from_config(config).get_config() == model.get_config()


def test_images_alone_can_be_evaluated(model):
    model.compile("adam", loss="mse")
    inputs, joints, _ = zoo.labelled(4)
    of_dict = model.evaluate(inputs, joints, verbose=0, return_dict=True)
    of_array = model.evaluate(inputs["image"], joints, verbose=0, return_dict=True)
    assert of_dict == of_array
    assert isinstance(model.optimizer, keras.optimizers.Adam)


@pytest.mark.parametrize(
    "nothing", [[], noise(0, 20, 30, 3), {"image": noise(0, SIZE, SIZE, 3)}]
)
def test_no_image_has_no_pose(model, nothing):
    joints = predict(model, nothing)
    assert joints.shape == (0, 21, 3) and joints.dtype == np.float32
