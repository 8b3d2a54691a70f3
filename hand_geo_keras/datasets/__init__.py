"""Prepared instants: crops, backgrounds, virtual cameras and labels on disk."""

from hand_geo_keras.datasets.features import instant_features
from hand_geo_keras.datasets.instant_pool import (
    InstantPool,
    load_instants,
    pool_of_instants,
)
from hand_geo_keras.datasets.preparation import Preparation
from hand_geo_keras.datasets.prepare import prepare_recording

__all__ = [
    "InstantPool",
    "Preparation",
    "instant_features",
    "load_instants",
    "pool_of_instants",
    "prepare_recording",
]
