import json

import numpy as np
import pytest

from hand_geo_keras.errors import RecordingError
from hand_geo_keras.recordings.open_recording import open_recording
from hand_geo_keras.synthetic.cameras import dome_cameras
from hand_geo_keras.synthetic.dome_writer import RECIPE, write_dome
from hand_geo_keras.synthetic.sequence import SyntheticSequence
from hand_geo_keras.synthetic.timeline import FrameKind, frames_of_kind
from hand_geo_keras.synthetic.variants import SequenceSpec

SPEC = SequenceSpec(2, "train", 3, (5, 8), missing_camera=20)


@pytest.fixture(scope="module")
def dome(tmp_path_factory):
    folder = tmp_path_factory.mktemp("dome")
    return folder, write_dome(folder, [SPEC], seed=3)


@pytest.fixture(scope="module")
def recording(dome):
    return open_recording(dome[0] / SPEC.name)


@pytest.fixture(scope="module")
def sequence():
    return SyntheticSequence(SPEC, seed=3)


def test_the_panoptic_reader_opens_it(recording, sequence):
    assert recording.name == "synthetic_s02"
    assert [camera.name for camera in recording.cameras] == ["00_05", "00_08"]
    assert recording.num_frames == len(sequence.timeline)
    assert recording.labelled_frames[0] >= 2
    assert {problem.camera for problem in recording.problems} >= {"00_20"}


def test_labels_reproject_onto_the_mesh_joints(recording, sequence):
    for frame in frames_of_kind(sequence.timeline, FrameKind.GOOD, FrameKind.LEFT):
        [hand] = recording.hands(int(frame))
        truth = sequence.hand(frame)
        assert hand.side == truth.side and hand.subject == "S2" and hand.valid.all()
        for camera in recording.cameras:
            original = dome_cameras()[int(camera.name[3:])]
            error = camera.project(hand.joints) - original.project(truth.joints)
            assert np.abs(error).max() < 0.01


def test_images_survive_the_video(recording, sequence):
    frames = [*recording.frames("00_08")]
    assert [index for index, _ in frames] == list(range(recording.num_frames))
    frame = int(frames_of_kind(sequence.timeline, FrameKind.GOOD)[0])
    [(_, image)] = sequence.images(frame, [8])
    error = frames[frame][1].astype(float) - image
    assert 10 * np.log10(255**2 / (error**2).mean()) > 32


def test_flawed_labels(recording, sequence):
    def hands(kind):
        return recording.hands(int(frames_of_kind(sequence.timeline, kind)[0]))

    assert not hands(FrameKind.NOBODY) and not hands(FrameKind.GAP)
    assert not hands(FrameKind.UNTRACKED)
    [incomplete] = hands(FrameKind.INCOMPLETE)
    assert 0 < (~incomplete.valid).sum() <= 8
    [unsure] = hands(FrameKind.UNSURE)
    assert unsure.score.min() < 0.5 and unsure.reprojection_px.max() > 20


def test_finished_sequences_are_skipped(dome):
    folder, first = dome
    assert first["rendered"] == [SPEC.name] and first["images"] > 0
    again = write_dome(folder, [SPEC], seed=3)
    assert again["skipped"] == [SPEC.name] and again["images"] == 0


def test_another_seed_does_not_overwrite(dome):
    with pytest.raises(RecordingError, match="synthetic_s02: holds something else"):
        write_dome(dome[0], [SPEC], seed=4)


def test_interrupted_rendering_leaves_no_sequence(tmp_path, monkeypatch):
    spec = SequenceSpec(0, "train", 1, (8,))

    def interrupted(*args):
        raise KeyboardInterrupt

    monkeypatch.setattr(SyntheticSequence, "images", interrupted)
    with pytest.raises(KeyboardInterrupt):
        write_dome(tmp_path, [spec])
    assert not (tmp_path / spec.name).exists()
    monkeypatch.undo()
    assert write_dome(tmp_path, [spec], frames="images")["rendered"] == [spec.name]
    assert [path.name for path in tmp_path.iterdir()] == [spec.name]
    assert len(open_recording(tmp_path / spec.name).cameras) == 1


def test_the_recipe_tells_how_it_was_made(dome):
    recipe = json.loads((dome[0] / SPEC.name / RECIPE).read_text())
    assert (recipe["seed"], recipe["split"], recipe["fps"]) == (3, "train", 4.0)
    assert len(recipe["good_frames"]) == recipe["frame_kinds"]["GOOD"] == 3


def test_wrong_arguments(tmp_path):
    with pytest.raises(ValueError, match="frames='gif'"):
        write_dome(tmp_path, [SPEC], frames="gif")
