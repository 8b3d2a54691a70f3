import numpy as np
import pytest

from hand_geo_keras.datasets import write_wild
from hand_geo_keras.datasets.preparation import Preparation
from hand_geo_keras.errors import DatasetError
from hand_geo_keras.pipelines.crop_stream import CropStream
from hand_geo_keras.pipelines.photometric import degrade


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    path = tmp_path_factory.mktemp("wild")
    write_wild(path, 64, views=2, preparation=Preparation(crop_size=32, context=1.25))
    return path


def test_batches_depend_on_seed_and_number_alone(folder):
    one, same = CropStream(folder, 8, seed=3), CropStream(folder, 8, seed=3)
    for key, value in one.batch(5).items():
        np.testing.assert_array_equal(value, same.batch(5)[key])
    assert (one.batch(5)["image"] != one.batch(6)["image"]).any()
    assert (
        one.batch(5)["image"] != CropStream(folder, 8, seed=4).batch(5)["image"]
    ).any()


def test_a_dataset_resumes_at_any_batch(folder):
    stream = CropStream(folder, 4)
    whole = [batch[0]["image"].numpy() for batch in stream.dataset().take(4)]
    rest = [batch[0]["image"].numpy() for batch in stream.dataset(2).take(2)]
    np.testing.assert_array_equal(whole[2:], rest)


def test_samples_without_a_framed_right_hand_supervise_no_joint(folder):
    batch = CropStream(folder, 32, negatives=0.5, mirrored=0.5).batch(0)
    framed = (batch["presence"] == 1) & (batch["right"] == 1)
    assert 0 < framed.sum() < 32 and (batch["presence"] == 0).any()
    assert (batch["weights"][~framed] == 0).all()
    assert (batch["weights"][framed].mean(1) > 0.5).all()


def test_the_joints_lie_on_the_hand(folder):
    """Where joints are, the pixels differ from the background more often."""
    stream = CropStream(folder, 32, negatives=0.0, mirrored=0.0)
    points = stream.batch(0)["points"]
    assert (np.abs(points[..., :2]).max((1, 2)) < 1.5).all()
    assert (points[:, 0, 2] == 0).all()  # depth is relative to the wrist


def test_degrading_keeps_shape_and_is_random():
    rng = np.random.default_rng(0)
    image = rng.integers(0, 256, (48, 48, 3), dtype=np.uint8)
    images = [degrade(rng, image) for _ in range(50)]
    assert all(i.shape == image.shape and i.dtype == np.uint8 for i in images)
    assert len({i.tobytes() for i in images}) > 45


def test_a_folder_without_instants_is_named(tmp_path):
    with pytest.raises(DatasetError, match=str(tmp_path)):
        CropStream(tmp_path, 4)
