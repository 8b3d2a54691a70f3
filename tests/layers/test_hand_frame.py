import numpy as np

from hand_geo_keras.geometry import virtual_camera
from hand_geo_keras.geometry.boxes import square_box
from hand_geo_keras.layers import HandFrame
from hand_geo_keras.synthetic.cameras import WORKSPACE_MM, dome_cameras


def place(shape, seed=0):
    rng = np.random.default_rng(seed)
    return {
        "hand_center": rng.normal(size=(*shape, 2)).astype("float32") * 0.1,
        "crop_scale": rng.uniform(50, 200, shape).astype("float32"),
    }


def test_there_and_back_is_the_identity():
    points = np.random.default_rng(0).normal(size=(2, 4, 7, 3)).astype("float32")
    where = place((2, 4))
    there = HandFrame()({"latent_3d": points, **where})
    back = HandFrame(inverse=True)({"latent_3d": there, **where})
    np.testing.assert_allclose(back, points, atol=1e-5)


def test_real_joints_of_two_views_differ_by_a_rotation_only():
    """Points in two crops of one hand, made with cameras, meet in the hand's frame."""
    rng = np.random.default_rng(0)
    hand = WORKSPACE_MM + rng.normal(size=3) * 20
    joints = hand + rng.normal(size=(21, 3)) * 30
    found = []
    for camera in (dome_cameras()[3], dome_cameras()[17]):
        crop = virtual_camera(camera, square_box(camera.project(joints), 0.4), 64)
        half, depth = 32, crop.to_camera(hand)[2]
        scale = depth * half / crop.K[0, 0]
        seen = (crop.project(joints) - 31.5) / half
        toward = (crop.to_camera(joints)[:, 2:] - depth) / scale
        points = HandFrame()(
            {
                "latent_3d": np.concatenate([seen, toward], -1),
                "hand_center": (crop.project(hand) - 31.5) / half,
                "crop_scale": scale,
            }
        )
        found.append(np.asarray(points) @ crop.R)  # to the world's axes
    # Perspective is all that is left: hands are small and cameras 3 m away.
    assert np.abs(found[0] - found[1]).max() < 0.05
    np.testing.assert_allclose(found[0], (joints - hand) / 100, atol=0.05)
