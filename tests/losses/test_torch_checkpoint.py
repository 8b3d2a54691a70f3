import collections
import contextlib
import tracemalloc
import zipfile

import numpy as np
import pytest

from hand_geo_keras.errors import WeightsError
from hand_geo_keras.losses import ResNet18Features
from hand_geo_keras.losses.torch_checkpoint import read_torch_checkpoint
from tests.losses.test_resnet18_features import (
    assert_features_agree,
    folded,
    plain_tensors,
)
from tests.losses.torch_files import Call, Name, TorchFile, save_state_dict

NUMBERS = np.arange(24, dtype="float32").reshape(2, 3, 4)


@pytest.fixture
def path(tmp_path):
    return tmp_path / "checkpoint.pth"


def test_a_state_dict_is_read_as_it_was_saved(path):
    saved = {
        "conv.weight": NUMBERS,
        "bn.num_batches_tracked": np.array(7, "int64"),
        "half": NUMBERS.astype("float16"),
        "empty": np.zeros((0, 3), "float64"),
    }
    save_state_dict(path, saved)
    found = read_torch_checkpoint(path)
    assert list(found) == list(saved)
    for name, array in saved.items():
        np.testing.assert_array_equal(found[name], array)
        assert found[name].dtype == array.dtype and found[name].shape == array.shape


def test_views_into_a_storage(path):
    file = TorchFile()
    content = {
        "transposed": file.tensor(NUMBERS, strides=(1, 4, 12), shape=(4, 3, 2)),
        "late": file.tensor(NUMBERS, strides=(1,), offset=20, shape=(4,)),
        "repeated": file.tensor(NUMBERS, strides=(0, 1), shape=(3, 4)),
    }
    file.save(path, content)
    found = read_torch_checkpoint(path)
    np.testing.assert_array_equal(found["transposed"], NUMBERS.T)
    np.testing.assert_array_equal(found["late"], [20, 21, 22, 23])
    np.testing.assert_array_equal(found["repeated"], [[0, 1, 2, 3]] * 3)


def test_parameters_and_other_byte_orders(path):
    file = TorchFile(order="big")
    hooks = Call(Name("collections", "OrderedDict"), ())
    rebuild = Name("torch._utils", "_rebuild_parameter")
    file.save(path, {"p": Call(rebuild, (file.tensor(NUMBERS), True, hooks))})
    found = read_torch_checkpoint(path)["p"]
    np.testing.assert_array_equal(found, NUMBERS)
    assert found.dtype == NUMBERS.dtype


def test_what_is_no_tensor_is_left_out(path):
    file = TorchFile()
    file.save(path, {"epoch": 3, "weight": file.tensor(NUMBERS), "name": "resnet"})
    assert list(read_torch_checkpoint(path)) == ["weight"]


@pytest.mark.parametrize("suffix", ["pth", "pt"])
def test_features_are_those_of_the_weights(tmp_path, suffix):
    images = np.random.default_rng(1).normal(size=(2, 32, 32, 3)).astype("float32")
    path = tmp_path / f"resnet18.{suffix}"
    extra = {"fc.weight": NUMBERS, "bn1.num_batches_tracked": np.array(1, "int64")}
    save_state_dict(path, {**plain_tensors(), **extra})
    features = ResNet18Features(str(path))
    assert path.name in features.description
    assert_features_agree(features, images, folded(plain_tensors()))


@pytest.mark.parametrize(
    ("module", "name"),
    [
        ("os", "system"),
        ("builtins", "eval"),
        ("builtins", "getattr"),
        ("torch", "load"),
        ("numpy.core.multiarray", "_reconstruct"),
        ("collections", "UserDict"),
    ],
)
def test_other_code_is_not_run(path, tmp_path, module, name):
    command = f"touch {tmp_path / 'run'}"
    TorchFile().save(path, {"weight": Call(Name(module, name), (command,))})
    with pytest.raises(WeightsError, match=f"asks for {module}.{name}"):
        read_torch_checkpoint(path)
    assert [file.name for file in tmp_path.iterdir()] == [path.name]


def test_a_state_dict_cannot_change_how_dicts_behave(path):
    """BUILD would set attributes; of a state dict's own it keeps none."""
    file = TorchFile()
    file.save(path, collections.OrderedDict(weight=file.tensor(NUMBERS)))
    assert not hasattr(read_torch_checkpoint(path), "_metadata")


@pytest.mark.parametrize(
    "layout",
    [
        {"shape": (2, 3, 5)},
        {"strides": (12, 4, 2)},
        {"offset": 1},
        {"offset": -1},
        {"strides": (0, 0, 0), "shape": (10**6, 10**6, 10**6)},
        {"strides": (12, -4, 1)},
        {"strides": (12, 4)},
        {"strides": (12, 4, 1.0)},
    ],
)
def test_tensors_outside_their_numbers_are_refused(path, layout):
    file = TorchFile()
    file.save(path, {"weight": file.tensor(NUMBERS, **layout)})
    with pytest.raises(WeightsError, match=r"checkpoint\.pth.*(does not fit|strides)"):
        read_torch_checkpoint(path)


def test_compressed_tensors_are_refused(path):
    file = TorchFile()
    file.save(path, {"weight": file.tensor(NUMBERS)}, zipfile.ZIP_DEFLATED)
    with pytest.raises(WeightsError, match="compressed"):
        read_torch_checkpoint(path)


def test_a_file_that_is_cut_off_anywhere_is_named(path):
    save_state_dict(path, {"weight": NUMBERS})
    whole = path.read_bytes()
    for length in range(0, len(whole), 37):
        path.write_bytes(whole[:length])
        with pytest.raises(WeightsError, match=r"checkpoint\.pth"):
            read_torch_checkpoint(path)


def test_other_archives_and_other_contents_are_named(path):
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("readme.txt", "weights")
    with pytest.raises(WeightsError, match=r"0 files data\.pkl"):
        read_torch_checkpoint(path)
    TorchFile().save(path, ("a", "b"))
    with pytest.raises(WeightsError, match="holds no state dict but a tuple"):
        read_torch_checkpoint(path)


def nested(count):
    """Opcodes of a tuple whose hash and text double with every level."""
    return b")" + count * (b"q\x00h\x00\x86")


@pytest.mark.parametrize(
    "content",
    [
        b"}r\xff\xff\xff\x0f.",  # a memo number of 2**28
        b"\x8d\xff\xff\xff\xff\x00\x00\x00\x00a.",  # a text of 4 GB
        b"\x8e\xff\xff\xff\xff\x00\x00\x00\x00a.",  # bytes of 4 GB
        b"\x95\xff\xff\xff\xff\x00\x00\x00\x00}.",  # a frame of 4 GB
        b"}" + nested(60) + b"Ns.",
        b"}(" + nested(60) + b"Nu.",
        b"ctorch._utils\n_rebuild_tensor_v2\n(" + nested(60) + 3 * b"0" + b"tR.",
        b"\x8a\xff" + 255 * b"\xff" + b".",
        b"ctorch._utils\n_rebuild_parameter\nN}b.",
        b"(" * 10_000 + b".",
    ],
)
def test_small_files_that_would_cost_much_are_refused_at_once(path, content):
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("archive/data.pkl", b"\x80\x02" + content)
    tracemalloc.start()
    with contextlib.suppress(WeightsError):
        assert read_torch_checkpoint(path) == {}
    assert tracemalloc.get_traced_memory()[1] < 2**26
    tracemalloc.stop()


def test_a_pickle_or_copies_larger_than_any_state_dict_are_refused(path):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("archive/data.pkl", bytes(2**28))
    with pytest.raises(WeightsError, match="larger than that of any state dict"):
        read_torch_checkpoint(path)
    file = TorchFile()
    first = file.tensor(np.zeros(2**18, "f4"))
    file.save(path, {f"copy{number}": first for number in range(9)})
    with pytest.raises(WeightsError, match="larger than the file"):
        read_torch_checkpoint(path)


def test_features_that_are_not_finite_are_refused(tmp_path):
    tensors = {name: np.array(value) for name, value in plain_tensors().items()}
    tensors["conv1.weight"][0, 0, 0, 0] = np.nan
    np.savez(tmp_path / "weights.npz", **tensors)
    with pytest.raises(WeightsError, match=r"conv1\.weight.*not finite"):
        ResNet18Features(str(tmp_path / "weights.npz"))
