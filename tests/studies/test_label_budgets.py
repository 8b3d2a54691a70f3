import types

import pytest

from hand_geo_keras.errors import DatasetError
from hand_geo_keras.studies.label_budgets import TABLE_1, budgets_of, smallest_budget

INSTANTS = (814, 360, 468, 343, 343, 312, 312, 311, 311)


def dataset(images_per_subject):
    """What budgets need of a `Split`."""
    return types.SimpleNamespace(
        name="made",
        subjects={"train": list(map(str, range(len(images_per_subject))))},
        annotatable=lambda subjects=None: range(sum(images_per_subject[:subjects])),
    )


def test_the_papers_subjects_give_the_papers_counts():
    rows = budgets_of(dataset([8 * count for count in INSTANTS]))
    assert [(int(name), labels.count) for name, labels in rows.items()] == [
        (budget.annotations, budget.annotations) for budget in TABLE_1
    ]


def test_small_datasets_keep_the_structure_with_their_own_counts():
    rows = budgets_of(dataset([240] * 5))
    assert {name: labels.count for name, labels in rows.items()} == {
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


def test_labels_are_taken_from_as_few_subjects_as_have_them():
    split = dataset([240] * 5)
    for count, subjects in ((10, 1), (240, 1), (241, 2), (1200, 5)):
        labels = smallest_budget(split, count)
        assert (labels.count, labels.subjects) == (count, subjects)
    with pytest.raises(DatasetError, match="too small for 4000 labels"):
        smallest_budget(split, 4000)
    with pytest.raises(DatasetError, match="trains on labels only"):
        smallest_budget(split, 0)
