"""Panoptic trees with hands of natural size, and settings that fit their images."""

import json

from hand_geo_keras.datasets import Preparation
from tests.recordings.conftest import (
    make_camera,
    make_hand,
    panoptic_hand,
    write_people,
    write_tree,
)

# The hand is some 15 pixels large in the 64 x 48 images of the trees.
TINY = Preparation(crop_size=16, min_box_side=4, min_inside=0.3, background_frames=4)


def person(id=2, side="right", **changes):
    """A person of a label file with a hand of 8 cm at the world's origin."""
    landmarks = (make_hand().joints / 10).ravel().tolist()
    return {"id": id} | panoptic_hand(side, **{"landmarks": landmarks} | changes)


def write_hands_tree(tree, subjects=None):
    """Writes a tree with a hand in frames 3, 4 and 8, seen by two cameras.

    Args:
        tree: `pathlib.Path` of the folder.
        subjects: Optional content of `subjects.json`.
    """
    write_tree(tree, (make_camera("front", 0.0), make_camera("side", 0.6)))
    for frame in (3, 4, 8):
        write_people(tree, frame, person())
    if subjects:
        (tree / "subjects.json").write_text(json.dumps(subjects))
    return tree
