import itertools

import pytest

from hand_geo_keras.synthetic.variants import sequences_of


def test_full_has_the_image_counts_of_table_1():
    training = [spec for spec in sequences_of("full") if spec.split == "train"]
    images = [spec.num_instants * len(spec.cameras) for spec in training]
    totals = list(itertools.accumulate(images))
    assert [spec.subject for spec in training] == list(range(9))
    assert [totals[k - 1] for k in (1, 2, 3, 5, 9)] == [6512, 9392, 13136, 18624, 28592]


def test_full_tests_on_two_other_subjects():
    test = [spec for spec in sequences_of("full") if spec.split == "test"]
    assert [(spec.subject, spec.num_instants) for spec in test] == [(9, 250), (10, 250)]


def test_full_keeps_a_subject_for_validation():
    specs = sequences_of("full")
    (validation,) = [spec for spec in specs if spec.split == "validation"]
    assert validation.subject not in {s.subject for s in specs if s is not validation}


@pytest.mark.parametrize("variant", ["tiny", "mini", "full"])
def test_a_missing_camera_costs_no_view(variant):
    specs = sequences_of(variant)
    missing = [spec for spec in specs if spec.missing_camera is not None]
    assert len(missing) == 1
    assert missing[0].missing_camera not in missing[0].cameras
    assert len({len(spec.cameras) for spec in specs}) == 1


def test_cameras_can_be_chosen():
    specs = sequences_of("mini", cameras=[30, 2, 11])
    assert specs[0].cameras == (2, 11, 30)
    # Nothing that was not asked for stands in for the camera that failed.
    assert specs[3].cameras == (2, 30) and specs[3].missing_camera == 11


def test_names():
    assert sequences_of("full")[10].name == "synthetic_s10"


def test_wrong_arguments():
    with pytest.raises(ValueError, match="Received: variant='huge'"):
        sequences_of("huge")
    with pytest.raises(ValueError, match=r"0\.\.30"):
        sequences_of("tiny", cameras=[31])
    with pytest.raises(ValueError, match="distinct"):
        sequences_of("tiny", cameras=[3, 3])
