"""`examples/tools/measure_joint_convention.py` finds a convention that is known."""

import runpy
from pathlib import Path

import numpy as np
import pytest

from hand_geo_keras.layers.perspective_lift import palm_axes
from tests.pool import make_pool

TOOLS = Path(__file__).parents[1] / "examples" / "tools"

with pytest.MonkeyPatch.context() as patch:
    patch.syspath_prepend(TOOLS)
    TOOL = runpy.run_path(str(TOOLS / "measure_joint_convention.py"))


@pytest.fixture(scope="module")
def pool():
    return make_pool(sequences=1, instants=60, views=4, seed=3)


@pytest.fixture(scope="module")
def convention():
    """A head whose joints are elsewhere, wherever the camera is."""
    weights = np.zeros((9, 21, 3))
    weights[0] = np.random.default_rng(0).normal(0, 0.01, (21, 3))
    return weights[0], TOOL["head_with"](weights)


def test_offsets_that_every_view_agrees_on_are_found(pool, convention):
    offsets, head = convention
    scales = np.float32(pool.crop_size / 2 / pool.focals)
    points = np.float32(TOOL["_points"](pool))
    read = np.asarray(head.named_points({"latent_3d": points, "scale": scales}))
    terms, found, tested = TOOL["offsets_of_pairs"](pool, read[..., :2])
    assert 0 < tested.sum() < (~tested).sum()
    np.testing.assert_allclose(found, np.broadcast_to(offsets, found.shape), atol=1e-4)
    weights = TOOL["fitted"](terms, found)
    np.testing.assert_allclose(terms @ weights, found.reshape(-1, 63), atol=1e-4)


def test_pairs_that_are_far_off_hardly_count():
    random = np.random.default_rng(0)
    terms = np.c_[np.ones(200), random.normal(size=(200, 8))]
    weights = random.normal(size=(9, 63))
    offsets = (terms @ weights + random.normal(0, 0.1, (200, 63))).reshape(200, 21, 3)
    offsets[:20] += 100
    error = np.abs(TOOL["fitted"](terms, offsets) - weights).max()
    plain = np.linalg.lstsq(terms, offsets.reshape(200, 63), rcond=None)[0]
    assert error < 0.1 and np.abs(plain - weights).max() > 100 * error


def test_terms_are_of_the_direction_in_the_hand_s_axes():
    random = np.random.default_rng(1)
    directions = random.normal(size=(5, 3))
    directions /= np.linalg.norm(directions, axis=1, keepdims=True)
    axes = np.asarray(palm_axes(np.float32(random.normal(size=(5, 21, 3)))))
    x, y, z = np.einsum("paj,pj->ap", axes, directions)
    expected = [np.ones(5), x, y, z, x * x, y * y, x * y, x * z, y * z]
    found = TOOL["terms_of"](directions, axes)
    np.testing.assert_allclose(found, np.transpose(expected), atol=1e-5)
