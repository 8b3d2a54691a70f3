"""Fixtures shared by all tests."""

import atexit
import gc
import os
import shutil
import sys
import tempfile
from pathlib import Path

from tests.xla_flags import xla_flags

os.environ.setdefault("CUDA_VISIBLE_DEVICES", "-1")
# Tests run in two processes, and tiny networks make threads wait more than work.
os.environ.setdefault("TF_NUM_INTRAOP_THREADS", "1")
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
os.environ.setdefault("XLA_FLAGS", xla_flags())

# Models that tests convert are kept for all of a run's processes, and no longer.
if "HAND_GEO_TEST_HOME" not in os.environ:
    os.environ["HAND_GEO_TEST_HOME"] = tempfile.mkdtemp(prefix="hand_geo_tests_")
    atexit.register(shutil.rmtree, os.environ["HAND_GEO_TEST_HOME"], True)
os.environ["KERAS_HOME"] = os.environ["HAND_GEO_TEST_HOME"]
# Whatever reads a hand, it is compared with what TensorFlow computes.
os.environ.setdefault("HAND_GEO_ENGINE", "litert_float32")

import pytest

import hand_geo_keras  # noqa: F401 - before anything imports TensorFlow, which talks

# isort: split
from tests.eager import eagerly  # imports TensorFlow, which is frozen below

# Tracing makes objects by the million, and Keras collects garbage between models: what
# is imported need not be looked at each time, nor the rest every few hundred objects.
gc.freeze()
gc.set_threshold(50_000, 20, 50)


# What takes longest, most in a fixture. Begun last, one process would wait for another.
LONG = (
    "tests/studies/test_ablations.py",
    "tests/studies/test_table1.py",
    "tests/test_tutorial.py",
    "tests/test_conformance.py",
    "tests/test_two_replicas.py",
    "tests/test_entry_points.py",
    "tests/test_notebooks.py",
    "tests/studies/test_minutes.py",
    "tests/scenarios/test_recording.py",
    "tests/studies/test_real_rig.py",
    "tests/cli/test_examples.py",
    "tests/callbacks/test_resumed_models.py",
)


def pytest_collection_modifyitems(items):
    """Long files first; `--no-loadscope-reorder` keeps this order."""
    places = {name: place for place, name in enumerate(LONG)}
    items.sort(key=lambda item: places.get(item.nodeid.partition("::")[0], len(LONG)))


@pytest.fixture(scope="session")
def shared_dir():
    """Folder with real recordings and weights beside the project; skips if absent."""
    path = Path(__file__).resolve().parents[2] / "shared"
    if not (path / "recordings").is_dir():
        pytest.skip("needs the recordings and weights beside the project (../shared)")
    return path


@pytest.fixture(autouse=True)
def same_random_numbers():
    """Untrained networks start alike in every run, alone or after other tests."""
    _seed()


@pytest.fixture(scope="session")
def boxed_preset(tmp_path_factory):
    """Folder of a preset that must be told where the hand is."""
    from hand_geo_keras.models import (
        PoseEstimator,
        PoseHead,
        UNetEncoder,
        save_to_preset,
    )

    encoder = UNetEncoder(32, widths=(4, 8, 8), num_points=12, appearance_dim=4)
    model = PoseEstimator(encoder, PoseHead(12, hidden_units=(16,)))
    folder = tmp_path_factory.mktemp("presets") / "boxed"
    save_to_preset(folder, model)
    return folder


@pytest.fixture(scope="module")
def eager_training():
    """Steps run as they are written, for modules that train many networks for two.

    Tracing a step takes longer than making two; `tests/models` trains in graphs.
    """
    with eagerly():
        yield


def pytest_fixture_setup(fixturedef, request):
    """The same for models that tests share, whichever test asks for them first."""
    del request
    if fixturedef.scope != "function":
        _seed()


def _seed():
    if "keras" in sys.modules:
        sys.modules["keras"].utils.set_random_seed(0)
