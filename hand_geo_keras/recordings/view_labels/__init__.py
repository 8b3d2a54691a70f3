"""2D labels of each view, and the way from them to 3D hands."""

from hand_geo_keras.recordings.view_labels.coco import read_coco
from hand_geo_keras.recordings.view_labels.import_labels import import_labels
from hand_geo_keras.recordings.view_labels.keypoint_csv import read_keypoint_csv
from hand_geo_keras.recordings.view_labels.read_view_labels import read_view_labels
from hand_geo_keras.recordings.view_labels.triangulate_labels import triangulate_labels
from hand_geo_keras.recordings.view_labels.triangulation_report import (
    TriangulationReport,
)

__all__ = [
    "TriangulationReport",
    "import_labels",
    "read_coco",
    "read_keypoint_csv",
    "read_view_labels",
    "triangulate_labels",
]
