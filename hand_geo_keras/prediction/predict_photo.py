"""One photo in, its hands out: the one line of use."""

import os
import warnings
from collections.abc import Sequence
from typing import Any

import numpy as np

from hand_geo_keras.errors import LabelError, RecordingError
from hand_geo_keras.geometry import Camera
from hand_geo_keras.geometry.boxes import central_box
from hand_geo_keras.prediction.hand_boxes import open_boxes
from hand_geo_keras.prediction.hand_prediction import HandPrediction
from hand_geo_keras.prediction.hands_in_image import HandsInImage
from hand_geo_keras.prediction.joint_predictor import JointPredictor
from hand_geo_keras.prediction.open_predictor import open_predictor
from hand_geo_keras.recordings.image_array import as_rgb
from hand_geo_keras.recordings.image_file import read_image


def predict(
    image: Any,
    model: Any = "hand_128",
    *,
    most: int = 2,
    side: str | None = None,
    boxes: Any = None,
    camera: Camera | None = None,
    hand_size_mm: float | None = None,
    out_file: str | os.PathLike | None = None,
) -> HandsInImage:
    """Finds the hands in an image and predicts their joints.

    The same search, reading and placing as that of `hand-geo predict`, whose files hold
    the same numbers.

    Args:
        image: Image file, or `[H, W, 3]` RGB, uint8 or float in 0..255; grey and RGBA
            as well.
        model: See `load_pose_model`. A model without named latent points cannot
            search, and needs boxes.
        most: Most hands to find.
        side: `"right"` or `"left"` to look for such hands only.
        boxes: Where the hands are, instead of a search: `(centre x, centre y, side)`
            in pixels, a list of such boxes, or a detector, see `open_boxes`.
        camera: `Camera` of the image for absolute positions; its lens is guessed if
            None.
        hand_size_mm: Wrist to middle knuckle of the person, see `HandPredictor`.
        out_file: PNG or JPEG to write with boxes and skeletons overlaid, or None.

    Returns:
        `HandsInImage`, a sequence of `HandPrediction`; empty if no hand is found.

    Raises:
        RecordingError: If the image cannot be read.
        LabelError: If there are no boxes and the model cannot search.
        WeightsError: If there is no such model.
        StorageError: If `out_file` cannot be written.
        ValueError: If `image` is no image or a box no box.

    Example:
        ```python
        found = hand_geo_keras.predict("photo.jpg")
        print(found)  # 1 hand in photo.jpg, its side and score
        found[0].joints  # [21, 3] mm relative to the wrist, camera axes
        ```
    """
    name, pixels = _read(image)
    found = _found(name, pixels, model, most, side, boxes, camera, hand_size_mm)
    if out_file is not None:
        found.save(out_file)
    return found


def predict_photo(
    model: Any,
    photo: Any,
    side: str | None = None,
    box: Sequence[float] | None = None,
    camera: Camera | None = None,
    hand_size_mm: float | None = None,
    out_file: str | os.PathLike | None = None,
) -> HandPrediction:
    """Predicts the one hand in a photo: `predict` for those who know there is one.

    Where the model cannot search and no box is given, the largest square in the centre
    is taken for the hand, with a warning.

    Args:
        model: See `load_pose_model`.
        photo: See `predict`.
        side: `"right"` or `"left"` hand; if None, the model tells, or a right one is
            assumed where it cannot.
        box: `(centre x, centre y, side)` of the square around the hand in pixels, 1.4
            times as large as the hand. If None, the model finds the most probable hand.
        camera: See `predict`.
        hand_size_mm: See `predict`.
        out_file: See `predict`.

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
    name, pixels = _read(photo)
    if box is None and not isinstance(open_predictor(model), JointPredictor):
        box = central_box(pixels.shape[1::-1]).tolist()
        warnings.warn(
            f"{name}: the model finds no hands by itself, so the largest square in the "
            "centre is taken for the hand; give its box.",
            stacklevel=2,
        )
    found = _found(name, pixels, model, 1, side, box, camera, hand_size_mm)
    if found and out_file is not None:
        found.save(out_file)
    if found:
        return found[0]
    if box is None:
        raise LabelError(
            f"{name}: no hand found; give its box (centre x, centre y, side) if there "
            "is one."
        )
    raise LabelError(
        f"{name}: no hand can be placed in the box {tuple(map(float, box))}; give "
        "the centre and the side of a square around the hand, in pixels."
    )


def _found(name, pixels, model, most, side, boxes, camera, hand_size_mm):
    """The `HandsInImage` of an image that has been read."""
    predictor = open_predictor(
        model, camera, side, hand_size_mm, boxes=boxes is not None
    )
    if boxes is None and isinstance(predictor, JointPredictor):
        hands = predictor.search(pixels, name, most=most)
    else:
        places = _places(boxes, pixels, name, camera)
        hands = predictor([pixels] * len(places), places, [name] * len(places))
        hands = [hand for hand in hands if hand is not None][:most]
    return HandsInImage(name, pixels, tuple(hands))


def _places(
    boxes: Any, image: np.ndarray, name: str, camera: Camera | None
) -> list[tuple[float, float, float]]:
    """The boxes of one image."""
    is_list = not callable(boxes) and np.ndim(boxes) == 2
    found = [
        open_boxes(one)(name, 0, camera, image)
        for one in (boxes if is_list else [boxes])
    ]
    return [box for box in found if box is not None]


def _read(image: Any) -> tuple[str, np.ndarray]:
    """`(name, [H, W, 3] uint8 RGB)`."""
    if not isinstance(image, (str, os.PathLike)):
        return "image", as_rgb(np.asarray(image), "image").round().astype(np.uint8)
    name = os.path.basename(image)
    pixels = read_image(image)
    if pixels is None:
        raise RecordingError(f"{image}: is no image that can be read; check the path.")
    return name, pixels
