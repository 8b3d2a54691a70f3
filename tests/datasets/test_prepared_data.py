import json

import pytest

from hand_geo_keras.datasets import open_prepared, prepare_dataset
from hand_geo_keras.errors import DatasetError
from tests.scenarios.tiny_dome import make_dome
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
    split = prepare_dataset(str(recordings), tmp_path, 32, progress=False).load()
    train, test = split.train, split.measured["test"]
    assert set(train.pool.subjects) == {"second"} and len(train.pool) == 12
    assert set(test.pool.subjects) == {"first"}
    assert list(split.measured) == ["test"]
    assert len(train.views) == len(test.views) == 24


def test_the_fingerprint_follows_the_split(recordings, tmp_path):
    marks = set()
    for order in (["first", "second"], ["second", "first"]):
        write_splits(recordings, train=order[:1], test=order[1:])
        data = prepare_dataset(str(recordings), tmp_path, 32, progress=False)
        marks.add(data.fingerprint)
        assert data.load().fingerprint == data.fingerprint
    assert len(marks) == 2


@pytest.mark.parametrize(
    ("splits", "message"),
    [
        (None, "splits.json"),
        ({"train": ["first"]}, '"test"'),
        ({"train": ["nobody"], "test": ["first"]}, "nobody"),
        ({"train": ["second", "nobody"], "test": ["first"]}, r"\['nobody'\], of whom"),
        ({"train": ["second"], "test": "first"}, "'test' must be a list of names"),
        ({"train": ["second"], "test": ["first", "second"]}, r"\['second'\] twice"),
        ({"train": ["second"], "test": ["first"], "val": []}, "and nothing else"),
    ],
)
def test_unusable_splits_are_refused(recordings, tmp_path, splits, message):
    (recordings / "splits.json").unlink(missing_ok=True)
    if splits:
        write_splits(recordings, **splits)
    with pytest.raises(DatasetError, match=message):
        prepare_dataset(str(recordings), tmp_path, 32, progress=False).load()


def test_splits_as_windows_writes_them_and_subjects_of_no_part(recordings, tmp_path):
    """A person who is in no part is told; hidden folders are no recordings."""
    path = recordings / "second" / "hands3d.json"
    before = path.read_text()
    path.write_text(before.replace('"second"', '"third"', 3))
    (recordings / ".git").mkdir()
    text = json.dumps({"train": ["second"], "test": ["first"]})
    (recordings / "splits.json").write_text(text, "utf-16")
    with pytest.warns(UserWarning, match="names no part for third, whose 3 instants"):
        prepare_dataset(str(recordings), tmp_path, 32, progress=False)
    path.write_text(before)


def test_folders_without_a_prepared_dataset_are_refused(tmp_path):
    with pytest.raises(DatasetError, match="no prepared dataset"):
        open_prepared(tmp_path)


def test_a_sample_holds_flawless_right_hands_of_the_training_subjects(tmp_path):
    dome = make_dome(tmp_path)
    everything, some = dome.sample_labelled(10**6), dome.sample_labelled(20)
    assert set(everything.subjects) == {"S0"} and everything.labelled.all()
    assert not everything.mirrored.any()
    assert 0 < len(some) < len(everything)


def test_hands_in_any_room_are_split_into_groups_of_people(tmp_path):
    data = prepare_dataset("synthetic_wild_tiny", tmp_path, 16, progress=False)
    split = data.load()
    train, test = split.train.pool, split.measured["test"].pool
    assert split.subjects["train"] == ["S0", "S1"] and split.subjects["test"] == ["S9"]
    assert len(split.annotatable(1)) == 64 * 3 == len(split.annotatable()) / 2
    people = [set(pool.sequences) for pool in (train, test)]
    assert len(people[0]) == 16 and not people[0] & people[1]
    again = prepare_dataset("synthetic_wild_tiny", tmp_path, 16, progress=False)
    assert again == data
    part = tmp_path / "synthetic_wild_tiny_16" / "synthetic_s01"
    shard = part / "instants-00000.tfrecord"
    content = shard.read_bytes()
    shard.unlink()
    # Looked at on disk: what was loaded is kept in memory.
    prepare_dataset("synthetic_wild_tiny", tmp_path, 16, progress=False)
    assert shard.read_bytes() == content
