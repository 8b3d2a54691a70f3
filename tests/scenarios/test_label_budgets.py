import numpy as np
import pytest

from hand_geo_keras.errors import DatasetError
from hand_geo_keras.scenarios.label_budgets import (
    TABLE_1,
    annotated_views,
    budgets_of,
    labelled_right_views,
)
from tests.pool import make_pool

INSTANTS = (814, 360, 468, 343, 343, 312, 312, 311, 311)


def test_the_papers_subjects_give_the_papers_counts():
    rows = budgets_of([8 * count for count in INSTANTS])
    assert [(int(name), count) for name, (_, count) in rows.items()] == [
        (budget.annotations, budget.annotations) for budget in TABLE_1
    ]


def test_small_datasets_keep_the_structure_with_their_own_counts():
    rows = {name: count for name, (_, count) in budgets_of([240] * 5).items()}
    assert rows == {
        "64": 64,
        "3248": 112,
        "6512": 240,
        "9392": 480,
        "13136": 720,
        "18624": 1200,
    }


def test_the_papers_numbers_are_those_of_its_table():
    first, last = TABLE_1[0].paper_n_mpjpe_mm, TABLE_1[-1].paper_n_mpjpe_mm
    assert first["pre_trained_aug"] / first["supervised"] == pytest.approx(
        0.596, abs=0.001
    )
    assert last["supervised"] == min(last.values())
    assert TABLE_1[3].describe() == "50% of S0"


def test_annotated_views_are_nested_and_of_the_first_subjects():
    pool = make_pool(sequences=3, instants=4, views=2)
    subjects = ["subject1", "subject0", "subject2"]
    rows = {budget.subjects: budget for budget in TABLE_1}
    small = annotated_views(pool, subjects, rows[2], 4)
    large = annotated_views(pool, subjects, rows[2], 16)
    assert set(small) < set(large) and len(set(large)) == 16
    assert set(pool.subjects[pool.instant_of_view[large]]) == {"subject0", "subject1"}
    one = annotated_views(pool, subjects, rows[1], 8)
    assert set(pool.subjects[pool.instant_of_view[one]]) == {"subject1"}
    assert not np.array_equal(one, annotated_views(pool, subjects, rows[1], 8, seed=1))
    with pytest.raises(DatasetError, match="needs 9"):
        annotated_views(pool, subjects, rows[1], 9)


def test_left_hands_are_not_annotated():
    pool = make_pool(sequences=1, instants=4, views=2)
    pool.mirrored[:2] = True
    views = labelled_right_views(pool, ["subject0"])
    assert set(pool.instant_of_view[views]) == {2, 3}
