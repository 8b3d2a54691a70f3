"""The tiny synthetic dome with a validation subject, prepared for tests."""

import json

from hand_geo_keras.datasets import prepare_dataset
from hand_geo_keras.synthetic import sequences_of, write_dome


def make_dome(folder):
    """Renders the tiny dome; its second training subject serves for validation.

    Returns:
        `PreparedData`, crops of 32 px.
    """
    dome = folder / "dome"
    write_dome(dome, sequences_of("tiny"))
    splits = {"train": ["S0"], "validation": ["S1"], "test": ["S9"]}
    (dome / "splits.json").write_text(json.dumps(splits))
    return prepare_dataset(str(dome), folder / "data", 32, progress=False)
