import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from hand_geo_keras.evaluation import errors_of_each, n_mpjpe_of_each, pose_errors


@pytest.fixture
def poses():
    rng = np.random.default_rng(0)
    truth = rng.normal(size=(6, 21, 3)).astype(np.float32) * 40
    truth[:, 0] = 0
    return truth, truth + rng.normal(size=truth.shape).astype(np.float32) * 5


def test_errors_agree_among_themselves(poses):
    truth, predicted = poses
    valid = np.ones((6, 21), bool)
    errors = pose_errors(truth, predicted, valid)
    each = n_mpjpe_of_each(truth, predicted, valid)
    assert errors["n_mpjpe_mm"] == pytest.approx(each.mean(), rel=1e-4)
    joints = list(errors["per_joint_n_mpjpe_mm"].values())
    assert errors["n_mpjpe_mm"] == pytest.approx(np.mean(joints), rel=1e-4)
    fingers = list(errors["per_finger_n_mpjpe_mm"].values())
    assert np.mean(fingers) == pytest.approx(np.mean(joints[1:]), rel=1e-4)


def test_scale_and_invalid_joints_do_not_count(poses):
    truth, _ = poses
    valid = np.ones((6, 21), bool)
    valid[:, 7] = False
    predicted = 1.3 * truth
    predicted[:, 7] = 1e3
    errors = pose_errors(truth, predicted, valid)
    assert errors["n_mpjpe_mm"] == pytest.approx(0, abs=1e-3)
    assert n_mpjpe_of_each(truth, predicted, valid) == pytest.approx(0, abs=1e-3)
    assert errors["mpjpe_mm"] > 10


def test_errors_of_each_pose_follow_their_definitions(poses):
    truth, predicted = poses
    valid = np.ones((6, 21), bool)
    valid[2, 4] = False
    each = errors_of_each(truth, predicted, valid)
    for k in range(6):
        one, other = truth[k][valid[k]], predicted[k][valid[k]]
        wrist = _scaled_distance(one, other)
        assert each["n_mpjpe_mm"][k] == pytest.approx(wrist, rel=1e-4)
        centroid = _scaled_distance(one - one.mean(0), other - other.mean(0))
        assert each["n_mpjpe_centroid_mm"][k] == pytest.approx(centroid, rel=1e-4)
        rotation, _ = Rotation.align_vectors(one - one.mean(0), other - other.mean(0))
        aligned = _scaled_distance(
            one - one.mean(0), rotation.apply(other - other.mean(0))
        )
        assert each["pa_mpjpe_mm"][k] == pytest.approx(aligned, rel=1e-4)


def test_a_shifted_pose_is_wrong_about_the_wrist_only(poses):
    truth, _ = poses
    errors = errors_of_each(truth, truth + 5.0, np.ones((6, 21), bool))
    assert (errors["n_mpjpe_mm"] > 5).all()
    assert errors["n_mpjpe_centroid_mm"] == pytest.approx(0, abs=1e-3)
    assert errors["pa_mpjpe_mm"] == pytest.approx(0, abs=1e-3)


def _scaled_distance(truth, predicted):
    scale = (predicted * truth).sum() / (predicted**2).sum()
    return np.linalg.norm(scale * predicted - truth, axis=1).mean()


def test_joints_that_are_never_labelled_do_not_count(poses):
    truth, predicted = poses
    valid = np.ones((6, 21), bool)
    valid[:, 4::4] = False  # no fingertip is labelled
    valid[3] = False
    expected = pose_errors(truth, predicted, valid)
    joints = expected["per_joint_n_mpjpe_mm"]
    thumb = [joints[name] for name in ("thumb_cmc", "thumb_mcp", "thumb_ip")]
    fingers = expected["per_finger_n_mpjpe_mm"]
    assert fingers["thumb"] == pytest.approx(np.mean(thumb), rel=1e-5)
    unknown = np.where(valid[..., None], truth, np.nan)
    assert pose_errors(unknown, predicted, valid) == expected
    for each in errors_of_each(unknown, predicted, valid).values():
        assert np.isnan(each).tolist() == [False, False, False, True, False, False]
