"""Models that read joints, converted once and run without TensorFlow."""

import json
import os
import signal
import subprocess
import sys
import threading

import numpy as np
import pytest

from hand_geo_keras.errors import HandGeoError
from hand_geo_keras.models.preset_files import save_to_preset
from hand_geo_keras.prediction import lite_conversion, lite_network
from hand_geo_keras.prediction.compiled_model import CompiledModel, compiled_model
from hand_geo_keras.prediction.keras_functions import KerasFunctions
from hand_geo_keras.prediction.lite_network import LiteNetwork
from tests import zoo

pytestmark = pytest.mark.skipif(
    lite_network.Interpreter is None, reason="needs ai-edge-litert"
)
READ = """
import json, sys
import numpy as np
import hand_geo_keras
hands = hand_geo_keras.predict(np.full((96, 96, 3), 90, "uint8"), sys.argv[1],
                               boxes=(48, 48, 60), side="right")
print(json.dumps({"joints": hands[0].joints.tolist(),
                  "modules": [m for m in ("keras", "tensorflow") if m in sys.modules]}))
"""


@pytest.fixture(scope="module")
def model():
    return zoo.lifting_estimator(joint_offsets=True, joint_convention=True)


@pytest.fixture(scope="module")
def preset(tmp_path_factory, model):
    folder = tmp_path_factory.mktemp("presets") / "joints"
    save_to_preset(folder, model, half_precision=False)
    return folder


@pytest.fixture(scope="module")
def content(model):
    """Bytes of the converted model: conversion takes seconds."""
    return lite_conversion._converted(KerasFunctions(model))


@pytest.fixture
def own_home(monkeypatch, tmp_path, content):
    """Where this test's conversions are kept, which take no time."""
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "home"))
    monkeypatch.setattr(lite_conversion, "_smallest", lambda functions: (content, ""))
    return tmp_path / "home" / "models" / "hand_geo_keras"


def inputs_of(model, count):
    random = np.random.default_rng(count)
    size = model.encoder.image_size
    images = random.integers(0, 255, (count, size, size, 3), np.uint8)
    return images, random.uniform(0.1, 0.4, count).astype(np.float32)


@pytest.mark.parametrize("count", [0, 1, 2, 5])
def test_it_says_what_tensorflow_says(content, model, count):
    crops = inputs_of(model, count)
    found = LiteNetwork(content).read(*crops)
    expected = KerasFunctions(model).read(*crops)
    assert found.keys() == expected.keys()
    for name, values in expected.items():
        assert found[name].shape == values.shape and found[name].dtype == np.float32
        np.testing.assert_allclose(found[name], values, rtol=1e-3, atol=2e-3)


def test_a_model_is_converted_once(preset, model, own_home, capsys):
    crops, files = inputs_of(model, 2), sorted(preset.iterdir())
    first = CompiledModel(preset, files)
    expected = first.read(*crops)
    assert capsys.readouterr().err.endswith(" s, once\n")
    again = CompiledModel(preset, files)
    assert again.reads_joints and again.crop_size == model.encoder.image_size
    assert again.kind == "PoseEstimator" and "functions" not in vars(again)
    np.testing.assert_array_equal(
        again.read(*crops)["joints_mm"], expected["joints_mm"]
    )
    assert not capsys.readouterr().err and len(list(own_home.iterdir())) == 1


def test_a_damaged_conversion_is_made_again(preset, model, own_home):
    files, crops = sorted(preset.iterdir()), inputs_of(model, 1)
    expected = CompiledModel(preset, files).read(*crops)
    (kept,) = own_home.iterdir()
    whole = kept.read_bytes()
    for damaged in (whole[:-1], b"", whole[:40] + b"x" + whole[41:]):
        kept.write_bytes(damaged)
        assert lite_conversion.kept_network(files) is None
        found = CompiledModel(preset, files).read(*crops)
        np.testing.assert_array_equal(found["points"], expected["points"])
        assert kept.read_bytes() == whole


def test_other_weights_are_another_conversion(preset, own_home, tmp_path):
    other = zoo.lifting_estimator(joint_offsets=True, joint_convention=True)
    other.set_weights([1.1 * weight for weight in other.get_weights()])
    save_to_preset(tmp_path / "other", other)
    for folder in (preset, tmp_path / "other"):
        compiled = compiled_model(folder)
        compiled.read(*inputs_of(compiled.model, 1))
    assert len(list(own_home.iterdir())) == 2


def test_the_models_used_last_are_kept(own_home):
    own_home.mkdir(parents=True)
    for number in range(12):
        path = own_home / f"{number}.litert"
        path.write_bytes(b"")
        os.utime(path, (number, number))
    lite_conversion._drop_oldest(own_home)
    assert sorted(int(path.stem) for path in own_home.iterdir()) == list(range(4, 12))


def test_where_nothing_can_be_written_hands_are_read_all_the_same(
    preset, model, own_home, tmp_path, capsys
):
    (tmp_path / "home").write_text("a file, no folder")
    found = CompiledModel(preset, sorted(preset.iterdir())).read(*inputs_of(model, 1))
    assert np.isfinite(found["joints_mm"]).all()
    assert "in every process until" in capsys.readouterr().err


def test_where_it_cannot_be_converted_tensorflow_reads(
    preset, model, own_home, monkeypatch, capsys
):
    def refuse(functions):
        raise ValueError("tf.Odd has no equivalent\nand much more text")

    monkeypatch.setattr(lite_conversion, "_smallest", refuse)
    crops = inputs_of(model, 2)
    compiled = CompiledModel(preset, sorted(preset.iterdir()))
    expected = KerasFunctions(model).read(*crops)["joints_mm"]
    for _ in range(2):
        found = compiled.read(*crops)["joints_mm"]
        np.testing.assert_allclose(found, expected, atol=1e-3)
    said = capsys.readouterr().err
    assert said.count("tf.Odd has no equivalent") == 1 and "more text" not in said


def test_threads_do_not_disturb_each_other(content, model):
    network = LiteNetwork(content)
    given = [inputs_of(model, count) for count in (1, 3, 4)]
    expected = [network.read(*crops)["joints_mm"] for crops in given]
    found = [[] for _ in given]

    def read(number):
        for _ in range(20):
            found[number].append(network.read(*given[number])["joints_mm"])

    threads = [threading.Thread(target=read, args=(n,)) for n in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for values, same in zip(found, expected):
        assert len(values) == 20
        np.testing.assert_array_equal(values, [same] * 20)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs os.fork")
@pytest.mark.filterwarnings("ignore:This process:DeprecationWarning")
def test_a_forked_process_reads_too(content, model):
    network = LiteNetwork(content)
    given = [inputs_of(model, count) for count in (1, 3)]
    expected = [network.read(*crops)["joints_mm"] for crops in given]
    child = os.fork()
    if not child:
        signal.alarm(20)
        found = [network.read(*crops)["joints_mm"] for crops in given]
        os._exit(int(not all(map(np.array_equal, found, expected))))
    assert os.waitpid(child, 0)[1] == 0


def test_hands_are_read_without_importing_tensorflow(preset, model, own_home):
    files = sorted(preset.iterdir())
    CompiledModel(preset, files).read(*inputs_of(model, 1))
    assert own_home.is_dir()  # the conversion is kept
    answers = {}
    for engine in ("litert_float32", "tensorflow"):
        run = subprocess.run(
            [sys.executable, "-c", READ, str(preset)],
            env={**os.environ, "HAND_GEO_ENGINE": engine},
            capture_output=True,
            text=True,
        )
        assert run.returncode == 0, run.stderr[-2000:]
        answers[engine] = json.loads(run.stdout)
    assert answers["litert_float32"]["modules"] == []
    assert answers["tensorflow"]["modules"] == ["keras", "tensorflow"]
    np.testing.assert_allclose(
        answers["litert_float32"]["joints"], answers["tensorflow"]["joints"], atol=0.5
    )


def test_weights_of_8_bits_are_taken_where_hands_are_read_alike(
    model, content, monkeypatch
):
    functions, made = KerasFunctions(model), []
    monkeypatch.setenv(lite_network.ENGINE, "litert")

    def convert(functions, in_8_bits=False):
        made.append(in_8_bits)
        return small if in_8_bits else content

    small = lite_conversion._converted(functions, in_8_bits=True)
    moved = lite_conversion._moved_mm(functions, LiteNetwork(small))
    assert 0 < moved < 50 and lite_conversion._moved_mm(functions, functions) == 0
    monkeypatch.setattr(lite_conversion, "_converted", convert)
    monkeypatch.setattr(lite_conversion, "_MOST_MOVED_MM", 1.01 * moved)
    assert lite_conversion._smallest(functions) == (small, "") and made == [True]
    monkeypatch.setattr(lite_conversion, "_MOST_MOVED_MM", 0.99 * moved)
    taken, remark = lite_conversion._smallest(functions)
    assert taken == content and f"{moved:.1f} mm" in remark
    monkeypatch.setenv(lite_network.ENGINE, "litert_float32")
    assert lite_conversion._smallest(functions) == (content, "")


def test_another_engine_is_another_conversion(preset, model, own_home, monkeypatch):
    for engine in ("litert", "litert_float32"):
        monkeypatch.setenv(lite_network.ENGINE, engine)
        CompiledModel(preset, sorted(preset.iterdir())).read(*inputs_of(model, 1))
    assert len(list(own_home.iterdir())) == 2


def test_the_engine_is_chosen(monkeypatch, tmp_path):
    gpu = tmp_path / "nvidia0"
    monkeypatch.setattr(lite_network, "_GPU", gpu)
    for engine, hidden, has_gpu, wanted in [
        (None, None, False, "litert"),
        (None, None, True, "tensorflow"),
        (None, "-1", True, "litert"),
        ("litert", None, True, "litert"),
        ("litert_float32", None, True, "litert_float32"),
        ("tensorflow", None, False, "tensorflow"),
    ]:
        for name, value in (
            (lite_network.ENGINE, engine),
            ("CUDA_VISIBLE_DEVICES", hidden),
        ):
            if value is None:
                monkeypatch.delenv(name, raising=False)
            else:
                monkeypatch.setenv(name, value)
        gpu.touch() if has_gpu else gpu.unlink(missing_ok=True)
        assert lite_network.engine() == wanted
    monkeypatch.setenv(lite_network.ENGINE, "")
    monkeypatch.setattr(lite_network, "Interpreter", None)
    assert lite_network.engine() == "tensorflow"
    monkeypatch.setenv(lite_network.ENGINE, "torch")
    with pytest.raises(HandGeoError, match="litert_float32, tensorflow"):
        lite_network.engine()
