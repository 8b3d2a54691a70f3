"""`tf.data` pipelines over prepared instants; deterministic under a seed."""

from hand_geo_keras.pipelines.augmentation import Augmentation
from hand_geo_keras.pipelines.labelled import (
    choose_labels,
    evaluation_dataset,
    joined_batches,
    labelled_dataset,
    labelled_views,
)
from hand_geo_keras.pipelines.quads import QuadSampler, fixed_quads, quad_dataset
from hand_geo_keras.pipelines.semi_supervised import semi_supervised_dataset
from hand_geo_keras.pipelines.view_table import ViewTable

__all__ = [
    "Augmentation",
    "QuadSampler",
    "ViewTable",
    "choose_labels",
    "evaluation_dataset",
    "fixed_quads",
    "joined_batches",
    "labelled_dataset",
    "labelled_views",
    "quad_dataset",
    "semi_supervised_dataset",
]
