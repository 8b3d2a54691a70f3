import dataclasses

import numpy as np
import pytest

from hand_geo_keras.geometry import triangulate
from hand_geo_keras.labelling import Observations, fit_sequence
from hand_geo_keras.labelling.bone_lengths import PAIRS, bone_lengths, pair_lengths
from tests.labelling.fake_reader import true_joints

TRUTH = np.stack([true_joints(frame) for frame in range(24)])


def observed(cameras, noise=0.0, seed=0, std=None):
    pixels = np.stack([camera.project(TRUTH) for camera in cameras])
    pixels += np.random.default_rng(seed).normal(0, noise, pixels.shape)
    std = np.full(pixels.shape[:-1], max(noise, 0.05) if std is None else std)
    return Observations(np.arange(len(TRUTH)), pixels, std, 30.0)


def error(joints):
    return np.linalg.norm(joints - TRUTH, axis=-1).mean()


def jitter(joints):
    """Mean acceleration in mm per frame², beyond that of the true motion."""
    return np.linalg.norm(np.diff(joints - TRUTH, 2, axis=0), axis=-1).mean()


def test_without_noise_the_joints_are_exact(cameras):
    lengths = pair_lengths(TRUTH).mean(0)
    fitted = fit_sequence(cameras, observed(cameras), lengths)
    assert error(fitted.joints) < 0.3
    assert fitted.weights.min() > 0.5


def test_two_noisy_views_are_better_fitted_than_triangulated(cameras):
    pair = cameras[:2]
    seen = observed(pair, noise=0.5)
    raw = triangulate(pair, seen.pixels)
    fitted = fit_sequence(pair, seen)
    assert error(fitted.joints) < 0.75 * error(raw)
    assert jitter(fitted.joints) < 0.5 * jitter(raw)


def test_smoothing_does_not_lag(cameras):
    """A fast hand: shifted by a frame either way, the fit is worse."""
    fast = TRUTH + np.arange(24)[:, None, None] * [8.0, 0, 0] - [96.0, 0, 0]
    pixels = np.stack([camera.project(fast) for camera in cameras])
    pixels += np.random.default_rng(0).normal(0, 0.3, pixels.shape)
    std = np.full(pixels.shape[:-1], 0.3)
    joints = fit_sequence(cameras, Observations(np.arange(24), pixels, std)).joints
    offset = (joints - fast)[4:-4, :, 0].mean()  # along the motion, in mm
    assert abs(offset) < 1.0


def test_a_view_that_is_wrong_for_a_while_does_not_count(cameras):
    seen = observed(cameras, noise=0.2)
    clean = error(fit_sequence(cameras, seen).joints)
    seen.pixels[2, 8:12, 5:9] += [9.0, -7.0]
    fitted = fit_sequence(cameras, seen)
    assert fitted.weights[2, 8:12, 5:9].max() < 0.1
    assert error(fitted.joints) < 1.2 * clean + 0.1


def test_a_joint_that_one_view_sees_is_held_by_its_bones(cameras):
    pair = cameras[:2]
    seen = observed(pair, noise=0.1)
    seen.pixels[1, :, 7] = np.nan
    fitted = fit_sequence(pair, seen, pair_lengths(TRUTH).mean(0))
    off = np.linalg.norm(fitted.joints[:, 7] - TRUTH[:, 7], axis=-1)
    assert off.mean() < 6
    assert (fitted.std[:, 7] > fitted.std[:, 5]).all()


def test_uncertainty_is_that_of_the_errors(cameras):
    """Over many trials, errors are of the size that is stated."""
    seen = [observed(cameras, noise=0.4, seed=seed) for seed in range(3)]
    lengths = pair_lengths(TRUTH).mean(0)
    fits = [fit_sequence(cameras, one, lengths) for one in seen]
    errors = np.stack([fit.joints - TRUTH for fit in fits])
    measured = np.sqrt((errors**2).sum(-1).mean())
    stated = np.sqrt((fits[0].std ** 2).mean())
    # Smoothing makes the truth better than each frame by itself would be.
    assert 0.3 * stated < measured < 1.2 * stated


def test_gaps_in_time_are_not_smoothed_over(cameras):
    seen = observed(cameras, noise=0.1)
    keep = np.r_[0:6, 18:24]
    part = Observations(keep, seen.pixels[:, keep], seen.std[:, keep], 30.0)
    joints = fit_sequence(cameras, part).joints
    assert np.linalg.norm(joints - TRUTH[keep], axis=-1).mean() < 2


def test_one_frame_is_enough(cameras):
    seen = observed(cameras, noise=0.1)
    part = Observations(np.array([3]), seen.pixels[:, 3:4], seen.std[:, 3:4], 30.0)
    joints = fit_sequence(cameras, part).joints
    assert np.linalg.norm(joints[0] - TRUTH[3], axis=-1).mean() < 3


def test_lengths_are_medians_pulled_to_typical_proportions():
    measured = pair_lengths(TRUTH[:1])[0]
    np.testing.assert_allclose(bone_lengths(TRUTH[:1], typical=0), measured)
    blended = bone_lengths(TRUTH[:1], typical=1)
    ratio = blended[:20] / blended[8]
    assert ratio[9] == pytest.approx(0.5) and len(blended) == len(PAIRS)
    doubled = bone_lengths(2 * TRUTH[:1])
    np.testing.assert_allclose(doubled, 2 * bone_lengths(TRUTH[:1]))


def test_the_views_own_shapes_decide_what_nobody_sees(cameras):
    """A fingertip that no view sees, a little off in every view's own guess."""
    pair = cameras[:2]
    seen = observed(pair, noise=0.1)
    seen.pixels[:, :, [7, 8]] = np.nan
    lengths = pair_lengths(TRUTH).mean(0)
    without = fit_sequence(pair, seen, lengths).joints
    shapes = np.stack([TRUTH - TRUTH[:, :1]] * 2)
    shapes += np.random.default_rng(0).normal(0, 4, shapes.shape)
    shapes[0, ::2] = np.nan  # not every view tells
    seen = dataclasses.replace(seen, shapes=shapes)
    fitted = fit_sequence(pair, seen, lengths).joints
    off = [np.linalg.norm((j - TRUTH)[:, 8], axis=-1).mean() for j in (without, fitted)]
    assert off[1] < 12 and off[1] < 0.5 * off[0]


def test_wrong_shapes_do_little_harm_where_views_see(cameras):
    seen = observed(cameras, noise=0.2)
    clean = error(fit_sequence(cameras, seen).joints)
    shapes = np.random.default_rng(0).normal(0, 40, (3, *TRUTH.shape))
    fitted = fit_sequence(cameras, dataclasses.replace(seen, shapes=shapes))
    assert error(fitted.joints) < clean + 1.0
