"""The tiny recordings of the readers' tests, to be prepared."""

from tests.recordings.conftest import cameras, panoptic_dir, rig_dir  # noqa: F401
