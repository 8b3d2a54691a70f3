"""Frames of a recording for the page's time line."""

import threading
from http import HTTPStatus
from typing import Any

import numpy as np

from hand_geo_keras.geometry import Camera, square_box
from hand_geo_keras.prediction.hand_prediction import HandPrediction
from hand_geo_keras.recordings.recording import Recording, sees
from hand_geo_keras.viewer.page.encoded_hand import rounded
from hand_geo_keras.viewer.page.hand_image import HandImage
from hand_geo_keras.viewer.page.request_error import RequestError
from hand_geo_keras.viewer.page.top_view import TopView

# Further ahead it is faster to skip from the start, which decodes no colours.
_READ_ON = 30


class RecordingFrames:
    """Reads one camera's image after the other, and says where the cameras stand.

    Args:
        recording: `Recording`.
        finder: `HandFinder` for frames without a box of the user's.

    Example:
        ```python
        frames = RecordingFrames(open_recording("my_rig"), HandFinder())
        camera, image = frames.image("cam0", 12)
        given, found = frames.hand(camera, 12, image)
        ```
    """

    def __init__(self, recording: Recording, finder: Any) -> None:
        self.recording = recording
        self._finder = finder
        self._plan = TopView(recording.cameras)
        self._readers: dict[str, Any] = {}  # camera -> (next frame, generator)
        self._last: dict[str, Any] = {}  # camera -> (frame, image)
        self._tracked: dict[str, int] = {}  # camera -> last frame searched
        self._lock = threading.Lock()

    def state(self) -> dict[str, Any]:
        """What the page is told at its start, as JSON's types."""
        return {
            "name": self.recording.name,
            "frames": self.recording.num_frames,
            "fps": self.recording.fps,
            # Where hands are; labels say nothing else here.
            "start": next(iter(self.recording.labelled_frames), 0),
            "cameras": [self._camera(camera) for camera in self.recording.cameras],
        }

    def _camera(self, camera):
        return {
            "name": camera.name,
            "place": rounded(self._plan.place(camera.center), 1),
            "direction": rounded(self._plan.direction(camera.R[2])),
        }

    def place(self, camera: Camera, wrist: np.ndarray) -> list[float]:
        """`[2]` on the plan of a wrist `[3]` in mm in a camera's frame."""
        return rounded(self._plan.place((wrist - camera.t) @ camera.R), 1)

    def image(self, name: Any, frame: Any) -> tuple[Camera, np.ndarray]:
        """`(Camera, [H, W, 3] uint8 RGB)`.

        Raises:
            RequestError: If there is no such camera or frame, or no image of it.
        """
        cameras = {camera.name: camera for camera in self.recording.cameras}
        if not isinstance(name, str) or name not in cameras:
            raise RequestError(f"The camera must be one of {', '.join(cameras)}.")
        last = self.recording.num_frames - 1
        if type(frame) is not int or not 0 <= frame <= last:
            raise RequestError(f"The frame must be a number from 0 to {last}.")
        with self._lock:
            if self._last.get(name, (None,))[0] != frame:
                self._last[name] = frame, self._read(name, frame)
            image = self._last[name][1]
        if image is None:
            raise RequestError(
                f"Camera {name} has no image at frame {frame}.", HTTPStatus.NOT_FOUND
            )
        return cameras[name], image

    def hand(
        self,
        camera: Camera,
        frame: Any,
        image: np.ndarray,
        box: Any = None,
        side: Any = "right",
    ) -> tuple[HandImage | None, HandPrediction | None]:
        """The hand in a frame.

        Args:
            camera, image: What `image` returned.
            frame: 0-based frame index.
            box, side: Where to read which hand. By default the user's own box, else
                that of the 3D label, else wherever a hand is found.

        Returns:
            `(HandImage, HandPrediction)`, the second None where nothing was searched;
            `(None, None)` if no hand is found.
        """
        given: dict[str, Any] = {"camera": camera, "frame": frame}
        given["source"] = f"{self.recording.name}, {camera.name}"
        given["is_calibrated"] = True
        found = None
        if box is None:
            box, side = self._known_box(camera, frame)
        if box is not None and side is None:
            found = self._finder.read(image, box, camera)
            side = found.side if found else "right"
        if box is None:
            found = self._followed(camera, frame, image)
            if found is None:
                return None, None
            box, side = found.box, found.side
        return HandImage(image, np.array(box), side, **given), found

    def _known_box(self, camera, frame):
        """`(box, side)` by the user's boxes, which have no side, or by a 3D label."""
        box = self.recording.boxes(camera.name, frame)
        if box is not None:
            return box, None
        for hand in self.recording.hands(frame):
            if sees(camera, hand):
                return square_box(camera.project(hand.joints[hand.valid])), hand.side
        return None, None

    def _followed(self, camera, frame, image):
        stream = f"camera {camera.name}"
        if self._tracked.get(camera.name) != frame - 1:
            self._finder.forget(stream)
        self._tracked[camera.name] = frame
        return self._finder.follow(stream, image, camera)

    def _read(self, name, frame):
        """Reads on where it can: videos are decoded from their start."""
        position, reader = self._readers.get(name, (0, None))
        if reader is None or not position <= frame < position + _READ_ON:
            indices = range(frame, self.recording.num_frames)
            reader = self.recording.frames(name, indices)
        image = next(image for index, image in reader if index == frame)
        self._readers[name] = frame + 1, reader
        return image
