"""One photo of a hand in, its joints and an overlay of them out."""

import os
from pathlib import Path

import numpy as np

from hand_geo_keras.errors import LabelError, RecordingError
from hand_geo_keras.geometry.boxes import central_box
from hand_geo_keras.io import write_image
from hand_geo_keras.prediction.annotated_images import annotated
from hand_geo_keras.prediction.image_sources import read_images
from hand_geo_keras.prediction.joint_predictor import JointPredictor
from hand_geo_keras.prediction.open_predictor import open_predictor


def predict_photo(
    model, photo, side=None, box=None, camera=None, hand_size_mm=None, out_file=None
):
    """Predicts the hand in one photo, and overlays its skeleton.

    A model with named latent points (`hand_128`) finds the hand and tells its side.
    With others, the square around the hand is cut out, mirrored for a left hand, and
    what the model predicts is mirrored back. Joints and pixels are those of the photo.

    Args:
        model: See `load_pose_model`.
        photo: Image file, or `[H, W, 3]` uint8 RGB.
        side: `"right"` or `"left"` hand; if None, the model tells, or a right one is
            assumed where it cannot.
        box: `(centre x, centre y, side)` of the square around the hand in pixels, 1.4
            times as large as the hand. If None, the model finds the most probable
            hand, or takes the largest square in the centre if it cannot.
        camera: `Camera` of the photo for absolute positions; its lens is guessed if
            None.
        hand_size_mm: Wrist to middle knuckle of the person, see `HandPredictor`.
        out_file: PNG or JPEG to write with box and skeleton overlaid, or None.

    Returns:
        `HandPrediction`: `joints` `[21, 3]` in mm relative to the wrist in the
        camera's axes, `pixels` `[21, 2]`.

    Raises:
        RecordingError: If the photo cannot be read.
        LabelError: If no hand is found, or none of the predicted shape can be in the
            box.
        WeightsError: If there is no such model.
        StorageError: If the overlay cannot be written.

    Example:
        ```python
        hand = predict_photo("my_preset", "hand.jpg", "left", out_file="pose.png")
        hand.joints, hand.pixels
        ```
    """
    name, image = _read(photo)
    predictor = open_predictor(model, camera, side, hand_size_mm)
    hand = _found(predictor, image, name) if box is None else None
    if box is None and hand is None:
        box = central_box(image.shape[1::-1])
    if hand is None:
        (hand,) = predictor([image], [box], [name])
    if hand is None:
        raise LabelError(
            f"{name}: no hand can be placed in the box {tuple(map(float, box))}; give "
            "the centre and the side of a square around the hand, in pixels."
        )
    if out_file is not None:
        write_image(out_file, annotated(image, [hand]))
    return hand


def _found(predictor, image, name):
    """The most probable hand, or None where the model cannot search."""
    if not isinstance(predictor, JointPredictor):
        return None
    hands = predictor.search(image, name)
    if not hands:
        raise LabelError(
            f"{name}: no hand found; give its box (centre x, centre y, side) if there "
            "is one."
        )
    return hands[0]


def _read(photo):
    """`(name, [H, W, 3] uint8 RGB)`."""
    if not isinstance(photo, (str, os.PathLike)):
        return "photo", np.asarray(photo)
    ((name, _, image),) = read_images([Path(photo)])
    if image is None:
        raise RecordingError(f"{photo}: is no image that can be read; check the path.")
    return name, image
