"""Tests of the Beam pipeline against the serial preparation."""

import dataclasses
import json

import numpy as np
import pytest

from hand_geo_keras.datasets import instant_folder as folders
from hand_geo_keras.datasets import load_instants, prepare_recording
from hand_geo_keras.recordings import open_recording
from tests.datasets.tiny_trees import TINY, person
from tests.recordings.conftest import damage_frame, panoptic_hand, write_people

pytest.importorskip("apache_beam", reason="needs the extra 'beam'")

from apache_beam.options.pipeline_options import PipelineOptions

from hand_geo_keras.datasets.beam_preparation import prepare_on_beam


@pytest.fixture(autouse=True)
def small_shards(monkeypatch):
    monkeypatch.setattr(folders, "FRAMES_PER_SHARD", 2)


@pytest.fixture
def tree(panoptic_dir):
    """A tree with two hands in a frame, a bad hand, no hand and a damaged frame."""
    # Seen by the second camera only, and listed before the hand that both see.
    aside = [-18.0, 0.0, -10.0] * 20 + [-17.0, 1.0, -9.0]
    lone = {"id": 5} | panoptic_hand("right", landmarks=aside)
    write_people(panoptic_dir, 3, lone, person())
    write_people(panoptic_dir, 4, person(averageReproError=[99.0] * 21), person(3))
    write_people(panoptic_dir, 5, person(id=-1))
    write_people(panoptic_dir, 6, person(side="left"))
    write_people(panoptic_dir, 8, person())
    damage_frame(panoptic_dir / "hdVideos" / "hd_00_01.mp4", 6)
    return panoptic_dir


def serial(folder, out_dir):
    return prepare_recording(open_recording(folder), out_dir, TINY, progress=False)


def on_beam(folder, out_dir, options=None, **settings):
    recordings = [open_recording(folder)]
    return prepare_on_beam(recordings, [out_dir], TINY, options=options, **settings)[0]


def assert_same_instants(one, other):
    one, other = load_instants(one), load_instants(other)
    for field in dataclasses.fields(one):
        np.testing.assert_array_equal(
            getattr(one, field.name), getattr(other, field.name), field.name
        )


@pytest.mark.parametrize("chunks", [1, 2, 7])
def test_same_instants_and_report_as_serially(tree, tmp_path, chunks):
    expected = serial(tree, tmp_path / "serial")
    report = on_beam(tree, tmp_path / "beam", chunks_per_camera=chunks)
    assert report == expected
    assert report["instants"] >= 4 and report["dropped"] and report["problems"]
    assert_same_instants(tmp_path / "serial", tmp_path / "beam")
    written = json.loads((tmp_path / "beam/preparation_report.json").read_text())
    assert written == report


def test_goes_on_with_what_was_prepared_serially(tree, tmp_path):
    expected = serial(tree, tmp_path / "out")
    kept = tmp_path / "out/instants-00000.tfrecord"
    before = kept.stat().st_mtime_ns
    (tmp_path / "out/instants-00001.tfrecord").unlink()
    (tmp_path / "out/background-00_01.png").unlink()
    assert on_beam(tree, tmp_path / "out") == expected
    assert kept.stat().st_mtime_ns == before
    serial(tree, tmp_path / "again")
    assert_same_instants(tmp_path / "out", tmp_path / "again")


def test_unlabelled_frames_are_counted_once(rig_dir, tmp_path):
    (rig_dir / "hands3d.json").unlink()
    boxes = {"front": {"frames": {"5": [32, 24, 20]}}, "side": {"box": [32, 24, 400]}}
    (rig_dir / "boxes.json").write_text(json.dumps(boxes))
    expected = serial(rig_dir, tmp_path / "serial")
    assert expected["dropped"]["frame: no hand located"] == 11
    assert on_beam(rig_dir, tmp_path / "beam") == expected


def test_several_recordings_in_one_pipeline(tree, rig_dir, tmp_path):
    recordings = [open_recording(tree), open_recording(rig_dir)]
    out_dirs = [tmp_path / "tree", tmp_path / "rig"]
    reports = prepare_on_beam(recordings, out_dirs, TINY)
    assert [report["recording"] for report in reports] == ["171026_tiny", "rig"]
    assert len(load_instants(out_dirs)) == sum(r["instants"] for r in reports)


def test_two_processes(tree, tmp_path):
    """Everything that travels between processes can be pickled."""
    options = PipelineOptions(
        [],
        runner="FnApiRunner",
        direct_num_workers=2,
        direct_running_mode="multi_processing",
    )
    expected = serial(tree, tmp_path / "serial")
    assert on_beam(tree, tmp_path / "beam", options) == expected
    assert_same_instants(tmp_path / "serial", tmp_path / "beam")
