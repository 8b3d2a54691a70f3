import time

import numpy as np
import pytest

from hand_geo_keras.errors import WeightsError
from hand_geo_keras.losses import PixelFeatureLoss, ResNet18Features, resnet18_weights
from tests.losses.test_resnet18_features import plain_tensors


@pytest.fixture
def offline(monkeypatch, tmp_path):
    """No cached weights, and a download address that refuses connections."""
    monkeypatch.delenv("HAND_GEO_RESNET18", raising=False)
    monkeypatch.setattr(resnet18_weights, "_cached_path", lambda: str(tmp_path / "no"))
    monkeypatch.setattr(resnet18_weights, "IMAGENET_URL", "http://127.0.0.1:9/weights")


def test_offline_imagenet_fails_at_once_and_names_the_path_option(offline):
    start = time.monotonic()
    with pytest.raises(WeightsError, match="path of a copy as `weights`"):
        resnet18_weights.locate("imagenet")
    assert time.monotonic() - start < 5.0


def test_offline_auto_says_loudly_that_only_pixels_are_compared(offline):
    with pytest.warns(UserWarning, match="PIXELS ONLY"):
        loss = PixelFeatureLoss("auto")
    assert "pixels only" in loss.description
    assert set(loss.term_weights) == {"pixel"}
    same = PixelFeatureLoss.from_config(loss.get_config())
    assert same.description == loss.description


def test_auto_follows_the_environment_variable(offline, monkeypatch, tmp_path):
    path = tmp_path / "mine.npz"
    np.savez(path, **plain_tensors())
    monkeypatch.setenv("HAND_GEO_RESNET18", str(path))
    assert "mine.npz" in ResNet18Features("auto").description


def test_imagenet_uses_the_cached_file(monkeypatch, tmp_path):
    cached = tmp_path / "cached.safetensors"
    cached.write_bytes(b"")
    monkeypatch.setattr(resnet18_weights, "_cached_path", lambda: str(cached))
    assert resnet18_weights.locate("imagenet")[0] == str(cached)


def test_another_network_is_not_taken_for_torchvisions(tmp_path):
    path = tmp_path / "download"
    path.write_bytes(b"")
    with pytest.raises(WeightsError, match="not torchvision's"):
        resnet18_weights._check_fingerprint(plain_tensors(), str(path))
    assert not path.exists()


def test_fingerprint_fits_the_real_weights(shared_dir):
    path = shared_dir / "weights" / "resnet18_imagenet_conv1_to_layer2_bn_folded.npz"
    with np.load(path) as real:
        for conv, (mean, std) in resnet18_weights._IMAGENET_FINGERPRINT.items():
            kernel = real[f"{conv}.weight"]
            assert (kernel.mean(), kernel.std()) == pytest.approx((mean, std), rel=1e-3)


@pytest.mark.parametrize(
    "name, message",
    [("missing.npz", "No ResNet-18 weight file"), ("weights.txt", "must be a .npz")],
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
