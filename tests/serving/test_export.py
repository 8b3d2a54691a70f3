import subprocess
import sys

import numpy as np
import pytest
import tensorflow as tf
from tensorflow.core.protobuf import saved_model_pb2
from tensorflow.python.framework import op_def_registry

from tests.serving.conftest import CODE, POINTS, SIZE, crops
from tests.serving.image_files import hostile_files, png

IMAGE = (tf.uint8, [-1, SIZE, SIZE, 3])
JOINTS = {"joints_mm": (tf.float32, [-1, 21, 3])}
# The contract with every client; a change here is a change of the API.
SIGNATURES = {
    "serving_default": ({"image": IMAGE}, JOINTS),
    "predict_bytes": ({"image_bytes": (tf.string, [-1])}, JOINTS),
    "encode": (
        {"image": IMAGE},
        {
            "latent_3d": (tf.float32, [-1, POINTS, 3]),
            "appearance": (tf.float32, [-1, CODE]),
        },
    ),
    "synthesize": (
        {
            "image": IMAGE,
            "rotation": (tf.float32, [-1, 3, 3]),
            "background": IMAGE,
        },
        {"image": IMAGE, "mask": (tf.float32, [-1, SIZE, SIZE, 1])},
    ),
}


@pytest.fixture(scope="module")
def meta_graph(exported):
    saved_model = saved_model_pb2.SavedModel()
    saved_model.ParseFromString((exported.path / "saved_model.pb").read_bytes())
    assert len(saved_model.meta_graphs) == 1
    return saved_model.meta_graphs[0]


def table(tensors):
    return {
        name: (tf.DType(info.dtype), [axis.size for axis in info.tensor_shape.dim])
        for name, info in tensors.items()
    }


def test_signature_table_is_exact(meta_graph):
    signatures = dict(meta_graph.signature_def)
    signatures.pop("__saved_model_init_op")
    assert set(signatures) == set(SIGNATURES)
    for name, (inputs, outputs) in SIGNATURES.items():
        assert table(signatures[name].inputs) == inputs, name
        assert table(signatures[name].outputs) == outputs, name
        assert signatures[name].method_name == "tensorflow/serving/predict"
    assert set(meta_graph.meta_info_def.tags) == {"serve"}


def test_every_operation_is_stock_tensorflow(meta_graph):
    graph = meta_graph.graph_def
    functions = {function.signature.name for function in graph.library.function}
    nodes = [*graph.node, *(n for f in graph.library.function for n in f.node_def)]
    operations = {node.op for node in nodes} - functions
    assert {"DecodePng", "DecodeJpeg", "Conv2D"} <= operations
    assert not [name for name in operations if op_def_registry.get(name) is None]
    # Registered, but calls back into the Python process that made it.
    assert not [name for name in operations if "PyFunc" in name]


def test_holds_every_weight_once_and_nothing_else(exported):
    parts = [exported.model, exported.view_synthesizer.decoder]
    expected = sum(part.count_params() for part in parts)
    variables = tf.train.list_variables(str(exported.path / "variables/variables"))
    shapes = [shape for name, shape in variables if "VARIABLE_VALUE" in name]
    assert sum(int(np.prod(shape)) for shape in shapes) == expected


def test_loads_without_the_project_or_keras(exported, tmp_path):
    np.save(tmp_path / "crops.npy", crops(2))
    program = (
        "import sys\n"
        "sys.modules.update(hand_geo_keras=None, keras=None, keras_cv=None)\n"
        "import numpy as np, tensorflow as tf\n"
        "model = tf.saved_model.load(sys.argv[1])\n"
        "crops = np.load(sys.argv[2] + '/crops.npy')\n"
        "outputs = model.signatures['serving_default'](image=tf.constant(crops))\n"
        "np.save(sys.argv[2] + '/joints.npy', outputs['joints_mm'])\n"
    )
    command = [sys.executable, "-I", "-c", program, str(exported.path), str(tmp_path)]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    expected = exported.signatures["serving_default"](image=tf.constant(crops(2)))
    joints = np.load(tmp_path / "joints.npy")
    np.testing.assert_array_equal(joints, expected["joints_mm"])


def test_answers_as_the_keras_model(exported):
    image, rotation = tf.constant(crops(3)), tf.tile(tf.eye(3)[None, ::-1], (3, 1, 1))
    served = exported.signatures["serving_default"](image=image)["joints_mm"]
    np.testing.assert_allclose(served, exported.model({"image": image}), atol=1e-4)
    inputs = {"image": image, "rotation": rotation, "background": image[::-1]}
    synthesized = exported.signatures["synthesize"](**inputs)
    expected = exported.view_synthesizer.synthesize(inputs)
    difference = synthesized["image"].numpy().astype("float32") - expected["image"]
    assert np.abs(difference).max() <= 0.501
    np.testing.assert_allclose(synthesized["mask"], expected["mask"], atol=1e-5)
    codes = exported.signatures["encode"](image=image)
    expected = exported.view_synthesizer.encode(image)
    for name in ("latent_3d", "appearance"):
        np.testing.assert_allclose(codes[name], expected[name], atol=1e-5)


def test_encoded_files_are_answered_as_crops(exported):
    files = tf.constant([png(image) for image in crops(3)])
    decoded = exported.signatures["predict_bytes"](image_bytes=files)
    plain = exported.signatures["serving_default"](image=tf.constant(crops(3)))
    np.testing.assert_array_equal(decoded["joints_mm"], plain["joints_mm"])


def inputs_of(name, count, seed=0):
    image = crops(count, seed)
    if name == "predict_bytes":
        return {"image_bytes": np.array([png(one) for one in image], dtype=object)}
    if name == "synthesize":
        rotations = np.linalg.qr(
            np.random.default_rng(seed).normal(size=(count, 3, 3))
        )[0]
        return {
            "image": image,
            "rotation": rotations.astype("float32"),
            "background": crops(count, seed + 1),
        }
    return {"image": image}


def run(exported, name, inputs):
    inputs = {key: tf.constant(value) for key, value in inputs.items()}
    return {k: v.numpy() for k, v in exported.signatures[name](**inputs).items()}


@pytest.mark.parametrize("name", SIGNATURES)
def test_rows_are_independent(exported, name):
    inputs = inputs_of(name, 4)
    batch = run(exported, name, inputs)
    for row in range(4):
        alone = run(exported, name, {k: v[row : row + 1] for k, v in inputs.items()})
        for key, value in alone.items():
            # The order of sums may depend on the batch size; a grey level may tip.
            atol = 1 if value.dtype == np.uint8 else 1e-4
            difference = value[0].astype("float32") - batch[key][row]
            assert np.abs(difference).max() <= atol, (key, row)


@pytest.mark.parametrize("name", SIGNATURES)
def test_other_rows_do_not_matter_at_all(exported, name):
    first, second = inputs_of(name, 4), inputs_of(name, 4, seed=7)
    mixed = {k: np.concatenate([first[k][:1], second[k][1:]]) for k in first}
    before, after = run(exported, name, first), run(exported, name, mixed)
    for key in before:
        np.testing.assert_array_equal(before[key][0], after[key][0])
        assert not np.array_equal(before[key][1], after[key][1])


def test_bad_file_is_refused_and_the_next_is_answered(exported):
    predict = exported.signatures["predict_bytes"]
    good = tf.constant([png(crops(1)[0])])
    expected = predict(image_bytes=good)["joints_mm"]
    for name, (file, _) in hostile_files().items():
        with pytest.raises(tf.errors.InvalidArgumentError):
            predict(image_bytes=tf.constant([file])), name
        np.testing.assert_array_equal(predict(image_bytes=good)["joints_mm"], expected)


def test_unequal_batch_sizes_are_refused(exported):
    inputs = {k: tf.constant(v) for k, v in inputs_of("synthesize", 2).items()}
    with pytest.raises(tf.errors.InvalidArgumentError, match="batch sizes"):
        exported.signatures["synthesize"](**{**inputs, "rotation": tf.eye(3)[None]})
