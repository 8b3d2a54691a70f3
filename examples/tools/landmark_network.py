"""MediaPipe's hand landmark network, in crops that its own tracker would cut."""

import dataclasses
from pathlib import Path

import cv2
import numpy as np

_PALM = (0, 1, 2, 3, 5, 6, 9, 10, 13, 14, 17, 18)  # MediaPipe's box is around these
_ENLARGED, _UPWARDS = 2.0, 0.1  # its box, relative to theirs


@dataclasses.dataclass(frozen=True, eq=False)
class Landmarks:
    """What the network says of one hand.

    Args:
        pixels: `[21, 2]` float64 px in the image.
        presence: How probable a hand is, in [0, 1].
        joints_in_space: Two poses `[21, 3]` float64 relative to the wrist in the axes
            of the image (x right, y down, z forward), by name: `"world landmarks"` in
            mm, and `"image landmarks"`, which are the pixels with the depths beside
            them, in px.
    """

    pixels: np.ndarray
    presence: float
    joints_in_space: dict


class LandmarkNetwork:
    """MediaPipe's landmark network, read by LiteRT.

    Args:
        path: `hand_landmark_full.tflite` or `hand_landmark_lite.tflite`, of the wheel
            of mediapipe 0.10.21.

    Raises:
        FileNotFoundError: If the file is not there.

    Example:
        ```python
        found = LandmarkNetwork("hand_landmark_full.tflite")(image, pixels)
        ```
    """

    def __init__(self, path: str | Path) -> None:
        from ai_edge_litert.interpreter import Interpreter

        if not Path(path).is_file():
            raise FileNotFoundError(f"{path}: is not there; see how to download it.")
        self._interpreter = Interpreter(str(path))
        self._interpreter.allocate_tensors()
        (self._input,) = self._interpreter.get_input_details()
        self._outputs = self._interpreter.get_output_details()

    def __call__(self, image: np.ndarray, pixels: np.ndarray) -> Landmarks:
        """Looks where the joints of a first guess are, then where it found them.

        Args:
            image: `[H, W, 3]` uint8 RGB.
            pixels: `[21, 2]` px, the first guess.
        """
        for _ in range(2):
            side = self._input["shape"][1]
            to_crop = _upright_box(pixels, side)
            landmarks, presence, _, world = self._read(image, to_crop, side)
            landmarks, world = landmarks.reshape(21, 3), world.reshape(21, 3)
            found = landmarks[:, :2] - 0.5
            pixels = (found - to_crop[:, 2]) @ np.linalg.inv(to_crop[:, :2]).T
        turn, zoom = np.eye(3), np.linalg.norm(to_crop[0, :2])
        turn[:2, :2] = to_crop[:, :2] / zoom
        in_space = {
            "world landmarks": 1000 * world @ turn,
            "image landmarks": landmarks @ turn / zoom,
        }
        in_space = {name: joints - joints[0] for name, joints in in_space.items()}
        return Landmarks(pixels, float(presence[0]), in_space)

    def _read(self, image, to_crop, side):
        """The network's outputs: landmarks, presence, side and world landmarks."""
        crop = cv2.warpAffine(
            image,
            to_crop,
            (side, side),
            flags=cv2.INTER_CUBIC,
            borderMode=cv2.BORDER_REPLICATE,
        )
        crop = np.float32(crop[None]) / 255
        self._interpreter.set_tensor(self._input["index"], crop)
        self._interpreter.invoke()
        return [
            np.float64(self._interpreter.get_tensor(output["index"]).ravel())
            for output in self._outputs
        ]


def _upright_box(pixels, side):
    """`[2, 3]` map from an image to the crop that MediaPipe's tracker would cut."""
    away = (pixels[5] + 2 * pixels[9] + pixels[13]) / 4 - pixels[0]
    roll = -np.arctan2(away[0], -away[1])
    turn = np.array([[np.cos(roll), -np.sin(roll)], [np.sin(roll), np.cos(roll)]])
    palm = pixels[list(_PALM)] @ turn.T
    low, high = palm.min(0), palm.max(0)
    extent = (high - low).max()
    centre = (low + high) / 2 - [0, _UPWARDS * extent]
    zoom = side / (_ENLARGED * extent)
    return np.c_[zoom * turn, (side - 1) / 2 - zoom * centre]
