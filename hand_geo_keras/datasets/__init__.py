"""Prepared instants: crops, backgrounds, virtual cameras and labels on disk."""

from hand_geo_keras.datasets.features import instant_features
from hand_geo_keras.datasets.instant_pool import (
    InstantPool,
    load_instants,
    pool_of_instants,
)
from hand_geo_keras.datasets.preparation import Preparation
from hand_geo_keras.datasets.prepare import prepare_recording
from hand_geo_keras.datasets.prepared_data import (
    PreparedData,
    open_prepared,
    prepare_dataset,
    prepare_one,
)
from hand_geo_keras.datasets.split import (
    Part,
    Split,
    instants_in_time,
    split_by_subject,
    split_in_time,
)
from hand_geo_keras.datasets.tfds_instants import load_tfds_instants
from hand_geo_keras.datasets.wild_hands import write_wild

__all__ = [
    "InstantPool",
    "Part",
    "Preparation",
    "PreparedData",
    "Split",
    "instant_features",
    "instants_in_time",
    "load_instants",
    "load_tfds_instants",
    "open_prepared",
    "pool_of_instants",
    "prepare_dataset",
    "prepare_one",
    "prepare_recording",
    "split_by_subject",
    "split_in_time",
    "write_wild",
]
