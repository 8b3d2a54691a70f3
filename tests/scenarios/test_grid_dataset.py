import json

import pytest

from hand_geo_keras.errors import DatasetError
from hand_geo_keras.scenarios.grid_dataset import load_dataset, prepare_dataset
from tests.scenarios.tiny_rig import make_rig


@pytest.fixture(scope="module")
def recordings(tmp_path_factory):
    """Two rigs of the same person, as two sequences."""
    folder = tmp_path_factory.mktemp("own")
    for name in ("first", "second"):
        make_rig(folder / name, num_frames=12)
        # One person in each sequence.
        path = folder / name / "hands3d.json"
        path.write_text(path.read_text().replace("tester", name))
    return folder


def write_splits(folder, **splits):
    (folder / "splits.json").write_text(json.dumps(splits))


def test_own_recordings_are_split_by_subject(recordings, tmp_path):
    write_splits(recordings, train=["second"], test=["first"])
    prepared = prepare_dataset(str(recordings), tmp_path, 32, progress=False)
    data = load_dataset(str(prepared))
    assert set(data.train.subjects) == {"second"} and len(data.train) == 12
    assert set(data.test.subjects) == {"first"}
    assert data.validation is None
    assert len(data.training_views()) == len(data.evaluation_views("test")) == 24
    assert {name: count for name, (_, count) in data.budgets.items()} == {"6512": 16}


def test_the_fingerprint_follows_the_split(recordings, tmp_path):
    marks = set()
    for order in (["first", "second"], ["second", "first"]):
        write_splits(recordings, train=order[:1], test=order[1:])
        prepared = prepare_dataset(str(recordings), tmp_path, 32, progress=False)
        load_dataset.cache_clear()
        marks.add(load_dataset(str(prepared)).fingerprint)
    assert len(marks) == 2


@pytest.mark.parametrize(
    ("splits", "message"),
    [
        (None, "splits.json"),
        ({"train": ["first"]}, '"test"'),
        ({"train": ["nobody"], "test": ["first"]}, "nobody"),
    ],
)
def test_unusable_splits_are_refused(recordings, tmp_path, splits, message):
    (recordings / "splits.json").unlink(missing_ok=True)
    if splits:
        write_splits(recordings, **splits)
    with pytest.raises(DatasetError, match=message):
        load_dataset(
            str(prepare_dataset(str(recordings), tmp_path, 32, progress=False))
        )
