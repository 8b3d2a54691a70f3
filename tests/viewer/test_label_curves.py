import cv2
import numpy as np

from hand_geo_keras.viewer.label_curves import save_label_curves


def colours(path):
    picture = cv2.imread(str(path))[..., ::-1].reshape(-1, 3)
    return {tuple(map(int, colour)) for colour in np.unique(picture, axis=0)}


def test_ours_and_the_papers_curves_are_drawn(tmp_path):
    ours = {"fine_tuned": [(640, 20.0, 1.0), (64, 30.0, 2.0)]}
    paper = {"supervised": [(64, 50.97), (28592, 16.46)]}
    save_label_curves(tmp_path / "with.png", ours, paper, mean_pose=60.0)
    save_label_curves(tmp_path / "without.png", {}, paper)
    red = (214, 39, 40)  # of fine_tuned
    assert red in colours(tmp_path / "with.png")
    assert red not in colours(tmp_path / "without.png")
