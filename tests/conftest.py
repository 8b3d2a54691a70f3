"""Fixtures shared by all tests."""

import os
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "-1")

import pytest


@pytest.fixture(scope="session")
def shared_dir():
    """Folder with real recordings and weights beside the project; skips if absent."""
    path = Path(__file__).resolve().parents[2] / "shared"
    if not (path / "recordings").is_dir():
        pytest.skip("needs the recordings and weights beside the project (../shared)")
    return path
