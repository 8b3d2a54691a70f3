"""TFDS dataset `panoptic_hands`; importing this registers it."""

from hand_geo_keras.datasets.panoptic_hands.panoptic_hands_config import (
    PanopticHandsConfig,
)
from hand_geo_keras.datasets.panoptic_hands.panoptic_hands_dataset_builder import (
    Builder,
)

__all__ = ["Builder", "PanopticHandsConfig"]
