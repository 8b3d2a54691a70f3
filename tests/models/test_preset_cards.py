"""`presets`: what ships, described by its card."""

import numpy as np
import pytest

from hand_geo_keras.models import PoseEstimator, ViewSynthesizer
from hand_geo_keras.models.preset_cards import card_results
from hand_geo_keras.pipelines.crop_geometry import CropView
from hand_geo_keras.synthetic import SyntheticSequence, sequences_of
from hand_geo_keras.synthetic.cameras import dome_cameras


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


def test_mediapipe_s_joints_are_near_those_inside_the_hand():
    sequence = SyntheticSequence(sequences_of("tiny")[0], 0)
    hand = next(filter(None, map(sequence.hand, range(len(sequence.timeline)))))
    camera = dome_cameras()[0]
    seen = (hand.joints - hand.joints.mean(0)) @ camera.R.T + [0, 0, 600]
    scale = np.array([0.2], "float32")
    points = CropView(np.eye(3), 320, 128).points(seen)
    given = {"latent_3d": np.float32(np.pad(points, ((0, 43), (0, 0))))[None]}
    given["scale"] = scale
    inside, mediapipe = (
        PoseEstimator.from_preset(name).pose_head
        for name in ("hand_128", "hand_128_mediapipe")
    )
    apart = np.linalg.norm(inside(given) - mediapipe(given), axis=-1)
    assert 3 < apart[0, 1:].mean() < 15  # mm
    moved = mediapipe.named_points(given)[0, :, :2] - points[:, :2]
    assert 0.005 < np.linalg.norm(moved, axis=-1).mean() / 2 < 0.05  # of the crop


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
