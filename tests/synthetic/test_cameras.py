import numpy as np

from hand_geo_keras.synthetic.cameras import (
    SPREAD_CAMERAS,
    WINDOW,
    WORKSPACE_MM,
    dome_cameras,
)


def test_names_and_resolution():
    cameras = dome_cameras()
    assert [camera.name for camera in cameras] == [f"00_{k:02d}" for k in range(31)]
    assert {camera.resolution for camera in cameras} == {WINDOW}


def test_statistics_of_the_real_rig():
    cameras = dome_cameras()
    focal = np.array([camera.K[0, 0] for camera in cameras])
    assert focal.min() >= 1390 and focal.max() <= 1862
    k1, k2 = np.array([camera.distortion[:2] for camera in cameras]).T
    assert ((k1 > -0.29) & (k1 < -0.17)).all()
    assert ((k2 > 0.17) & (k2 < 0.21)).all()
    centers = np.array([camera.center for camera in cameras])
    radius = np.linalg.norm(centers, axis=1)
    assert radius.min() > 2700 and radius.max() < 4000
    assert centers[:, 1].min() > -3450 and centers[:, 1].max() < -650


def test_views_are_spread_over_the_dome():
    centers = np.array([camera.center for camera in dome_cameras()]) - [0, -1100, 0]
    directions = centers / np.linalg.norm(centers, axis=1, keepdims=True)
    pairs = np.triu_indices(31, 1)
    cosines = np.clip((directions @ directions.T)[pairs], -1, 1)
    angles = np.degrees(np.arccos(cosines))
    assert angles.min() > 20
    assert 70 < np.median(angles) < 90
    chosen = directions[list(SPREAD_CAMERAS[:8])]
    nearest = np.degrees(np.arccos(np.clip(directions @ chosen.T, -1, 1))).min(1)
    assert nearest.max() < 75


def test_workspace_is_in_the_centre_of_every_image():
    for camera in dome_cameras():
        centre = (np.array(camera.resolution) - 1) / 2
        assert np.abs(camera.project(WORKSPACE_MM) - centre).max() < 3


def test_cameras_stand_upright():
    for camera in dome_cameras():
        up = camera.project(WORKSPACE_MM - [0, 100.0, 0])
        assert up[1] < camera.project(WORKSPACE_MM)[1] - 20
