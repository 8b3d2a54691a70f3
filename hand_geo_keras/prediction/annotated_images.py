"""Images with the predicted skeleton, as a video or as image files."""

import collections
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

    An image `a.jpg` becomes `a.png`, unless there is another `a`, as `a.tif`: then they
    become `a.jpg.png` and `a.tif.png`.

    Args:
        folder: Folder to write to; made if absent.
        names: Names of all images, paths of them below the folder.
    """

    def __init__(self, folder: str | Path, names: Iterable[str]) -> None:
        self.path = make_folder(folder)
        whole, stems = set(names), collections.Counter(map(_stem, names))
        self._files = {
            name: f"{stem if stems[stem] == 1 and stem not in whole else name}.png"
            for name, stem in ((name, _stem(name)) for name in whole)
        }

    def write(self, name: str, image: np.ndarray) -> None:
        """Writes the image of that name, uint8 RGB `[H, W, 3]`."""
        file = self.file_of(name)
        make_folder(file.parent)
        write_image(file, image)

    def file_of(self, name: str) -> Path:
        """The file that the image of that name is written to."""
        return self.path / self._files[name]

    def close(self, complete: bool = True) -> None:
        """Nothing is left to do: every image is complete by itself."""


def _stem(name):
    return str(Path(name).with_suffix(""))
