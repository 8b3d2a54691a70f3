"""Answers the questions of the page on which labels are corrected."""

from collections.abc import Iterable
from http import HTTPStatus
from typing import Any

import numpy as np

from hand_geo_keras.errors import LabelError, StorageError
from hand_geo_keras.geometry.skeleton import (
    EDGES,
    JOINT_COLORS,
    JOINT_NAMES,
    NUM_JOINTS,
)
from hand_geo_keras.recordings.rig import RigRecording
from hand_geo_keras.viewer.correct.frame_images import FrameImages
from hand_geo_keras.viewer.correct.joint_placement import epipolar_line, placed_joint
from hand_geo_keras.viewer.correct.label_store import LabelStore, is_in_front
from hand_geo_keras.viewer.page.request_error import RequestError

_FARTHEST_MM, _FARTHEST_PX = 1e5, 1e5


class CorrectionSession:
    """A rig's frames and labels, and the geometry of joints that are dragged.

    Args:
        recording: `RigRecording` of at least two cameras.
        chosen: Frames that are worth correcting, in order of worth.
        side: `"right"` or `"left"`, the hand to correct.

    Raises:
        LabelError: If the labels that are there are malformed.

    Example:
        ```python
        session = CorrectionSession(open_recording("my_rig", labels=False), [12, 80])
        session.answer("frame", {"frame": 12})["joints"]
        ```
    """

    def __init__(
        self, recording: RigRecording, chosen: Iterable[int] = (), side: str = "right"
    ) -> None:
        self.recording = recording
        self._cameras = recording.cameras
        self._chosen = [frame for frame in chosen if frame < recording.num_frames]
        self._labels = LabelStore(recording, side)
        self._images = FrameImages(recording)
        self._images.load_ahead(self._chosen or [0])
        self._routes = {
            "state": self._state,
            "frame": self._frame,
            "move": self._move,
            "save": self._save,
            "discard": self._discard,
        }

    def answer(self, route: str, request: Any) -> dict[str, Any]:
        """Answers one request.

        Args:
            route: `"state"`, `"frame"`, `"move"`, `"save"` or `"discard"`.
            request: dict as parsed from JSON; trusted in nothing.
                `state`: nothing. `frame` and `discard`: `frame`. `move`: `point`
                (`[3]` mm) and `placed`, a dict from camera to `[x, y]`. `save`:
                `frame`, `joints` (`[21, 3]` mm) and `placed`, a dict from number of a
                joint to a dict from camera to `[x, y]`.

        Returns:
            dict that can be written as JSON.

        Raises:
            RequestError: If there is no such route, the request makes no sense, or
                labels cannot be written.
        """
        if route not in self._routes:
            raise RequestError("There is no such address.", HTTPStatus.NOT_FOUND)
        if not isinstance(request, dict):
            raise RequestError("The request must be a JSON object.")
        return self._routes[route](request)

    def _state(self, request):
        frames = range(self.recording.num_frames)
        return {
            "name": self.recording.name,
            "side": self._labels.side,
            "cameras": [
                {"name": c.name, "size": list(c.resolution)} for c in self._cameras
            ],
            "chosen": self._chosen,
            "status": [self._labels.status(frame) for frame in frames],
            "edges": EDGES,
            "joint_colors": JOINT_COLORS,
            "joint_names": JOINT_NAMES,
        }

    def _frame(self, request):
        frame = self._frame_of(request)
        joints = self._labels.joints(frame)
        if joints is None:
            joints = self._somewhere()
        return {
            "frame": frame,
            "status": self._labels.status(frame),
            "images": self._images.urls(frame),
            "joints": np.round(joints, 3).tolist(),
            "pixels": [self._pixels(camera, joints) for camera in self._cameras],
        }

    def _somewhere(self):
        """A flat hand in the centre of the first view, for rigs without any label."""
        spread = np.linspace(-60, 60, 5)
        fingers = [(x, 20 - 25 * k, 0) for x in spread for k in range(4)]
        joints = np.array([(0, 90, 0), *fingers], np.float64)
        camera = self._cameras[0]
        centres = np.array([other.center for other in self._cameras])
        away = np.linalg.norm(centres - centres.mean(0), axis=1).mean() * 2 + 300
        centre = camera.unproject(np.array(camera.resolution) / 2, away)
        return joints @ camera.R + centre

    def _move(self, request):
        point = _numbers(request.get("point"), (3,), "point", _FARTHEST_MM)
        placed = self._placed(request.get("placed"))
        if not placed:
            raise RequestError("The joint must be placed in some view.")
        point = placed_joint(self._cameras, point, placed)
        if not is_in_front(self._cameras, point[None]):
            raise RequestError("No point in front of the cameras is seen there.")
        return {
            "point": np.round(point, 4).tolist(),
            "pixels": [self._pixels(c, point[None])[0] for c in self._cameras],
            "lines": self._lines(point, placed),
            "errors": {
                self._cameras[view].name: round(
                    float(np.linalg.norm(self._cameras[view].project(point) - pixel)), 2
                )
                for view, pixel in placed.items()
            },
        }

    def _lines(self, point, placed):
        """For each view the epipolar lines of the views in which a joint is placed."""
        return [
            [
                np.round(
                    epipolar_line(
                        self._cameras[source],
                        pixel,
                        camera,
                        max(self._cameras[source].to_camera(point)[2], 1.0),
                    ),
                    2,
                ).tolist()
                for source, pixel in placed.items()
                if source != view
            ]
            for view, camera in enumerate(self._cameras)
        ]

    def _save(self, request):
        frame = self._frame_of(request)
        shape = (NUM_JOINTS, 3)
        joints = _numbers(request.get("joints"), shape, "joints", _FARTHEST_MM)
        if not is_in_front(self._cameras, joints):
            raise RequestError("The hand must be in front of a camera.")
        pixels = np.full((len(self._cameras), NUM_JOINTS, 2), np.nan)
        placed = request.get("placed", {})
        if not isinstance(placed, dict) or len(placed) > NUM_JOINTS:
            raise RequestError("Placed joints must be given by their numbers.")
        for joint, views in placed.items():
            if joint not in map(str, range(NUM_JOINTS)):
                raise RequestError(f"There is no joint {str(joint)[:20]!r}.")
            for view, pixel in self._placed(views).items():
                pixels[view, int(joint)] = pixel
        return self._stored(frame, lambda: self._labels.save(frame, joints, pixels))

    def _discard(self, request):
        frame = self._frame_of(request)
        return self._stored(frame, lambda: self._labels.discard(frame))

    def _stored(self, frame, store):
        try:
            store()
        except (StorageError, LabelError) as error:
            raise RequestError(str(error), HTTPStatus.INSUFFICIENT_STORAGE) from error
        return {"frame": frame, "status": self._labels.status(frame)}

    def _frame_of(self, request):
        frame, count = request.get("frame"), self.recording.num_frames
        # bool is an int to Python, but no number to a person.
        if type(frame) is not int or not 0 <= frame < count:
            raise RequestError(f"The frame must be a number from 0 to {count - 1}.")
        return frame

    def _placed(self, placed):
        """dict from number of a view to pixels."""
        names = [camera.name for camera in self._cameras]
        if not isinstance(placed, dict) or not set(placed) <= set(names):
            raise RequestError(f"Places must be given by camera, one of {names}.")
        return {
            names.index(name): _numbers(pixel, (2,), "place", _FARTHEST_PX)
            for name, pixel in placed.items()
        }

    def _pixels(self, camera, joints):
        return np.round(camera.project(joints), 3).tolist()


def _numbers(values, shape, name, most):
    try:
        array = np.array(values, dtype=np.float64)
    except (TypeError, ValueError, OverflowError):
        array = np.zeros(0)
    good = isinstance(values, list) and array.shape == shape
    if not good or not (np.abs(array) <= most).all():
        raise RequestError(f"The {name} must be finite numbers of shape {list(shape)}.")
    return array
