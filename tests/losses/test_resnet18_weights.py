import numpy as np
import pytest

from hand_geo_keras.errors import WeightsError
from hand_geo_keras.losses import ResNet18Features
from tests.losses.test_resnet18_features import plain_tensors


def test_auto_follows_the_environment_variable(monkeypatch, tmp_path):
    path = tmp_path / "mine.npz"
    np.savez(path, **plain_tensors())
    monkeypatch.setenv("HAND_GEO_RESNET18", str(path))
    assert "mine.npz" in ResNet18Features("auto").description


@pytest.mark.parametrize(
    "name, message",
    [("missing.npz", "No ResNet-18 weight file"), ("weights.txt", "must be a .pth")],
)
def test_unusable_path(tmp_path, name, message):
    (tmp_path / "weights.txt").write_text("no weights")
    with pytest.raises(WeightsError, match=message):
        ResNet18Features(str(tmp_path / name))


def test_broken_file_names_the_file(tmp_path):
    (tmp_path / "broken.npz").write_bytes(b"not an archive")
    with pytest.raises(WeightsError, match=r"broken\.npz"):
        ResNet18Features(str(tmp_path / "broken.npz"))


@pytest.mark.parametrize("change", ["drop", "reshape"])
def test_tensor_that_is_missing_or_does_not_fit(tmp_path, change):
    tensors = plain_tensors()
    kernel = tensors.pop("layer2.1.conv2.weight")
    if change == "reshape":
        tensors["layer2.1.conv2.weight"] = kernel[:, :3]
    np.savez(tmp_path / "odd.npz", **tensors)
    with pytest.raises(WeightsError, match=r"odd\.npz"):
        ResNet18Features(str(tmp_path / "odd.npz"))
