"""The export in a program without Python, on the C library of the TF wheel."""

import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf
from tensorflow.core.protobuf import saved_model_pb2

from tests.serving.conftest import SIZE, crops
from tests.serving.image_files import hostile_files, png

INVALID_ARGUMENT = 100 + 3  # see load_saved_model.c
SOURCE = Path(__file__).with_name("load_saved_model.c")


@pytest.fixture(scope="module")
def program(tmp_path_factory):
    """The compiled program."""
    if shutil.which("gcc") is None:
        pytest.skip("needs gcc")
    folder = Path(tf.__file__).parent
    if not (folder / "libtensorflow_cc.so.2").exists():
        pytest.skip("needs the C library inside the tensorflow wheel")
    path = tmp_path_factory.mktemp("c") / "load"
    libraries = ["-l:libtensorflow_cc.so.2", "-l:libtensorflow_framework.so.2"]
    places = [f"-I{folder / 'include'}", f"-L{folder}", f"-Wl,-rpath,{folder}"]
    command = ["gcc", str(SOURCE), "-o", str(path), *places, *libraries]
    built = subprocess.run(command, capture_output=True, text=True)
    assert built.returncode == 0, built.stderr
    return path


@pytest.fixture
def run(program, exported, tmp_path):
    """Function of (signature, dtype, content, shape) to (exit status, joints, log)."""
    saved_model = saved_model_pb2.SavedModel()
    saved_model.ParseFromString((exported.path / "saved_model.pb").read_bytes())
    signatures = saved_model.meta_graphs[0].signature_def

    def run(name, dtype, content, *shape):
        (tmp_path / "input").write_bytes(content)
        (fed,) = signatures[name].inputs.values()
        fetched = signatures[name].outputs["joints_mm"]
        values = tmp_path / "values"
        places = [exported.path, fed.name, fetched.name, values]
        command = [program, *places, dtype, tmp_path / "input", *shape]
        done = subprocess.run([*map(str, command)], capture_output=True, text=True)
        joints = np.fromfile(values, "float32") if values.exists() else None
        return done.returncode, joints, done.stderr

    return run


def test_crops_bit_for_bit(exported, run):
    image = crops(3)
    status, joints, log = run("serving_default", "uint8", image.tobytes(), *image.shape)
    assert status == 0, log
    expected = exported.signatures["serving_default"](image=tf.constant(image))
    np.testing.assert_array_equal(joints.reshape(3, 21, 3), expected["joints_mm"])


def test_file_bit_for_bit(exported, run):
    image = crops(1)
    status, joints, log = run("predict_bytes", "string", png(image[0]))
    assert status == 0, log
    expected = exported.signatures["serving_default"](image=tf.constant(image))
    np.testing.assert_array_equal(joints.reshape(1, 21, 3), expected["joints_mm"])


def test_other_image_sizes_are_refused(run):
    # A session, unlike Python, does not compare what it is fed with the signature.
    content = bytes(4 * SIZE * SIZE * 3)
    shape = (1, 2 * SIZE, 2 * SIZE, 3)
    status, joints, log = run("serving_default", "uint8", content, *shape)
    assert (status, joints) == (INVALID_ARGUMENT, None), log


@pytest.mark.parametrize("name", ["png bomb", "truncated jpeg"])
def test_bad_files_are_refused(run, name):
    file, message = hostile_files()[name]
    status, joints, log = run("predict_bytes", "string", file)
    assert (status, joints) == (INVALID_ARGUMENT, None), log
    assert message in log
