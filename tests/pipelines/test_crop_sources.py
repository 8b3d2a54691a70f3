import dataclasses

import numpy as np
import pytest

from hand_geo_keras.errors import DatasetError
from hand_geo_keras.pipelines.crop_geometry import ViewJitter
from hand_geo_keras.pipelines.crop_sources import PoolViews
from hand_geo_keras.pipelines.crop_stream import CropStream
from tests.pool import make_pool

STILL = ViewJitter(roll_degrees=0.0, any_roll=0.0, shift=0.0, zoom=0.0)


def test_crops_of_a_pool_have_the_poses_of_the_pool():
    pool = make_pool()
    view = 5
    stream = CropStream(PoolViews(pool, [view]), 2, 0, STILL, 0.0, 0.0)
    batch = stream.batch(0)
    joints = pool.joints[pool.instant_of_view[view]] @ pool.rotations[view].T
    joints = joints + pool.translations[view]
    half_over_focal = batch["scale"][:, None]
    # Back from 2.5D points to mm, by the definition of the points.
    z = joints[0, 2] * (1 + batch["points"][..., 2] * half_over_focal)
    xy = batch["points"][..., :2] * (half_over_focal * z)[..., None]
    found = np.concatenate([xy, z[..., None]], -1)
    inside = batch["weights"] > 0
    assert inside.any()
    np.testing.assert_allclose(found[inside], np.stack([joints] * 2)[inside], atol=0.1)


def test_views_without_a_labelled_wrist_are_left_out():
    pool = make_pool()
    valid = pool.valid.copy()
    valid[0, 0] = False
    views = PoolViews(dataclasses.replace(pool, valid=valid), np.arange(6))
    assert len(views.views(0, 0, 4)) == 3  # of two instants of three views


def test_no_labelled_view_at_all_is_refused():
    pool = make_pool()
    nothing = dataclasses.replace(pool, valid=np.zeros_like(pool.valid))
    with pytest.raises(DatasetError, match="wrist"):
        PoolViews(nothing, [0, 1])


def test_joints_without_a_label_may_be_anything():
    pool = make_pool()
    pool.valid[:, 5], pool.joints[:, 5] = False, np.nan
    batch = CropStream(PoolViews(pool, [0]), 2, 0, STILL, 0.0, 0.0).batch(0)
    assert np.isfinite(batch["points"]).all() and not batch["weights"][:, 5].any()
