"""2D labels of each view, and the way from them to 3D hands."""

from hand_geo_keras.recordings.view_labels.anipose_3d import read_anipose_3d
from hand_geo_keras.recordings.view_labels.coco import read_coco
from hand_geo_keras.recordings.view_labels.deeplabcut_h5 import read_deeplabcut_h5
from hand_geo_keras.recordings.view_labels.import_labels import import_labels
from hand_geo_keras.recordings.view_labels.keypoint_csv import read_keypoint_csv
from hand_geo_keras.recordings.view_labels.label_choice import LabelChoice, View
from hand_geo_keras.recordings.view_labels.label_report import LabelReport
from hand_geo_keras.recordings.view_labels.read_view_labels import read_view_labels
from hand_geo_keras.recordings.view_labels.triangulate_labels import triangulate_labels
from hand_geo_keras.recordings.view_labels.triangulation_report import (
    TriangulationReport,
)
from hand_geo_keras.recordings.view_labels.view_labels import ViewLabels

__all__ = [
    "LabelChoice",
    "LabelReport",
    "TriangulationReport",
    "View",
    "ViewLabels",
    "import_labels",
    "read_anipose_3d",
    "read_coco",
    "read_deeplabcut_h5",
    "read_keypoint_csv",
    "read_view_labels",
    "triangulate_labels",
]
