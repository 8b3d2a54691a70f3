"""What is said of an installation: any OpenCV will do, two are one too many."""

import importlib.metadata

import pytest

from hand_geo_keras import installation
from hand_geo_keras.cli import main

NEEDED = dict.fromkeys(("tensorflow", "keras", "keras-cv", "numpy"), "3.0")
NEEDED["tensorflow-datasets"] = "4.9"


@pytest.fixture
def installed(monkeypatch):
    """A dict of what is installed, instead of what really is."""
    versions = dict(NEEDED)

    def version(name):
        if name not in versions:
            raise importlib.metadata.PackageNotFoundError(name)
        return versions[name]

    monkeypatch.setattr(importlib.metadata, "version", version)
    return versions


@pytest.mark.parametrize("name", installation.OPENCV)
def test_any_opencv_will_do(installed, name):
    installed[name] = "5.0.0.93"
    assert installation.installation_problems() == []
    assert installation.installed_versions()[name] == "5.0.0.93"


def test_two_at_once_are_said_with_the_way_out(installed, capsys):
    installed |= {"opencv-python": "5.0.0.93", "opencv-contrib-python": "5.1.0"}
    (problem,) = installation.installation_problems()
    assert "2 packages own the module cv2" in problem
    assert "pip uninstall -y opencv-python opencv-contrib-python" in problem
    assert main(["check-install", "--no_devices"]) == 1
    assert "PROBLEM  2 packages own" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("version", "fits"), [("4.12.0.88", False), ("5.0.0", True), ("10.1", True)]
)
def test_an_old_opencv_is_said(installed, version, fits):
    installed["opencv-python-headless"] = version
    problems = installation.installation_problems()
    assert bool(problems) is not fits
    assert fits or "opencv-python-headless is 4.12.0.88" in problems[0]


def test_what_is_missing_is_said(installed):
    del installed["keras"]
    problems = installation.installation_problems()
    assert [text.split()[0] for text in problems] == ["keras", "No"]


def test_this_installation_fits_together(capsys):
    assert main(["check-install", "--no_devices"]) == 0
    printed = capsys.readouterr().out
    assert "hand-geo-keras" in printed and "all fits together" in printed
