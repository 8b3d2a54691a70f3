"""`presets`: what ships, described by its card."""

import numpy as np
import pytest

from hand_geo_keras.models import PoseEstimator, ViewSynthesizer
from hand_geo_keras.models.preset_cards import card_results


@pytest.mark.parametrize("model_class", [PoseEstimator, ViewSynthesizer])
def test_what_is_listed_loads_and_has_as_many_weights(model_class):
    assert model_class.presets
    for name, preset in model_class.presets.items():
        model = model_class.from_preset(name)
        parts = [getattr(model, part) for part in model_class.preset_parts]
        count = sum(int(np.prod(w.shape)) for part in parts for w in part.weights)
        metadata = preset["metadata"]
        assert metadata["params"] == count
        assert metadata["bytes"] < 5_000_000
        assert len(metadata["description"]) > 40 and metadata["results"]
        assert all("measured on" in row for row in metadata["results"])


def test_presets_with_a_decoder_are_of_both_kinds():
    assert "hand_128" in PoseEstimator.presets
    assert "hand_128" in ViewSynthesizer.presets


CARD = """# mine

What it is.

## Data

| a | b |
| --- | --- |
| 1 | 2 |

## Results

|  | mm | dB |
| --- | --- | --- |
| desk | 25.3 | - |
| dome | 31 | 17 |

Text.

| c |
| --- |
| 4 |
"""


def test_the_table_of_results_is_read():
    assert card_results(CARD) == [
        {"measured on": "desk", "mm": "25.3", "dB": "-"},
        {"measured on": "dome", "mm": "31", "dB": "17"},
    ]


@pytest.mark.parametrize(
    "card", ["", "# a\n\nb", "## Results\n\nNothing.\n\n## Limits\n| a |\n|-|\n| 1 |"]
)
def test_a_card_without_results(card):
    assert card_results(card) == []
