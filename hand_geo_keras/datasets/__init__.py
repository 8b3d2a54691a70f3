"""Prepared instants: crops, backgrounds, virtual cameras and labels on disk."""

from hand_geo_keras.datasets.features import instant_features
from hand_geo_keras.datasets.instant_pool import (
    InstantPool,
    load_instants,
    pool_of_instants,
)
from hand_geo_keras.datasets.preparation import Preparation
from hand_geo_keras.datasets.prepare import prepare_recording
from hand_geo_keras.datasets.tfds_instants import load_tfds_instants

__all__ = [
    "InstantPool",
    "Preparation",
    "instant_features",
    "load_instants",
    "load_tfds_instants",
    "pool_of_instants",
    "prepare_recording",
]
