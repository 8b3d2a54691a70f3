"""Downloading from a server on the loopback device; never from the real one."""

import hashlib
import warnings
from pathlib import Path

import pytest

from hand_geo_keras import verified_file
from hand_geo_keras.errors import WeightsError
from hand_geo_keras.losses import (
    PixelFeatureLoss,
    ResNet18Features,
    resnet18_download,
    resnet18_weights,
)
from tests.losses.test_resnet18_features import plain_tensors
from tests.losses.torch_files import save_state_dict
from tests.recordings.faulty_server import FaultySite, serve

FILE = "/models/resnet18-f37072fd.pth"


@pytest.fixture(scope="module")
def weights(tmp_path_factory):
    path = tmp_path_factory.mktemp("weights") / "weights.pth"
    save_state_dict(path, plain_tensors())
    return path.read_bytes()


@pytest.fixture
def cache(monkeypatch, tmp_path):
    monkeypatch.delenv("HAND_GEO_RESNET18", raising=False)
    monkeypatch.setattr(verified_file, "cache_folder", lambda: tmp_path / "models")
    return tmp_path / "models"


@pytest.fixture
def site(weights, cache, monkeypatch):
    with serve(FaultySite({FILE: weights})) as site:
        monkeypatch.setattr(resnet18_download, "URL", site.url + FILE)
        digest = hashlib.sha256(weights).hexdigest()
        monkeypatch.setattr(resnet18_download, "SHA256", digest)
        yield site


def test_the_name_carries_the_hash_as_torch_hub_expects():
    assert f"-{resnet18_download.SHA256[:8]}.pth" in resnet18_download.URL
    assert len(resnet18_download.SHA256) == 64


def test_a_good_file_is_downloaded_once(site, cache, weights):
    first = resnet18_download.fetch()
    assert first == str(cache / "resnet18-f37072fd.pth")
    assert [path.read_bytes() for path in cache.iterdir()] == [weights]
    assert resnet18_download.fetch() == first
    assert len(site.gets(FILE)) == 1
    for name in ("imagenet", "auto"):
        features = ResNet18Features(name)
        assert "ImageNet" in features.description
    assert len(site.requests) == 1


def test_another_file_is_refused_and_removed(site, cache, weights):
    site.files[FILE] = weights[:-1] + b"!"
    hashes = r"expected sha256:[0-9a-f]{64} but got [0-9a-f]{64}"
    with pytest.raises(WeightsError, match=hashes) as e:
        resnet18_download.fetch()
    assert "give the path of a copy as `weights`" in str(e.value)
    assert list(cache.iterdir()) == []


def test_a_damaged_copy_in_the_cache_is_replaced(site, cache, weights):
    cache.mkdir()
    path = cache / "resnet18-f37072fd.pth"
    path.write_bytes(weights[:-1] + b"!")
    resnet18_download.fetch()
    assert path.read_bytes() == weights


def test_a_connection_that_breaks_is_tried_again(site, cache, weights):
    site.break_after[FILE] = [1000, len(weights)]
    resnet18_download.fetch()
    assert len(site.gets(FILE)) == 2
    assert (cache / "resnet18-f37072fd.pth").read_bytes() == weights


def test_half_a_file_is_never_used(site, cache, weights):
    site.break_after[FILE] = [1000, 0, 0]
    with pytest.raises(WeightsError, match="path of a copy"):
        resnet18_download.fetch()
    assert list(cache.iterdir()) == []
    site.break_after.clear()
    assert Path(resnet18_download.fetch()).read_bytes() == weights


def test_a_server_without_the_file(site):
    site.files.clear()
    with pytest.raises(WeightsError, match="404"):
        resnet18_download.fetch()
    assert len(site.requests) == 1


@pytest.fixture
def offline(cache, monkeypatch):
    monkeypatch.setattr(resnet18_download, "URL", "http://127.0.0.1:9" + FILE)


def test_offline_says_in_one_sentence_what_to_give_instead(offline):
    with pytest.raises(WeightsError) as caught:
        resnet18_weights.locate("imagenet")
    message = str(caught.value)
    assert message.startswith("Cannot download ResNet-18 weights from http://127.0.0.1")
    assert "`weights`" in message and "HAND_GEO_RESNET18." in message
    assert "\n" not in message and message.count(". ") == 0


def test_offline_auto_says_loudly_that_only_pixels_are_compared(offline):
    with pytest.warns(UserWarning, match="PIXELS ONLY"):
        loss = PixelFeatureLoss("auto")
    assert "pixels only" in loss.description
    assert set(loss.term_weights) == {"pixel"}
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # what it was saved with is known
        same = PixelFeatureLoss.from_config(loss.get_config())
    assert same.description == loss.description
