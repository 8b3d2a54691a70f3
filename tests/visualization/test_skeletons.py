import numpy as np
from matplotlib.figure import Figure

from hand_geo_keras.geometry.skeleton import EDGES, JOINT_COLORS
from hand_geo_keras.visualization.figure_grid import (
    image_cell,
    latent_cell,
    pose_cell,
    save_figure_grid,
)
from hand_geo_keras.visualization.skeletons import overlay_skeleton, plot_skeleton


def fan():
    """A hand seen from above: five straight fingers."""
    pixels = np.zeros((21, 2))
    pixels[0] = (50, 90)
    for finger in range(5):
        for joint in range(4):
            angle = np.radians(-150 + 30 * finger)
            reach = 14 + 10 * joint
            pixels[1 + 4 * finger + joint] = (
                50 + reach * np.cos(angle),
                90 + reach * np.sin(angle),
            )
    return pixels


def test_joints_have_their_fingers_colour():
    blank = np.zeros((100, 100, 3), np.uint8)
    overlaid = overlay_skeleton(blank, fan())
    assert (blank == 0).all()  # the input is left alone
    for joint in (4, 8, 12, 16, 20):
        column, row = np.round(fan()[joint]).astype(int)
        assert tuple(overlaid[row, column]) == JOINT_COLORS[joint]


def test_bones_to_unknown_joints_are_left_out():
    pixels = fan()
    pixels[5:9] = np.nan
    blank = np.zeros((100, 100, 3), np.uint8)
    overlaid = overlay_skeleton(blank, pixels)
    colours = {tuple(colour) for colour in overlaid.reshape(-1, 3)}
    assert JOINT_COLORS[5] not in colours and JOINT_COLORS[9] in colours


def test_plots_have_one_line_for_every_bone_in_2d_and_3d():
    pose = np.random.default_rng(0).normal(size=(21, 3))
    flat = Figure().add_subplot()
    plot_skeleton(flat, pose)
    assert len(flat.lines) == len(EDGES)
    spatial = Figure().add_subplot(projection="3d")
    plot_skeleton(spatial, pose, color="0.5", label="true")
    assert len(spatial.lines) == len(EDGES) + 1


def test_a_grid_shows_images_points_and_poses(tmp_path):
    rng = np.random.default_rng(0)
    image = rng.integers(0, 255, (16, 16, 3), dtype=np.uint8)
    cells = [
        image_cell(image, "a caption"),
        latent_cell(rng.normal(size=(20, 3))),
        pose_cell(100 * rng.normal(size=(21, 3)), rng.normal(size=(21, 3))),
    ]
    path = tmp_path / "panel.png"
    save_figure_grid(path, [("frame 3", cells), ("4", cells[:1])], ["input"], "Title")
    assert path.read_bytes().startswith(b"\x89PNG")
    assert list(tmp_path.iterdir()) == [path]  # nothing temporary is left
