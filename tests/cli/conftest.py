"""The tiny rig of the recordings' tests."""

from tests.recordings.conftest import cameras, rig_dir

__all__ = ["cameras", "rig_dir"]
