import cv2
import numpy as np
import pytest

from hand_geo_keras.visualization import curves
from hand_geo_keras.visualization.curves import Line, Panel, save_curves

RED = (214, 39, 40)


def colours(path):
    image = cv2.imread(str(path))[..., ::-1].reshape(-1, 3)
    return {tuple(map(int, colour)) for colour in np.unique(image, axis=0)}


@pytest.mark.parametrize("xscale", ["log", "log2", "equal"])
@pytest.mark.parametrize("bars", [(), (1.0,), (19.0, 24.0)])
def test_lines_are_plotted_on_every_scale_with_every_bar(tmp_path, xscale, bars):
    points = [(640, 20.0, *bars), (64, 21.0, *bars)]
    red = Panel([Line(points, "ours", {"color": "tab:red"})], "x", "y", xscale)
    grey = Panel([Line(points, "ours", {"color": "0.5"})], "x", "y", xscale)
    save_curves(tmp_path / "with.png", [red, grey], "Title")
    save_curves(tmp_path / "without.png", [grey])
    assert RED in colours(tmp_path / "with.png")
    assert RED not in colours(tmp_path / "without.png")
    assert len(list(tmp_path.iterdir())) == 2  # nothing temporary is left


def test_what_panels_have_in_common_is_told_once(tmp_path, monkeypatch):
    told = {}
    monkeypatch.setattr(
        curves,
        "save_figure",
        lambda figure, *args, **kwargs: told.update(
            {
                axes.get_xlabel(): [
                    text.get_text() for text in axes.get_legend().get_texts()
                ]
                if axes.get_legend()
                else []
                for axes in figure.axes
            }
        ),
    )
    same, other = Line([(1, 2), (2, 1)], "ours"), Line([(1, 3), (2, 2)], "theirs")
    panels = [
        Panel([same], "first", "mm"),
        Panel([same, other], "second", "mm"),
        Panel([same], "last", "mm", levels=[(2, "mean", {})]),
    ]
    curves.save_curves(tmp_path / "figure.png", panels)
    assert told == {"first": [], "second": ["theirs"], "last": ["mean", "ours"]}
