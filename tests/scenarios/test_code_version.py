"""Results say which code they come from."""

import subprocess

from hand_geo_keras._version import __version__
from hand_geo_keras.scenarios import code_version as module
from hand_geo_keras.scenarios.code_version import code_version


def test_a_checkout_names_its_commit_and_changes(monkeypatch):
    answers = {"rev-parse": "0123456789", "status": ""}
    monkeypatch.setattr(module, "_git", lambda folder, *of: answers[of[0]])
    assert code_version() == "0123456789"
    answers["status"] = " M table.py"
    assert code_version() == "0123456789+"


def test_an_installed_package_names_its_version(monkeypatch):
    def none_here(*_):
        raise subprocess.CalledProcessError(128, "git")

    monkeypatch.setattr(module, "_git", none_here)
    assert code_version() == f"v{__version__}"
