"""The formats of 2D labels that are known, and how each is told from its name."""

import collections
from pathlib import Path
from typing import Any

from hand_geo_keras.errors import LabelError
from hand_geo_keras.recordings.view_labels.coco import read_coco
from hand_geo_keras.recordings.view_labels.deeplabcut_h5 import read_deeplabcut_h5
from hand_geo_keras.recordings.view_labels.keypoint_csv import read_keypoint_csv

# `read` takes a path, a `LabelChoice` and a `View`, and returns `ViewLabels`.
LabelFormat = collections.namedtuple("LabelFormat", "description endings read")

LABEL_FORMATS = (
    LabelFormat("COCO keypoints", (".json",), read_coco),
    LabelFormat("DeepLabCut's HDF5", (".h5", ".hdf5", ".hdf"), read_deeplabcut_h5),
    LabelFormat(
        "CSV of DeepLabCut, Lightning Pose or SLEAP, or plain columns",
        (".csv", ".tsv", ".txt"),
        read_keypoint_csv,
    ),
)


def label_format(path: Path) -> Any:
    """The `LabelFormat` of a file.

    Args:
        path: `pathlib.Path`.

    Raises:
        LabelError: If its ending belongs to none.
    """
    for known in LABEL_FORMATS:
        if path.suffix.lower() in known.endings:
            return known
    choices = "; ".join(
        f"{', '.join(known.endings)} ({known.description})" for known in LABEL_FORMATS
    )
    raise LabelError(
        f"{path}: the ending of a file with 2D labels must be one of: {choices}."
    )
