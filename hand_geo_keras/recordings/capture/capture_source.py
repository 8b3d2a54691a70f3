"""Webcams, and videos in place of them, as sources of frames with time stamps."""

import queue
import threading
import time
from pathlib import Path
from typing import Any

import cv2

from hand_geo_keras.errors import RecordingError
from hand_geo_keras.recordings.capture.frame_aligner import Frame

_WARM_UP_SECONDS = 1.0
# Manual exposure, as V4L2 and as DirectShow and Media Foundation call it.
_MANUAL_EXPOSURE = (1, 0.25)
_QUEUE = 32
_SILENT_SECONDS = 5.0
_FAILED_READS = 30


class CaptureSource:
    """A camera whose frames are read in a thread of its own.

    Args:
        device: Number of the device, or the path of a video that stands for one.
        name: Name of the camera.
        resolution: `(width, height)` to ask for, or None.
        fps: Frames per second to ask for, or None.

    Attributes:
        name: Name of the camera.
        fps: Frames per second that it states, 30 if it states none.
        resolution: `(width, height)` that it delivers.
        settings: dict from `exposure`, `white balance` and `focus` to whether the
            driver let it be locked; empty for videos.

    Raises:
        RecordingError: If it cannot be opened or delivers nothing.
    """

    def __init__(
        self,
        device: Any,
        name: str,
        resolution: tuple[int, int] | None = None,
        fps: float | None = None,
    ) -> None:
        self.name = name
        self._device = device
        self._is_video = not isinstance(device, int)
        if self._is_video and not Path(device).is_file():
            raise RecordingError(
                f"{device}: is neither the number of a camera nor a video; give 0, 2, "
                "... or the path of a video."
            )
        self._video = cv2.VideoCapture(device if not self._is_video else str(device))
        if not self._video.isOpened():
            raise RecordingError(
                f"Camera {device}: cannot be opened; see that it is plugged in, no "
                "other program uses it, and its number is right (v4l2-ctl "
                "--list-devices)."
            )
        self.settings = {}
        if not self._is_video:
            self._configure(resolution, fps)
        stated = self._video.get(cv2.CAP_PROP_FPS)
        self.fps = float(stated) if 1 <= stated <= 1000 else 30.0
        self.resolution = (
            int(self._video.get(cv2.CAP_PROP_FRAME_WIDTH)),
            int(self._video.get(cv2.CAP_PROP_FRAME_HEIGHT)),
        )
        self._frames = queue.Queue(_QUEUE)
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._read, daemon=True)

    def _configure(self, resolution, fps):
        # Uncompressed, few cameras reach their frame rate.
        self._video.set(cv2.CAP_PROP_FOURCC, cv2.VideoWriter_fourcc(*"MJPG"))
        if resolution is not None:
            self._video.set(cv2.CAP_PROP_FRAME_WIDTH, resolution[0])
            self._video.set(cv2.CAP_PROP_FRAME_HEIGHT, resolution[1])
        if fps is not None:
            self._video.set(cv2.CAP_PROP_FPS, fps)
        self._video.set(cv2.CAP_PROP_BUFFERSIZE, 2)
        self._warm_up()
        self.settings = {
            "exposure": self._lock_exposure(),
            "white balance": self._switch_off(cv2.CAP_PROP_AUTO_WB),
            "focus": self._switch_off(cv2.CAP_PROP_AUTOFOCUS),
        }

    def _warm_up(self):
        """Lets automatic exposure settle, before it is locked where it is."""
        until = time.monotonic() + _WARM_UP_SECONDS
        seen = False
        while time.monotonic() < until or not seen:
            seen = self._video.grab() or seen
            if time.monotonic() > until + _SILENT_SECONDS:
                raise RecordingError(
                    f"Camera {self._device}: delivers no frame; plug it in again, or "
                    "into a USB port of another controller."
                )

    def _lock_exposure(self):
        exposure = self._video.get(cv2.CAP_PROP_EXPOSURE)
        for manual in _MANUAL_EXPOSURE:
            self._video.set(cv2.CAP_PROP_AUTO_EXPOSURE, manual)
            if self._video.get(cv2.CAP_PROP_AUTO_EXPOSURE) == manual:
                return bool(self._video.set(cv2.CAP_PROP_EXPOSURE, exposure))
        return False

    def _switch_off(self, setting):
        return bool(self._video.set(setting, 0)) and self._video.get(setting) == 0

    def start(self) -> None:
        """Begins to read."""
        self._thread.start()

    def next(self) -> Any:
        """The next `Frame`, waited for; None at the end of a video.

        Raises:
            RecordingError: If the camera falls silent.
        """
        try:
            return self._frames.get(timeout=_SILENT_SECONDS)
        except queue.Empty:
            raise RecordingError(
                f"Camera {self.name!r} delivered no frame for {_SILENT_SECONDS:g} s; "
                "see its cable and give each camera a USB port of its own."
            ) from None

    def close(self) -> None:
        """Ends the thread and releases the device."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join(_SILENT_SECONDS)
        self._video.release()

    def _read(self):
        failed = 0
        while not self._stop.is_set() and failed < _FAILED_READS:
            if not self._video.grab():
                if self._is_video:
                    break
                failed += 1
                time.sleep(0.01)
                continue
            # Stamped before decoding, which takes longer at times.
            stamp = self._stamp()
            good, image = self._video.retrieve()
            failed = 0 if good else failed + 1
            if good:
                image = cv2.cvtColor(image, cv2.COLOR_BGR2RGB)
                self._put(Frame(stamp, image))
        self._put(None)

    def _stamp(self):
        if self._is_video:
            return float(self._video.get(cv2.CAP_PROP_POS_MSEC))
        return 1000 * time.monotonic()

    def _put(self, frame):
        while not self._stop.is_set():
            try:
                return self._frames.put(frame, timeout=0.1)
            except queue.Full:
                continue
