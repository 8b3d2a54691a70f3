import dataclasses

import pytest

from hand_geo_keras.scenarios.grid_jobs import (
    CONFIGURATIONS,
    Cell,
    EncoderJob,
    Grid,
    begin,
    cell_of,
    fingerprint,
    finish,
    result_of,
    start_of,
)
from hand_geo_keras.scenarios.grid_profiles import GRID_PROFILES, LabelledTraining

PROFILE = GRID_PROFILES["smoke"]
CELL = Cell("pre_trained", "64", 64, 0)


@pytest.fixture
def grid(tmp_path):
    return Grid("smoke", PROFILE, "prepared", "data", str(tmp_path))


def changed(grid, section, **values):
    part = dataclasses.replace(getattr(grid.profile, section), **values)
    profile = dataclasses.replace(grid.profile, **{section: part})
    return dataclasses.replace(grid, profile=profile)


def test_a_finished_job_has_a_result_until_its_settings_change(grid):
    assert result_of(CELL, grid) is None
    begin(CELL, grid)
    assert result_of(CELL, grid) is None
    finish(CELL, grid, {"value": 3})
    assert result_of(CELL, grid)["value"] == 3
    assert result_of(CELL, changed(grid, "head", batch=11)) is None
    assert result_of(CELL, changed(grid, "pre_training", steps=11)) is None
    other_data = dataclasses.replace(grid, data_fingerprint="other")
    assert result_of(CELL, other_data) is None


def test_settings_of_other_configurations_do_not_matter(grid):
    other = changed(grid, "semi_supervised", max_steps=99)
    assert fingerprint(CELL, other) == fingerprint(CELL, grid)
    supervised = dataclasses.replace(CELL, configuration="supervised")
    other = changed(grid, "pre_training", steps=99)
    assert fingerprint(supervised, other) == fingerprint(supervised, grid)
    # It is trained without view synthesis, hence without its features.
    other = dataclasses.replace(grid, features="other.npz")
    assert fingerprint(supervised, other) == fingerprint(supervised, grid)
    assert fingerprint(CELL, other) != fingerprint(CELL, grid)


def test_every_head_on_cached_latents_depends_on_its_settings(grid):
    other = changed(grid, "head", batch=11)
    dependent = {
        name
        for name in CONFIGURATIONS
        for cell in [dataclasses.replace(CELL, configuration=name)]
        if fingerprint(cell, other) != fingerprint(cell, grid)
    }
    # Fine-tuning starts with such a head.
    assert dependent == {"pre_trained", "pre_trained_aug", "fine_tuned"}


def test_rolls_matter_to_the_augmented_encoder_only(grid):
    other = changed(grid, "pre_training", roll=11.0)
    for configuration in ("supervised", "pre_trained", "semi_supervised"):
        cell = dataclasses.replace(CELL, configuration=configuration)
        assert fingerprint(cell, other) == fingerprint(cell, grid)
    for job in (
        EncoderJob("augmented", 0),
        dataclasses.replace(CELL, configuration="pre_trained_aug"),
        dataclasses.replace(CELL, configuration="fine_tuned"),
    ):
        assert fingerprint(job, other) != fingerprint(job, grid)
    plain = EncoderJob("plain", 0)
    assert fingerprint(plain, other) == fingerprint(plain, grid)


def test_every_cell_has_its_own_fingerprint(grid):
    cells = {
        dataclasses.replace(CELL, **change)
        for change in (
            {},
            {"seed": 1},
            {"annotations": 32},
            {"configuration": "fine_tuned"},
        )
    }
    assert len({fingerprint(cell, grid) for cell in cells}) == 4
    assert len({cell.name for cell in cells}) == 3  # counts follow from the rows


def test_begin_keeps_a_backup_of_the_same_settings_only(grid):
    backup = begin(CELL, grid) / "training" / "backup"
    backup.mkdir(parents=True)
    begin(CELL, grid)
    assert backup.exists()
    begin(CELL, changed(grid, "head", batch=11))
    assert not backup.exists()


def test_frozen_and_fine_tuned_cells_start_from_an_encoder(grid):
    assert start_of(CELL, grid) == EncoderJob("plain", 0)
    augmented = EncoderJob("augmented", 2)
    assert start_of(Cell("fine_tuned", "64", 64, 2), grid) == augmented
    assert start_of(Cell("supervised", "64", 64, 2), grid) is None


def test_encoders_and_semi_supervised_cells_share_the_common_steps(grid):
    jobs = [EncoderJob("plain", 1), EncoderJob("augmented", 1)]
    jobs.append(Cell("semi_supervised", "64", 64, 1))
    assert {start_of(job, grid) for job in jobs} == {EncoderJob("common", 1)}
    assert start_of(EncoderJob("common", 1), grid) is None
    alone = changed(grid, "pre_training", common_steps=0)
    assert {start_of(job, alone) for job in jobs} == {None}
    common = EncoderJob("common", 1)
    longer = changed(grid, "pre_training", steps=99)
    assert fingerprint(common, longer) == fingerprint(common, grid)
    assert fingerprint(jobs[0], longer) != fingerprint(jobs[0], grid)
    for job in (common, *jobs):
        assert fingerprint(job, alone) != fingerprint(job, grid)


def test_a_cell_is_recovered_from_its_result(grid):
    assert cell_of({**vars(CELL), "train_seconds": 3}) == CELL
    assert cell_of(CELL.settings(grid)) == CELL


def test_steps_follow_the_annotations_within_limits():
    settings = LabelledTraining(epochs=10, batch=20, min_steps=100, max_steps=300)
    assert [settings.steps(count) for count in (64, 400, 6512)] == [100, 200, 300]


@pytest.mark.parametrize("name", GRID_PROFILES)
def test_every_profile_can_be_hashed_for_every_configuration(name):
    grid = Grid(name, GRID_PROFILES[name], "prepared", "data", "out")
    cells = [Cell(configuration, "64", 64, 0) for configuration in CONFIGURATIONS]
    assert len({fingerprint(cell, grid) for cell in cells}) == len(CONFIGURATIONS)
