"""Tests of the figure of errors over view angles."""

import types

import cv2
import numpy as np
import pytest

from hand_geo_keras.datasets import Part
from hand_geo_keras.io import write_arrays
from hand_geo_keras.scenarios.run_job import POSES_FILE
from hand_geo_keras.studies.view_angle_curves import save_view_angle_curves
from tests.pool import make_pool


def cells(folder, part, *keys):
    """Finished cells `(configuration, annotations, seed)` with the true poses."""
    data = types.SimpleNamespace(
        load=lambda: types.SimpleNamespace(measured={"test": part})
    )
    jobs = []
    for configuration, annotations, seed in keys:
        name = f"cells/{configuration}_{annotations}_s{seed}"
        (folder / name).mkdir(parents=True)
        write_arrays(folder / name / POSES_FILE, {"poses": part.poses})
        jobs.append(
            types.SimpleNamespace(
                configuration=configuration,
                annotations=annotations,
                seed=seed,
                name=name,
                data=data,
            )
        )
    return jobs


@pytest.fixture(scope="module")
def part():
    pool = make_pool(instants=120, views=2)
    return Part(pool, np.arange(len(pool.images)))


def test_fewest_and_most_labels_get_a_panel(part, tmp_path):
    keys = [("supervised", n, 0) for n in (64, 640, 3248)]
    jobs = cells(tmp_path, part, *keys, ("supervised", 64, 1), ("fine_tuned", 64, 0))
    path = tmp_path / "view_angles.png"
    assert save_view_angle_curves(path, jobs, tmp_path)
    two = cv2.imread(str(path))
    assert save_view_angle_curves(path, jobs[:1], tmp_path)
    one = cv2.imread(str(path))
    assert two.shape[1] == 2 * one.shape[1] and one.std() > 5


def test_few_test_images_leave_no_figure_of_before(tmp_path):
    pool = make_pool(instants=3, views=2)
    part = Part(pool, np.arange(len(pool.images)))
    path = tmp_path / "view_angles.png"
    path.touch()
    jobs = cells(tmp_path, part, ("supervised", 64, 0))
    assert not save_view_angle_curves(path, jobs, tmp_path)
    assert not path.exists()
