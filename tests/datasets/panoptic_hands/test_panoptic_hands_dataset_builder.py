"""Tests of the TFDS builder, on trees that are written for the test."""

import json
import tempfile
from pathlib import Path

import numpy as np
import pytest
import tensorflow_datasets as tfds

from hand_geo_keras.datasets import load_tfds_instants
from hand_geo_keras.datasets.panoptic_hands import Builder, PanopticHandsConfig
from hand_geo_keras.errors import DatasetError
from hand_geo_keras.synthetic import sequences_of
from tests.datasets.tiny_trees import TINY, person, write_hands_tree
from tests.recordings.conftest import make_hand, write_people


def config(splits, **settings):
    return PanopticHandsConfig(name="own", splits=splits, preparation=TINY, **settings)


BY_SEQUENCE = config({"train": ("171026_a", "171026_b"), "test": ("171026_c",)})


def write_trees(folder):
    for letter in "abc":
        write_hands_tree(folder / f"171026_{letter}")
    return folder


def build(folder, chosen, **settings):
    """Builds a configuration below a folder with the trees in `folder / "manual"`."""
    builder = Builder(data_dir=folder / "data", config=chosen)
    builder.download_and_prepare(
        download_dir=folder / "downloads",
        download_config=tfds.download.DownloadConfig(
            manual_dir=folder / "manual", **settings
        ),
    )
    return builder


def read_report(builder):
    return json.loads((builder.data_path / "preparation_report.json").read_text())


class PanopticHandsTest(tfds.testing.DatasetBuilderTestCase):
    """The conventions of TensorFlow Datasets."""

    DATASET_CLASS = Builder
    SPLITS = {"train": 6, "test": 3}  # noqa: RUF012
    BUILDER_CONFIG_NAMES_TO_TEST = [BY_SEQUENCE]  # noqa: RUF012

    @classmethod
    def setUpClass(cls):
        cls._trees = tempfile.TemporaryDirectory()
        cls.EXAMPLE_DIR = write_trees(Path(cls._trees.name))
        super().setUpClass()

    @classmethod
    def tearDownClass(cls):
        super().tearDownClass()
        cls._trees.cleanup()


@pytest.fixture
def folder(tmp_path):
    write_trees(tmp_path / "manual")
    return tmp_path


def test_table_1_in_the_metadata_of_the_full_dome(tmp_path):
    """Images with a label for the paper's numbers of training subjects."""
    metadata = Builder(data_dir=tmp_path, config="synthetic_full").info.metadata
    images = metadata["labelled_images"]
    totals = np.cumsum([images[f"S{subject}"] for subject in range(9)])
    assert totals[[0, 1, 2, 4, 8]].tolist() == [6512, 9392, 13136, 18624, 28592]
    assert [images["S9"], images["S10"]] == [250 * 8, 250 * 8]
    assert metadata["splits"]["test"] == ["synthetic_s09", "synthetic_s10"]
    assert len(metadata["splits"]["train"]) == 9


@pytest.mark.parametrize("variant", ["tiny", "mini", "full"])
def test_no_synthetic_subject_is_in_two_splits(variant):
    splits = Builder.builder_configs[f"synthetic_{variant}"].splits
    names = [name for names in splits.values() for name in names]
    assert sorted(names) == sorted(spec.name for spec in sequences_of(variant))


def test_the_paper_tests_on_a_sequence_of_its_own():
    splits = Builder.builder_configs["panoptic"].splits
    assert splits["train"] == ("171026_pose3", "171204_pose2")
    assert splits["test"] == ("171026_pose2",)


def test_a_split_as_a_pool(folder):
    builder = build(folder, BY_SEQUENCE)
    pool = load_tfds_instants(builder, "train")
    assert pool.sequences.tolist() == ["171026_a"] * 3 + ["171026_b"] * 3
    assert pool.frames.tolist() == [3, 4, 8] * 2 and pool.crop_size == 16
    assert set(pool.subjects) == {"171026_a/2", "171026_b/2"}
    assert pool.images.shape == (12, 24, 24, 3) and pool.valid.all()
    np.testing.assert_allclose(pool.joints[0], make_hand().joints, atol=1e-3)
    brightness = pool.images[pool.views].mean((1, 2, 3, 4))
    assert np.corrcoef(brightness, pool.frames)[0, 1] > 0.99


def test_a_built_dataset_is_found_by_name(folder):
    build(folder, BY_SEQUENCE)
    loaded = tfds.builder_from_directory(folder / "data/panoptic_hands/own/1.0.0")
    assert len(load_tfds_instants(loaded, "test")) == 3


def test_split_by_subject(folder):
    """Two people in one sequence, told apart by `subjects.json`."""
    for frame in (3, 4):
        write_people(folder / "manual/171026_a", frame, person(2), person(7))
    mapping = {"2": "anna", "7": [{"from": 4, "to": 9, "subject": "ben"}]}
    (folder / "manual/171026_a/subjects.json").write_text(json.dumps(mapping))
    splits = {"train": ("anna",), "test": ("ben",)}
    builder = build(folder, config(splits, sequences=("171026_a",)))
    assert set(load_tfds_instants(builder, "train").subjects) == {"anna"}
    assert load_tfds_instants(builder, "test").frames.tolist() == [4]
    report = read_report(builder)
    assert report["instants_in_no_split"] == {"171026_a: 171026_a/7": 1}


def test_a_subject_in_two_splits_is_refused(folder):
    for letter in "ac":
        path = folder / f"manual/171026_{letter}/subjects.json"
        path.write_text(json.dumps({"2": "anna"}))
    with pytest.raises(DatasetError, match=r"\['anna'\] are in more than one split"):
        build(folder, BY_SEQUENCE)
    # Named herself, she is in one split and taken out of the sequences.
    splits = {"train": ("171026_a", "171026_b"), "test": ("171026_c", "anna")}
    chosen = config(splits, sequences=("171026_a", "171026_b", "171026_c"))
    builder = build(folder, chosen)
    assert set(load_tfds_instants(builder, "train").sequences) == {"171026_b"}


def test_what_was_skipped_is_in_the_report(folder):
    write_people(folder / "manual/171026_b", 4).write_text("")
    builder = build(folder, BY_SEQUENCE)
    report = read_report(builder)["sequences"]["171026_b"]
    assert report["problems"] == {"unreadable label file": 1}
    assert report["instants"] == 2
    assert builder.info.splits["train"].num_examples == 5


def test_missing_sequences_name_the_command(folder):
    chosen = config({"train": ("171026_a", "170407_office2")})
    with pytest.raises(DatasetError, match=r"office2.*recordings\.download_panoptic"):
        build(folder, chosen)


def test_filters_come_from_the_preparation(folder):
    strict = config({"train": ("171026_a",)})
    strict.preparation = type(TINY)(**(vars(TINY) | {"min_score": 0.8}))
    with pytest.raises(DatasetError, match="too few valid joints"):
        build(folder, strict)


def test_a_dataset_without_instants_is_refused():
    builder = tfds.testing.DummyDataset()
    with pytest.raises(DatasetError, match="is no dataset of instants"):
        load_tfds_instants(builder, "train")


def test_preparation_on_beam(folder):
    beam = pytest.importorskip("apache_beam", reason="needs the extra 'beam'")
    options = beam.options.pipeline_options.PipelineOptions([], runner="FnApiRunner")
    builder = build(folder, BY_SEQUENCE, beam_options=options)
    assert builder.info.splits["train"].num_examples == 6


def test_the_synthetic_dome_renders_itself(tmp_path):
    """As from a notebook; and its right hands are as many as its metadata says."""
    settings = {"download_dir": tmp_path / "downloads"}
    _, info = tfds.load(
        "panoptic_hands/synthetic_tiny",
        data_dir=tmp_path,
        download_and_prepare_kwargs=settings,
        with_info=True,
    )
    assert set(info.splits) == {"train", "test"}
    builder = tfds.builder("panoptic_hands/synthetic_tiny", data_dir=tmp_path)
    counts = {}
    for split in info.splits:
        pool = load_tfds_instants(builder, split)
        for subject, count, left in zip(pool.subjects, pool.num_views, pool.mirrored):
            counts[subject] = counts.get(subject, 0) + (0 if left else int(count))
    assert counts == info.metadata["labelled_images"]
