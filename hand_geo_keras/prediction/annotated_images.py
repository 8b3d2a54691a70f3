"""Images with the predicted skeleton, as a video or as image files."""

import os
from pathlib import Path

import cv2

from hand_geo_keras.errors import RecordingError
from hand_geo_keras.io import replacing, write_image
from hand_geo_keras.visualization.skeletons import overlay_skeleton

_BOX_COLOR = (255, 255, 255)


def annotated(image, prediction):
    """`[H, W, 3]` uint8 RGB copy with box and skeleton; unchanged without a hand."""
    if prediction is None:
        return image
    thickness = max(1, round(prediction.box[2] / 100))
    center_x, center_y, side = prediction.box
    corners = [
        (round(center_x + sign * side / 2), round(center_y + sign * side / 2))
        for sign in (-1, 1)
    ]
    canvas = overlay_skeleton(image, prediction.pixels, thickness)
    cv2.rectangle(canvas, *corners, _BOX_COLOR, 1, cv2.LINE_AA)
    return canvas


class AnnotatedVideo:
    """Writes a video under a temporary name; `close` makes it appear.

    Args:
        path: Video to write, `.mp4`.
        fps: Frames per second.
        resolution: `(width, height)`.

    Raises:
        RecordingError: If OpenCV cannot write videos here.
    """

    def __init__(self, path, fps, resolution):
        self.path = Path(path)
        self._temporary = self.path.with_name(f"{self.path.stem}.partial.mp4")
        code = cv2.VideoWriter_fourcc(*"mp4v")
        self._writer = cv2.VideoWriter(str(self._temporary), code, fps, resolution)
        if not self._writer.isOpened():
            raise RecordingError(
                f"{self.path}: the video cannot be written; OpenCV lacks an encoder, "
                "or the folder is not writable."
            )

    def write(self, name, image):
        """Adds a frame, uint8 RGB `[H, W, 3]`."""
        self._writer.write(cv2.cvtColor(image, cv2.COLOR_RGB2BGR))

    def close(self, complete=True):
        """Finishes the video; drops it if it is not complete."""
        self._writer.release()
        if complete:
            with replacing(self.path) as partial:
                os.replace(self._temporary, partial)
        else:
            self._temporary.unlink(missing_ok=True)


class AnnotatedImages:
    """Writes one PNG per image into a folder.

    Args:
        folder: Folder to write to; made if absent.
    """

    def __init__(self, folder):
        self.path = Path(folder)
        self.path.mkdir(parents=True, exist_ok=True)

    def write(self, name, image):
        """Writes an image, uint8 RGB `[H, W, 3]`, as `<name>.png`."""
        write_image(self.path / f"{Path(name).stem}.png", image)

    def close(self, complete=True):
        """Nothing is left to do: every image is complete by itself."""
