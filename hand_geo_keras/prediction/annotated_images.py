"""Images with the predicted skeleton, as a video or as image files."""

from collections.abc import Iterable
from pathlib import Path

import cv2
import numpy as np

from hand_geo_keras.io import make_folder, write_image
from hand_geo_keras.prediction.hand_prediction import HandPrediction
from hand_geo_keras.recordings.video_file import VideoFile
from hand_geo_keras.visualization.skeletons import overlay_skeleton

_BOX_COLOR = (255, 255, 255)


def annotated(image: np.ndarray, hands: Iterable[HandPrediction]) -> np.ndarray:
    """Overlays boxes and skeletons.

    Args:
        image: `[H, W, 3]` uint8 RGB; not changed.
        hands: The image's hands.

    Returns:
        `[H, W, 3]` uint8 RGB copy; the image itself without a hand.
    """
    for hand in hands:
        thickness = max(1, round(hand.box[2] / 100))
        center_x, center_y, side = hand.box
        low, high = (
            (round(center_x + sign * side / 2), round(center_y + sign * side / 2))
            for sign in (-1, 1)
        )
        image = overlay_skeleton(image, hand.pixels, thickness)
        cv2.rectangle(image, low, high, _BOX_COLOR, 1, cv2.LINE_AA)
    return image


class AnnotatedVideo(VideoFile):
    """A `VideoFile` whose frames have a name, like the files of `AnnotatedImages`."""

    def write(self, name: str, image: np.ndarray) -> None:  # type: ignore[override]
        """Adds a frame, uint8 RGB `[H, W, 3]`."""
        super().write(image)


class AnnotatedImages:
    """Writes one PNG per image into a folder.

    Args:
        folder: Folder to write to; made if absent.
    """

    def __init__(self, folder: str | Path) -> None:
        self.path = make_folder(folder)

    def write(self, name: str, image: np.ndarray) -> None:
        """Writes an image, uint8 RGB `[H, W, 3]`, as `<name>.png`."""
        write_image(self.file_of(name), image)

    def file_of(self, name: str | Path) -> Path:
        """The file that an image of that name is written to."""
        return self.path / f"{Path(name).stem}.png"

    def close(self, complete: bool = True) -> None:
        """Nothing is left to do: every image is complete by itself."""
