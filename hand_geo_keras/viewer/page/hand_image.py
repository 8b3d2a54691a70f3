"""An image, and where in it a hand is: what all sources of hands come down to."""

import dataclasses
import hashlib

import cv2
import numpy as np

from hand_geo_keras.geometry import (
    Camera,
    VirtualCamera,
    homography,
    virtual_camera,
    warp_crop,
)
from hand_geo_keras.prediction.hand_prediction import HandPrediction
from hand_geo_keras.prediction.image_predictor import nominal_camera


@dataclasses.dataclass(frozen=True, eq=False)
class HandImage:
    """One hand in an image.

    Args:
        image: `[H, W, 3]` uint8 RGB.
        box: `[3]` float64 `(centre x, centre y, side)` in pixels.
        side: `"right"` or `"left"`.
        camera: `Camera` that took the image; its lens is guessed if None.
        background: `[H, W, 3]` uint8 RGB, the empty scene, or None.
        source: Name of the image or recording.
        frame: 0-based frame index, 0 for single images.
        is_calibrated: Whether the camera's place and lens are measured ones.
    """

    image: np.ndarray
    box: np.ndarray
    side: str = "right"
    camera: Camera | None = None
    background: np.ndarray | None = None
    source: str = ""
    frame: int = 0
    is_calibrated: bool = False

    @property
    def lens(self) -> Camera:
        """`Camera` with which crops are cut."""
        return self.camera or nominal_camera(self.image)

    def virtual_camera(self, size: int) -> VirtualCamera:
        """The `VirtualCamera` of the crop."""
        return virtual_camera(self.lens, self.box, size)

    def crop(self, size: int, background: bool = False) -> np.ndarray:
        """`[size, size, 3]` uint8 crop of the image or of its background."""
        image = self.image
        if background:
            if self.background is None:
                raise ValueError("This image has no background.")
            image = self.background
        return warp_crop(image, self.lens, self.virtual_camera(size))

    def crop_pixels(self, pixels: np.ndarray, size: int) -> np.ndarray:
        """Pixels `[N, 2]` of the image as pixels of the crop."""
        lens = self.lens
        ideal = np.c_[lens.undistort(pixels), np.ones(len(pixels))]
        places = ideal @ homography(lens, self.virtual_camera(size)).T
        return places[:, :2] / places[:, 2:]

    def crop_joints(self, joints: np.ndarray) -> np.ndarray:
        """Joints `[N, 3]` in the camera's axes as in those of the crop's camera."""
        return joints @ (self.virtual_camera(1).R @ self.lens.R.T).T


def as_right(image: np.ndarray, side: str) -> np.ndarray:
    """The image as models know it, who know right hands only."""
    return cv2.flip(image, 1) if side == "left" else image


def key_of(
    given: HandImage, crop: np.ndarray, found: HandPrediction | None = None
) -> str:
    """Text that is the same for the same hand of the same image.

    A hand that was found is not the one that is read in the same box: a search also
    tells which way is up.
    """
    digest = hashlib.sha256(repr((given.side, given.source, given.frame)).encode())
    for array in (crop, given.box, given.background, found and found.joints):
        digest.update(b"" if array is None else np.ascontiguousarray(array).tobytes())
    return digest.hexdigest()[:32]
