import dataclasses

import pytest

from hand_geo_keras.datasets import PreparedData
from hand_geo_keras.scenarios.job import Labels, describe, job_of
from hand_geo_keras.scenarios.run_job import begin, finish, result_of
from hand_geo_keras.scenarios.run_jobs import waves_of
from hand_geo_keras.scenarios.table import finished_cells
from hand_geo_keras.training.profiles import PROFILES, LabelledTraining
from hand_geo_keras.training.registry import CONFIGURATIONS, ENTRIES, METHODS
from hand_geo_keras.training.trained import Preset

PROFILE = PROFILES["smoke"]
DATA = PreparedData("prepared", "f00d")
HANDS = Preset("hands", "cafe")


def job(configuration, profile=PROFILE, data=DATA, seed=0, count=64, preset=None):
    budget = str(count) if ENTRIES[configuration].color else ""
    labels = Labels(count) if budget and count else None
    return job_of(configuration, profile, data, seed, labels, budget, preset)


def fingerprint(*args, **kwargs):
    return job(*args, **kwargs).fingerprint


def test_a_finished_job_has_a_result_until_its_settings_change(tmp_path):
    cell = job("pre_trained")
    assert result_of(cell, tmp_path) is None
    begin(cell, tmp_path)
    assert result_of(cell, tmp_path) is None
    finish(cell, tmp_path, {"value": 3})
    assert result_of(cell, tmp_path)["value"] == 3
    for other in (
        job("pre_trained", PROFILE.replaced("head", batch=11)),
        job("pre_trained", PROFILE.replaced("pre_training", steps=11)),
        job("pre_trained", data=PreparedData("prepared", "other")),
    ):
        assert other.name == cell.name and result_of(other, tmp_path) is None


def test_finished_cells_of_earlier_calls_are_found_again(tmp_path):
    def cell(name, count, subjects, preset=None, group=""):
        labels = Labels(count, subjects) if count else None
        made = job_of(name, PROFILE, DATA, 3, labels, str(count), preset, group)
        begin(made, tmp_path)
        about = {"configuration": name, "budget": str(count), "seed": 3}
        finish(made, tmp_path, about)
        return made

    cells = [cell("pre_trained", 64, 2), cell("supervised", 64, None)]
    assert list(finished_cells(tmp_path, PROFILE, DATA)) == cells
    of_rig = [cell("adapted", 0, None, HANDS, "test"), cell("zero_shot", 0, None)]
    found = finished_cells(tmp_path, PROFILE, DATA, HANDS, "test")
    assert list(found) == of_rig[:1] and found[of_rig[0]]["budget"] == "0"
    # The same columns with other settings are other cells.
    other = PROFILE.replaced("head", batch=11)
    assert cells[0] not in finished_cells(tmp_path, other, DATA)


def dependent(names, section, preset=None, **values):
    """Entries whose outcome a setting decides about."""
    other = PROFILE.replaced(section, **values)
    return {
        name
        for name in names
        if fingerprint(name, other, preset=preset) != fingerprint(name, preset=preset)
    }


def test_only_what_a_method_uses_decides_about_its_outcome():
    views = {"pre_trained", "pre_trained_aug", "semi_supervised", "fine_tuned"}
    views |= {"bootstrapped"}  # by its encoder
    assert dependent(CONFIGURATIONS, "views", features="a.npz") == views
    # Fine-tuning starts with a head on cached latents.
    heads = {"pre_trained", "pre_trained_aug", "fine_tuned"}
    assert dependent(CONFIGURATIONS, "head", batch=11) == heads
    assert dependent(CONFIGURATIONS, "semi_supervised", batch=11) == {"semi_supervised"}
    encoders = ("common", "plain", "augmented")
    assert dependent(CONFIGURATIONS, "bootstrapped", batch=11) == {"bootstrapped"}
    augmented = {"augmented", "pre_trained_aug", "fine_tuned", "bootstrapped"}
    names = (*encoders, *CONFIGURATIONS)
    assert dependent(names, "pre_training", roll=11.0) == augmented
    rest = {*augmented, "plain", "pre_trained"}
    assert dependent(names, "pre_training", steps=99) == rest
    every = {*rest, "common", "semi_supervised"}
    assert dependent(names, "pre_training", common_steps=2) == every
    on_rig = ("supervised", "zero_shot", "transferred", "adapted")
    assert dependent(on_rig, "transfer", preset=HANDS, batch=9) == {
        "transferred",
        "adapted",
    }
    assert dependent(on_rig, "adaptation", preset=HANDS, steps=9) == {"adapted"}


def test_seed_labels_and_what_comes_before_count_but_names_do_not():
    marks = {
        fingerprint("pre_trained"),
        fingerprint("pre_trained", seed=1),
        fingerprint("pre_trained", count=32),
        fingerprint("fine_tuned"),
        fingerprint("pre_trained", preset=HANDS),
    }
    assert len(marks) == 5
    cell = job("pre_trained")
    renamed = dataclasses.replace(cell, name="elsewhere", budget="other")
    assert renamed.fingerprint == cell.fingerprint


def test_begin_keeps_a_backup_of_the_same_settings_only(tmp_path):
    backup = begin(job("pre_trained"), tmp_path) / "training" / "backup"
    backup.mkdir(parents=True)
    begin(job("pre_trained"), tmp_path)
    assert backup.exists()
    begin(job("pre_trained", PROFILE.replaced("head", batch=11)), tmp_path)
    assert not backup.exists()


def test_encoders_and_semi_supervised_cells_share_the_common_steps():
    jobs = [job(n, seed=1) for n in ("plain", "augmented", "semi_supervised")]
    assert {j.after for j in jobs} == {(job("common", seed=1),)}
    assert job("common").after == () and job("common", preset=HANDS).after == (HANDS,)
    alone = PROFILE.replaced("pre_training", common_steps=0)
    for name in ("plain", "augmented", "semi_supervised"):
        assert job(name, alone).after == ()
        assert job(name, alone, preset=HANDS).after == (HANDS,)


def test_jobs_run_after_all_that_they_start_from():
    cells = [job(name) for name in CONFIGURATIONS]
    waves = [[j.name for j in wave] for wave in waves_of(cells)]
    assert waves[0] == ["encoders/common_s0"]
    assert sorted(waves[1]) == ["encoders/augmented_s0", "encoders/plain_s0"]
    assert waves[2] == [f"cells/{name}_64_s0" for name in CONFIGURATIONS]
    assert [[j.name for j in w] for w in waves_of([job("adapted", preset=HANDS)])] == [
        ["encoders/adaptation_s0"],
        ["cells/adapted_64_s0"],
    ]


def test_without_labels_a_cell_measures_what_its_column_starts_from():
    cell = job("adapted", count=0, preset=HANDS)
    assert (cell.method, cell.config, cell.name) == (
        "zero_shot",
        (),
        "cells/adapted_0_s0",
    )
    assert cell.after == (job("adaptation", preset=HANDS),)


def test_steps_follow_the_annotations_within_limits():
    settings = LabelledTraining(epochs=10, batch=20, min_steps=100, max_steps=300)
    assert [settings.steps(count) for count in (64, 400, 6512)] == [100, 200, 300]


@pytest.mark.parametrize("name", PROFILES)
def test_every_profile_gives_every_entry_another_job(name):
    profile = PROFILES[name]
    entries = [
        entry for entry, what in ENTRIES.items() if what.config(profile) is not None
    ]
    jobs = [job(entry, profile, preset=HANDS) for entry in entries]
    jobs = [j for j in jobs if j != HANDS]  # without common steps
    assert len({j.fingerprint for j in jobs}) == len(jobs)
    assert {j.method for j in jobs} <= set(METHODS)


def test_what_came_later_leaves_finished_jobs_finished():
    config = PROFILE.supervised
    assert "clip_norm" not in describe(config)
    clipped = dataclasses.replace(config, clip_norm=1.0)
    assert describe(clipped) == {**describe(config), "clip_norm": 1.0}
    assert fingerprint("supervised") != fingerprint("supervised", PROFILE.clipped(1.0))
