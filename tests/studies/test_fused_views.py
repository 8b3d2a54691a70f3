"""Fusion measured on the tiny dome, by models whose errors are known."""

import csv
import types

import cv2
import numpy as np
import pytest

from hand_geo_keras.datasets import Part
from hand_geo_keras.errors import DatasetError
from hand_geo_keras.evaluation import hand_places
from hand_geo_keras.models import PoseEstimator, PoseHead, UNetEncoder
from hand_geo_keras.prediction import fuse_latent_points
from hand_geo_keras.studies.fused_views import (
    METHODS,
    measure_fused_views,
    predict_part,
    view_subsets,
    write_outputs,
)
from tests.pool import make_pool
from tests.scenarios.tiny_dome import make_dome
from tests.studies.golden import assert_golden

pytestmark = pytest.mark.usefixtures("eager_training")


class NoisyOracle:
    """Knows every pose up to noise that is large along the line of sight.

    Its latent points are the pose itself; crops carry the number of their view.
    """

    encoder = types.SimpleNamespace(image_size=16)

    def __init__(self, pools, spread=(2.0, 2.0, 20.0)):
        rng = np.random.default_rng(0)
        poses = [pool.poses(np.arange(len(pool.images))) for pool in pools]
        noise = [rng.normal(0, spread, pose.shape) * (pose != 0) for pose in poses]
        self.answers = np.float32(np.concatenate([p + n for p, n in zip(poses, noise)]))

    def latents(self, inputs):
        return self.answers[np.asarray(inputs["image"])[:, 0, 0, 0]]

    def __call__(self, inputs, training=None):
        return inputs["latent_3d"]


def as_split(**pools):
    """What `measure_fused_views` needs of a `Split`."""
    parts = {n: Part(pool, np.arange(len(pool.images))) for n, pool in pools.items()}
    return types.SimpleNamespace(name="made", measured=parts)


@pytest.fixture(scope="module")
def measured():
    """dict from (method, views) to row, for the oracle."""
    validation = make_pool(sequences=1, instants=20, views=4, seed=1)
    test = make_pool(sequences=1, instants=20, views=4, seed=2)
    test.images[..., 0] += 80  # views of both pools are numbered through
    split = as_split(validation=validation, test=test)
    model = NoisyOracle([validation, test])
    rows = measure_fused_views(model, split, (4, 1, 2, 8), 3, progress=False)
    return {(row["method"], row["views"]): row for row in rows}


def test_numbers_of_views_that_no_instant_has_are_left_out(measured):
    assert {count for _, count in measured} == {1, 2, 4}
    assert {method for method, _ in measured} == set(METHODS)
    assert {row["instants"] for row in measured.values()} == {20}
    subsets = {count: row["subsets"] for (_, count), row in measured.items()}
    assert subsets == {1: 3, 2: 3, 4: 1}


def test_one_view_is_the_same_by_every_method(measured):
    errors = [measured[method, 1]["n_mpjpe_mm"] for method in METHODS]
    assert max(errors) - min(errors) < 1e-3


def test_more_views_are_better_and_precision_is_best(measured):
    for method in ("mean", "precision", "latents"):
        errors = [measured[method, count]["n_mpjpe_mm"] for count in (1, 2, 4)]
        assert errors[0] > errors[1] > errors[2]
    four = {method: measured[method, 4]["n_mpjpe_mm"] for method in METHODS}
    assert four["precision"] < 0.6 * four["mean"] < 0.6 * four["best_view"]
    assert four["best_view"] <= four["best_camera"]


def test_hands_are_located_without_labels():
    pool = make_pool(sequences=1, instants=3, views=4)
    target = np.float32([10, -20, 30])
    # Cameras all around that look straight at the target from 700 and 800 mm.
    depths = np.float32([700, 800, 700, 800] * 3)
    pool.translations[:] = -(pool.rotations @ target)
    pool.translations[:, 2] += depths
    pool.joints[:] = np.nan
    pool.valid[:] = False
    centers, scales = hand_places(pool, np.arange(12)).values()
    np.testing.assert_allclose(centers, 0, atol=1e-4)
    np.testing.assert_allclose(scales, depths / 80 * 16 / 2, rtol=1e-4)


def test_latent_points_in_the_crop_fuse_at_the_hand():
    """An oracle whose latent points are the joints' places in the crop."""
    pool = make_pool(sequences=1, instants=1, views=4)
    pool.translations[:] += np.random.default_rng(0).uniform(-90, 90, (4, 3))
    centers, scales = hand_places(pool, np.arange(4)).values()
    origin, scale = np.pad(centers, ((0, 0), (0, 1)))[:, None], scales[:, None, None]
    latents = pool.poses(np.arange(4)) / scale + origin

    def head(inputs, training=None):
        return (inputs["latent_3d"] - origin) * scale

    truth = pool.joints[0] - pool.joints[0, 0]
    fused = fuse_latent_points(head, latents, pool.rotations, centers, scales)
    np.testing.assert_allclose(fused, truth, atol=1e-2)
    rotated_only = fuse_latent_points(head, latents, pool.rotations)
    assert np.abs(rotated_only - truth).mean() > 50 * np.abs(fused - truth).mean()


def test_error_bars_contain_the_mean(measured):
    for row in measured.values():
        assert row["low_mm"] < row["n_mpjpe_mm"] < row["high_mm"]
    assert measured["mean", 1]["std_over_subsets_mm"] > 0
    assert measured["mean", 4]["std_over_subsets_mm"] == 0


def test_subsets_are_different_and_all_where_there_are_few():
    rng = np.random.default_rng(0)
    subsets = view_subsets(4, 2, 100, rng)
    assert {tuple(subset) for subset in subsets} == {
        (a, b) for a in range(4) for b in range(a + 1, 4)
    }
    assert len(view_subsets(8, 4, 5, rng)) == 5


@pytest.fixture(scope="module")
def dome(tmp_path_factory):
    return make_dome(tmp_path_factory.mktemp("dome")).load()


@pytest.fixture(scope="module")
def model(dome):
    parts = UNetEncoder(32, (4, 8), 6, 4), PoseHead(6, hidden_units=(8,))
    model = PoseEstimator(*parts)
    model.adapt(dome.train.poses)
    return model


def test_the_tiny_dome_gives_csv_table_and_figure(dome, model, tmp_path):
    rows = measure_fused_views(model, dome, (1, 3), 2, progress=False)
    figures = {f"{r['method']}_{r['views']}": r for r in rows}
    assert_golden("fused_views", figures, untrained=figures)
    text = write_outputs(tmp_path / "out", rows, dome.name, "tiny_hands")
    assert (tmp_path / "out" / "fused_views.md").read_text() == text
    assert "| N-MPJPE in mm | 1 view | 3 views |" in text and "6 instants" in text
    with (tmp_path / "out" / "fused_views.csv").open() as file:
        lines = list(csv.DictReader(file))
    assert len(lines) == 2 * len(METHODS) and lines[0]["model"] == "tiny_hands"
    assert float(lines[0]["n_mpjpe_mm"]) == pytest.approx(
        rows[0]["n_mpjpe_mm"], abs=1e-3
    )
    assert cv2.imread(str(tmp_path / "out" / "fused_views.png")).std() > 5


def test_a_single_view_has_the_error_that_the_metrics_report(dome, model):
    seen = predict_part(model, dome.measured["test"])
    rows = measure_fused_views(model, dome, (1,), 3, progress=False)
    assert rows[0]["n_mpjpe_mm"] == pytest.approx(seen.errors.mean(), rel=1e-4)


def test_what_cannot_be_measured_is_refused(dome, model):
    with pytest.raises(DatasetError, match="at most 3"):
        measure_fused_views(model, dome, (9,), progress=False)
    other = PoseEstimator(UNetEncoder(16, (4,), 6, 4), PoseHead(6, hidden_units=(8,)))
    with pytest.raises(DatasetError, match="takes 16 px"):
        measure_fused_views(other, dome, progress=False)
    without = types.SimpleNamespace(name="mine", measured={})
    with pytest.raises(DatasetError, match="no validation subject"):
        measure_fused_views(model, without)
