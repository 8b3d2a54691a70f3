import dataclasses

import numpy as np
import pytest

from hand_geo_keras.datasets import instants_in_time, split_by_subject, split_in_time
from hand_geo_keras.errors import DatasetError
from tests.pool import make_pool

SUBJECTS = {"train": ["subject1", "subject0"], "test": ["subject2"]}


def by_subject():
    return split_by_subject(make_pool(sequences=3, instants=4, views=2), SUBJECTS)


def test_parts_are_in_time_order_with_gaps_between():
    pool = make_pool(sequences=2, instants=40, views=2)
    split = instants_in_time(pool, validation=0.2, test=0.25, gap=3)
    for sequence in ("seq0", "seq1"):
        frames = {
            name: pool.frames[part[pool.sequences[part] == sequence]] // 10
            for name, part in split.items()
        }
        assert frames["train"].tolist() == list(range(19))
        assert frames["validation"].tolist() == list(range(22, 27))
        assert frames["test"].tolist() == list(range(30, 40))


def test_a_recording_too_short_to_split_is_refused():
    with pytest.raises(DatasetError, match="too short"):
        split_in_time(make_pool(sequences=1, instants=5))


def test_nothing_is_learned_from_the_measured_part():
    pool = make_pool(sequences=1, instants=60, views=2)
    validation, test = (split_in_time(pool, (p,)) for p in ("validation", "test"))
    first = {
        p: s.measured[p].pool.frames.min()
        for s in (validation, test)
        for p in s.measured
    }
    assert validation.unlabelled.frames.max() < first["validation"]
    assert test.unlabelled.frames.max() < first["test"]
    # The test may look at the validation part, but labels come from neither.
    assert test.unlabelled.frames.max() > first["validation"]
    np.testing.assert_array_equal(test.train.pool.frames, validation.train.pool.frames)
    assert validation.unlabelled is validation.train.pool


def test_labels_are_the_same_views_in_both_pools():
    split = split_in_time(make_pool(sequences=2, instants=40, views=3), ("test",))
    labels = split.choose_labels(7, seed=1)
    both = split.in_unlabelled(labels)
    np.testing.assert_array_equal(
        split.train.pool.images[labels], split.unlabelled.images[both]
    )
    assert set(split.choose_labels(3, seed=1)) < set(labels)


def test_parts_without_labels_are_refused():
    pool = make_pool(sequences=1, instants=40, views=2)
    pool.valid[:25] = False
    with pytest.raises(
        DatasetError, match="train part of the recording needs 3D labels"
    ):
        split_in_time(pool)


def test_labels_are_nested_and_of_the_first_subjects():
    split = by_subject()
    small, large = split.choose_labels(4), split.choose_labels(16)
    assert set(small) < set(large) and len(set(large)) == 16
    train = split.train.pool
    assert set(train.subjects) == {"subject0", "subject1"}
    one = split.choose_labels(8, subjects=1)
    assert set(train.subjects[train.instant_of_view[one]]) == {"subject1"}
    assert not np.array_equal(one, split.choose_labels(8, seed=1, subjects=1))
    with pytest.raises(DatasetError, match="9 labels is larger than the 8"):
        split.choose_labels(9, subjects=1)
    with pytest.raises(DatasetError, match="from 0 on"):
        split.choose_labels(-3)
    assert len(split.measured["test"].pool) == 4 and "validation" not in split.measured


def test_left_hands_are_not_annotated_but_looked_at():
    pool = make_pool(sequences=3, instants=4, views=2)
    mirrored = np.zeros(12, bool)
    mirrored[:2] = True
    split = split_by_subject(dataclasses.replace(pool, mirrored=mirrored), SUBJECTS)
    assert len(split.train.views) == 12 and len(split.unlabelled) == 8


def test_subjects_without_instants_are_refused():
    with pytest.raises(DatasetError, match="nobody"):
        split_by_subject(make_pool(), {"train": ["subject0"], "test": ["nobody"]})
