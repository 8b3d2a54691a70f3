import dataclasses

import numpy as np
import pytest

from hand_geo_keras.datasets import load_instants
from hand_geo_keras.errors import DatasetError
from tests.pool import make_pool


def test_select_keeps_views_and_labels_together():
    pool = make_pool(sequences=1, instants=4, views=3)
    part = pool.select([1, 3])
    assert len(part) == 2 and len(part.images) == 6
    np.testing.assert_array_equal(part.views, [[0, 1, 2], [3, 4, 5]])
    np.testing.assert_array_equal(part.instant_of_view, [0, 0, 0, 1, 1, 1])
    np.testing.assert_array_equal(part.images[3], pool.images[pool.views[3, 0]])
    np.testing.assert_array_equal(part.joints[1], pool.joints[3])
    by_mask = pool.select(np.array([False, True, False, True]))
    np.testing.assert_array_equal(by_mask.images, part.images)


def test_select_keeps_the_padding_of_missing_views():
    pool = make_pool(sequences=1, instants=2, views=2)
    pool.views[1, 1] = -1
    assert pool.select([1]).views.tolist() == [[0, -1]]


def test_left_hands_become_right_hands():
    """A mirrored world: images flipped, rotations still rotations, poses mirrored."""
    right = make_pool(sequences=1, instants=1)
    left = make_pool(sequences=1, instants=1, side="left")
    assert left.mirrored.all() and not right.mirrored.any()
    np.testing.assert_array_equal(left.images, right.images[:, :, ::-1])
    np.testing.assert_allclose(np.linalg.det(left.rotations), 1, atol=1e-5)
    views = np.arange(3)
    np.testing.assert_allclose(
        left.poses(views), right.poses(views) * [-1, 1, 1], atol=1e-4
    )


@pytest.mark.parametrize("side", ["right", "left"])
def test_the_hand_is_where_all_virtual_cameras_look(side):
    """The test pool's cameras all look at the origin, from 800 mm."""
    pool = make_pool(side=side)
    np.testing.assert_allclose(pool.hand_points, np.zeros((8, 3)), atol=1e-3)
    pool.num_views[1] = 1  # its other views are padding now
    lonely = dataclasses.replace(pool)
    assert np.isnan(lonely.hand_points).any(1).tolist() == [i == 1 for i in range(8)]


def test_a_folder_without_instants_is_a_typed_error(tmp_path):
    with pytest.raises(DatasetError, match=r"preparation.json is missing"):
        load_instants(tmp_path)


def test_crops_leave_out_the_context():
    pool = make_pool(crop_size=16, stored_size=24)
    views = np.array([3, 0])
    np.testing.assert_array_equal(pool.crops(views), pool.images[views, 4:20, 4:20])
    expected = pool.backgrounds[5, 4:20, 4:20]
    np.testing.assert_array_equal(pool.background_crops(5), expected)
