"""The examples of README and guides run as written, only shorter."""

import re
from pathlib import Path

import cv2
import numpy as np
import pytest

from hand_geo_keras.datasets import Preparation
from hand_geo_keras.prediction import hand_search
from hand_geo_keras.synthetic.wild import WildScene
from tests.eager import eagerly
from tests.scenarios.tiny_rig import make_rig

CROP = Preparation(crop_size=192, context=1.25)
ROOT = Path(__file__).resolve().parents[1]
README, GUIDES = ROOT / "README.md", sorted((ROOT / "examples/guides").glob("*.md"))
SHORTER = (
    ("steps_per_epoch=100, epochs=8", "steps_per_epoch=1, epochs=1"),
    ("steps_per_epoch=100, epochs=6", "steps_per_epoch=1, epochs=1"),
    ("batch_size=8", "batch_size=1"),
    ('"auto"', "None"),  # without ImageNet weights, which need a download
)


def example(word, path=README):
    """The Python example of a page that holds a word."""
    blocks = re.findall(r"```python\n(.*?)```", path.read_text(), re.DOTALL)
    (code,) = [block for block in blocks if word in block]
    return code


def links():
    """`(page, target)` of every link to a file of the project."""
    return [
        (page, target)
        for page in (README, *GUIDES)
        for target in re.findall(r"\]\(([^)#\s]+)\)", page.read_text())
        if not target.startswith("http")
    ]


def named_scripts():
    """`(path, script)` of every script of the examples that a text file names."""
    texts = [
        path
        for ending in ("md", "py", "ipynb")
        for path in ROOT.rglob(f"*.{ending}")
        if not {"build", "runs"} & set(path.relative_to(ROOT).parts)
    ]
    return {
        (str(path.relative_to(ROOT)), script)
        for path in texts
        for script in re.findall(r"examples/[\w/]+\.(?:py|ipynb)", path.read_text())
    }


def run(code):
    variables = {}
    exec(compile(code, "README.md", "exec"), variables)
    return variables


def test_the_notebook_example_runs(tmp_path, monkeypatch):
    code = example("prepare_recording", ROOT / "examples/guides/training.md")
    for long, short in SHORTER:
        assert long in code
        code = code.replace(long, short)
    make_rig(tmp_path / "my_rig")
    monkeypatch.chdir(tmp_path)
    with eagerly():
        assert run(code)["joints_mm"].shape == (1, 21, 3)


def test_the_photo_example_runs(tmp_path, monkeypatch, capsys):
    code = example("hand_geo_keras.predict")
    assert len(code.splitlines()) <= 5
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(hand_search, "_SMALLEST", 1 / 3)  # the hand fills the photo
    photo = rendered_hand()[:, ::-1]  # in the mirror it is a left one
    cv2.imwrite("hand.jpg", photo[..., ::-1])
    (hand,) = run(code)["hands"]
    assert hand.joints.shape == (21, 3) and not hand.joints[0].any()
    assert hand.side == "left"
    assert cv2.imread("pose.png").shape == photo.shape
    printed = capsys.readouterr().out
    assert re.match(r"1 hand in hand.jpg\n  left hand, score (0\.9|1\.0)", printed)


def rendered_hand():
    """A right hand that nothing hides, `[240, 240, 3]` uint8, in a grey room."""
    scene = WildScene(
        3, 5, lambda rng, size: np.full((size, size, 3), 120, np.uint8), CROP
    )
    return scene.view()["image"]


@pytest.mark.parametrize(("page", "target"), links(), ids=str)
def test_linked_files_exist(page, target):
    assert (page.parent / target).exists()


def test_named_scripts_exist():
    named = named_scripts()
    assert ("README.md", "examples/quickstart.ipynb") in named
    missing = [f"{p} names {s}" for p, s in named if not (ROOT / s).exists()]
    assert not missing, "\n".join(missing)


def test_a_cell_walks_where_contributing_says():
    text = (ROOT / ".github/CONTRIBUTING.md").read_text()
    places = re.findall(r"^\d\. `([\w/]+\.py):(\w+)`", text, re.MULTILINE)
    assert 2 < len(places) <= 8
    for name, function in places:
        (file,) = [
            path
            for path in (ROOT, ROOT / "examples", ROOT / "hand_geo_keras")
            if (path / name).is_file()
        ]
        assert f"\ndef {function}(" in (file / name).read_text()


def test_every_guide_is_listed():
    index = (ROOT / "examples/guides/README.md").read_text()
    assert all(f"({path.name})" in index for path in GUIDES if path.name != "README.md")


def test_readme_is_short():
    assert len(README.read_text().splitlines()) <= 150
