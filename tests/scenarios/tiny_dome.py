"""The tiny synthetic dome, rendered once for all tests that want it."""

import functools
import json
import os
import shutil
from pathlib import Path

from hand_geo_keras.datasets import prepare_dataset
from hand_geo_keras.io import locked


@functools.cache
def rendered_dome():
    """A `data_dir` that holds `synthetic_tiny`, with crops of 32 px; to be read only.

    Whichever of a run's processes asks first renders it.
    """
    folder = Path(os.environ["HAND_GEO_TEST_HOME"]) / "tiny_dome"
    with locked(folder, wait=300):
        prepare_dataset("synthetic_tiny", folder, 32, progress=False)
    return folder


def make_dome(folder):
    """A tiny dome of the test's own; its second training subject is for validation.

    Returns:
        `PreparedData`, crops of 32 px.
    """
    dome = folder / "dome"
    shutil.copytree(rendered_dome() / "synthetic_tiny", dome)
    splits = {"train": ["S0"], "validation": ["S1"], "test": ["S9"]}
    (dome / "splits.json").write_text(json.dumps(splits))
    return prepare_dataset(str(dome), folder / "data", 32, progress=False)
