"""The hand of one side in every instant of a rig: boxed, detected or followed."""

from typing import Any

import numpy as np

from hand_geo_keras.errors import LabelError
from hand_geo_keras.geometry import box_inside_fraction
from hand_geo_keras.prediction.compiled_model import compiled_model
from hand_geo_keras.prediction.fuse_readings import fuse_readings
from hand_geo_keras.prediction.hand_predictor import HandPredictor
from hand_geo_keras.prediction.hand_reader import HandReader, Region
from hand_geo_keras.prediction.hand_size import HandSize
from hand_geo_keras.prediction.hand_tracker import HandTracker
from hand_geo_keras.prediction.predict_views import predict_views
from hand_geo_keras.recordings.recording import Recording

_MIN_INSIDE = 0.25
NO_BOX, NO_HAND = "no hand box in any view", "no hand found in any view"
UNPLACED, DISAGREE = "hand cannot be placed", "views disagree"


def open_rig_hands(
    model: Any,
    recording: Recording,
    side: str,
    find_box: Any = None,
    hand_size_mm: float | None = None,
    bone_length_mm: Any = None,
    precision: str | None = None,
) -> Any:
    """Makes what finds the hand of one side in the instants of a rig.

    Args:
        model: See `load_pose_model`. One with named latent points finds the hand in
            the views that have no box of it.
        recording: `Recording`.
        side: `"right"` or `"left"`.
        find_box: Detector `(camera, image) -> box or None`, or None.
        hand_size_mm, bone_length_mm: See `HandSize`.
        precision: See `fuse_views`; only for models without named latent points.

    Returns:
        Function `(frame, images) -> (joints, views, reason)`, to be called in the order
        of frames with a dict from camera name to image or None: joints `[21, 3]` in mm,
        world frame, and the number of views used; or None, 0 and why there is no hand.

    Raises:
        WeightsError: If there is no such model.
    """
    size = HandSize(hand_size_mm, bone_length_mm)
    find = _Boxes(recording, find_box)
    if compiled_model(model).reads_joints:
        return _ReadHands(HandReader(model), recording.cameras, side, find, size)
    predictor = HandPredictor(
        model, None, side, hand_size_mm, bone_length_mm=bone_length_mm
    )
    return _BoxedHands(predictor, recording.cameras, find, precision)


def check_boxes(model: Any, recording: Recording, find_box: Any = None) -> None:
    """Refuses a rig whose hands nothing can find.

    Args:
        model, recording, find_box: As for `open_rig_hands`.

    Raises:
        LabelError: If the model cannot search and there are no boxes and no detector.
    """
    if find_box is not None or compiled_model(model).reads_joints:
        return
    if not has_boxes(recording):
        raise LabelError(
            f"{recording.path}: nothing says where the hand is, and {model} finds no "
            "hands by itself; add a boxes.json (its fields are those of RigRecording), "
            "give --detector, or take the preset hand_128."
        )


def has_boxes(recording: Recording) -> bool:
    """Whether a recording has a hand box in any frame of any camera."""
    return any(
        recording.boxes(camera.name, frame) is not None
        for camera in recording.cameras
        for frame in range(recording.num_frames)
    )


class _Boxes:
    """Usable boxes of a recording, of a detector where it has none."""

    def __init__(self, recording: Any, detect: Any) -> None:
        self._recording, self._detect = recording, detect

    def __call__(self, camera: Any, frame: Any, image: Any) -> Any:
        box = self._recording.boxes(camera.name, frame)
        if box is None and self._detect is not None:
            box = self._detect(camera, image)
        if box is None or box_inside_fraction(box, camera.resolution) < _MIN_INSIDE:
            return None
        return box


class _BoxedHands:
    """Hands of models that need a box in every view."""

    def __init__(self, predictor: Any, cameras: Any, find: Any, precision: Any) -> None:
        self._predictor, self._cameras = predictor, cameras
        self._find, self._precision = find, precision

    def __call__(self, frame: Any, images: Any) -> Any:
        views = []
        for camera in self._cameras:
            image = images[camera.name]
            box = None if image is None else self._find(camera, frame, image)
            if box is not None:
                views.append((camera, image, box))
        if not views:
            return None, 0, NO_BOX
        joints = predict_views(self._predictor, *zip(*views), self._precision)  # type: ignore[arg-type,call-arg]
        if not np.isfinite(joints).all():
            return None, 0, UNPLACED
        return joints, len(views), None


class _ReadHands:
    """Hands of models with named latent points, followed in each view without a box."""

    def __init__(
        self, reader: Any, cameras: Any, side: Any, find: Any, size: Any
    ) -> None:
        self._reader, self._cameras, self._side = reader, cameras, side
        self._find, self._size = find, size
        self._trackers = {c.name: HandTracker(reader, (side,)) for c in cameras}

    def __call__(self, frame: Any, images: Any) -> Any:
        views = []
        for camera in self._cameras:
            image = images[camera.name]
            reading = None if image is None else self._read(camera, frame, image)
            if reading is not None:
                views.append((camera, reading))
        if not views:
            return None, 0, NO_HAND
        joints, used = fuse_readings(*zip(*views), self._size)  # type: ignore[arg-type,call-arg]
        if joints is None:
            return None, 0, DISAGREE if len(views) > 1 else UNPLACED
        return joints, int(used.sum()), None

    def _read(self, camera, frame, image):
        box = self._find(camera, frame, image)
        if box is None:
            found = self._trackers[camera.name](image, camera)
            return found[0][-1] if found else None
        regions = [Region(np.asarray(box, np.float64))]
        (reading,) = self._reader.read([image], [camera], regions, [self._side])
        return reading
