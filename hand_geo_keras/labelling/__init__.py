"""3D labels from several calibrated views, without a person or corrected by one."""

from hand_geo_keras.labelling.frames_to_correct import (
    choose_frames,
    read_chosen_frames,
    write_chosen_frames,
)
from hand_geo_keras.labelling.label_overlay import write_overlays
from hand_geo_keras.labelling.label_recording import Labelling, label_recording
from hand_geo_keras.labelling.sequence_fit import (
    FittedHands,
    Observations,
    fit_sequence,
)
from hand_geo_keras.labelling.view_readers import LandmarkReader, PresetReader, ViewHand

__all__ = [
    "FittedHands",
    "Labelling",
    "LandmarkReader",
    "Observations",
    "PresetReader",
    "ViewHand",
    "choose_frames",
    "fit_sequence",
    "label_recording",
    "read_chosen_frames",
    "write_chosen_frames",
    "write_overlays",
]
