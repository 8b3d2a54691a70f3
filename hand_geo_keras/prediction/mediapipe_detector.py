"""Hand boxes and landmarks from MediaPipe, if it is installed (extra `detector`)."""

from pathlib import Path
from typing import Any

import numpy as np

from hand_geo_keras.errors import WeightsError
from hand_geo_keras.geometry.boxes import square_box
from hand_geo_keras.geometry.cameras import Camera
from hand_geo_keras.recordings.content_fingerprint import content_fingerprint


class MediaPipeDetector:
    """Finds the box of one hand with MediaPipe's hand landmarker.

    Works wherever a detector is asked for: `predict_video`, `prepare_recording`. Close
    it, or use it as a context manager: left to the interpreter's exit, MediaPipe 1.2
    prints a traceback.

    Args:
        model_path: File of the hand landmarker (`hand_landmarker.task`), which
            MediaPipe's makers offer for download and the package does not contain.
        margin: Margin of the box around the landmarks, as in training.
        min_confidence: Weaker detections count as no hand.

    Attributes:
        name: Text that differs where file or settings differ.

    Raises:
        WeightsError: If the package or the file is missing.

    Example:
        ```python
        with MediaPipeDetector("hand_landmarker.task") as detector:
            predict_video("runs/my_rig", "clip.mp4", detector, out_dir="out")
        ```
    """

    def __init__(
        self, model_path: str | Path, margin: float = 0.4, min_confidence: float = 0.5
    ) -> None:
        try:
            import mediapipe
            from mediapipe.tasks import python
            from mediapipe.tasks.python import vision
        except ImportError as reason:
            raise WeightsError(
                "MediaPipe is not installed; install the package with its extra "
                "'detector', or give hand boxes."
            ) from reason
        if not Path(model_path).is_file():
            raise WeightsError(
                f"{model_path}: is not there; download hand_landmarker.task from "
                "MediaPipe's hand landmarker page."
            )
        options = vision.HandLandmarkerOptions(
            base_options=python.BaseOptions(model_asset_path=str(model_path)),
            num_hands=1,
            min_hand_detection_confidence=min_confidence,
        )
        content = content_fingerprint((), [Path(model_path)])
        self.name = f"mediapipe {content} {margin} {min_confidence}"
        self._mediapipe = mediapipe
        self._landmarker = vision.HandLandmarker.create_from_options(options)
        self.margin = margin

    def __call__(self, camera: Camera, image: np.ndarray) -> tuple[Any, ...] | None:
        """Box `(centre x, centre y, side)` of the hand in an RGB image, or None.

        Args:
            camera: Not used; other detectors may want it.
            image: `[H, W, 3]` uint8 RGB.
        """
        pixels = self.landmarks(image)
        if pixels is None:
            return None
        return tuple(map(float, square_box(pixels, self.margin)))

    def __enter__(self) -> "MediaPipeDetector":
        return self

    def __exit__(self, *error: Any) -> None:
        self.close()

    def close(self) -> None:
        """Ends MediaPipe's threads; the detector finds nothing from then on."""
        self._landmarker.close()

    def landmarks(self, image: np.ndarray) -> np.ndarray | None:
        """The 21 joints of the most certain hand in an RGB image.

        Which hand it is cannot be relied on: versions of MediaPipe name the sides
        differently.

        Args:
            image: `[H, W, 3]` uint8 RGB.

        Returns:
            `[21, 2]` float64 pixels in OpenPose order, or None.
        """
        mp_image = self._mediapipe.Image(
            image_format=self._mediapipe.ImageFormat.SRGB,
            data=np.ascontiguousarray(image),
        )
        found = self._landmarker.detect(mp_image).hand_landmarks
        if not found:
            return None
        height, width = image.shape[:2]
        # MediaPipe counts from the image's edge, we from the first pixel's centre.
        return np.array([(p.x * width - 0.5, p.y * height - 0.5) for p in found[0]])
