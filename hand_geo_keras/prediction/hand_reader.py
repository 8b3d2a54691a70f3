"""Reads hands off images with named latent points: a coarse and a fine pass."""

import dataclasses
from collections.abc import Sequence
from typing import Any

import cv2
import numpy as np

from hand_geo_keras.geometry import square_box, virtual_camera, warp_crop
from hand_geo_keras.geometry.cameras import Camera
from hand_geo_keras.prediction.compiled_model import compiled_model
from hand_geo_keras.prediction.locate_hand import DEFAULT_MARGIN

_KNUCKLES = (5, 9, 13, 17)
_COARSE_SAMPLES = 2  # per pixel of a crop that only tells where to look next
_MIRROR = np.array([-1.0, 1.0, 1.0])


@dataclasses.dataclass(frozen=True, eq=False)
class Region:
    """Where to look for a hand: a square in an image, and which way is up in it.

    Args:
        box: `[3]` (centre x, centre y, side) in pixels of the image.
        roll: Clockwise rotation in radians that makes the hand point up.
    """

    box: np.ndarray
    roll: float = 0.0


@dataclasses.dataclass(frozen=True, eq=False)
class Reading:
    """What one crop says of a hand.

    Args:
        joints: `[21, 3]` float64 mm relative to the wrist, camera axes.
        pixels: `[21, 2]` float64 joints in the image, where the heatmaps see them.
        spread: `[21]` float64 std of each joint's heatmap in pixels of
            the image: how uncertain the joint is.
        presence: Probability that a hand fills the crop.
        right: Probability that it is a right hand, if there is one.
        region: The `Region` that fits the joints: where a next pass should look.
    """

    joints: np.ndarray
    pixels: np.ndarray
    spread: np.ndarray
    presence: float
    right: float
    region: Region


class HandReader:
    """Compiled network and crops around it, for models with named latent points.

    Args:
        model: See `load_pose_model`; it must have named latent points.
        margin: Margin of boxes around the joints, as in training.

    Raises:
        ValueError: If the model has no named points.
        WeightsError: If there is no such model.

    Example:
        ```python
        reader = HandReader("hand_128")
        (hand,) = reader.read([image], [camera], [Region((320, 240, 180))], ["right"])
        hand.pixels, hand.joints, hand.presence
        ```
    """

    def __init__(self, model: Any, margin: float = DEFAULT_MARGIN) -> None:
        self.compiled = compiled_model(model)
        if not self.compiled.reads_joints:
            raise ValueError(
                "`model` must have named latent points, as `hand_128` does. "
                f"Received: model={model!r}"
            )
        self.size, self.margin = self.compiled.crop_size, margin

    def read(
        self,
        images: Sequence[np.ndarray],
        cameras: Sequence[Camera],
        regions: Sequence[Region],
        sides: Sequence[str],
        passes: int = 2,
    ) -> list[Reading]:
        """Reads one hand per image.

        The first pass looks at the region as given, which may be roughly placed
        and rolled in any way; each further pass looks at the region that the one
        before found.

        Args:
            images: List of `[H, W, 3]` uint8 RGB.
            cameras: `Camera` of each image.
            regions: `Region` of each image.
            sides: `"right"` or `"left"` of each image; left hands are mirrored.
            passes: Number of passes; 1 where a video's last frame gave the region.

        Returns:
            list of `Reading`.
        """
        for left in reversed(range(passes)):
            most_samples = _COARSE_SAMPLES if left else None
            readings = self._pass(images, cameras, regions, sides, most_samples)
            regions = [reading.region for reading in readings]
        return readings

    def _pass(self, images, cameras, regions, sides, most_samples):
        crops = [
            virtual_camera(camera, region.box, self.size).rolled(region.roll)
            for camera, region in zip(cameras, regions)
        ]
        pixels = [
            _cut(image, camera, crop, side, most_samples)
            for image, camera, crop, side in zip(images, cameras, crops, sides)
        ]
        scales = [crop.scale for crop in crops]
        found = self.network(np.stack(pixels), np.array(scales, np.float32))
        return [
            self._reading(*given, {key: value[row] for key, value in found.items()})
            for row, given in enumerate(zip(cameras, regions, crops, sides))
        ]

    def network(self, crops: Any, scales: Any) -> Any:
        """What the network says of crops, see `CompiledModel.read`."""
        return self.compiled.read(crops, scales)

    def _reading(self, camera, region, crop, side, found):
        flip = _MIRROR if side == "left" else np.ones(3)
        points = np.float64(found["points"]) * flip[:2]
        joints = np.float64(found["joints_mm"]) * flip
        return Reading(
            joints=joints @ crop.R @ camera.R.T,
            pixels=_camera_pixels(camera, crop, (points + 1) * self.size / 2 - 0.5),
            spread=np.float64(found["spread"]) * region.box[2] / 2,
            presence=float(found["presence"]),
            right=float(found["right"]),
            region=self._around(camera, crop, points, region),
        )

    def _around(self, camera, crop, points, region):
        """The region that a hand at these points should have been seen in."""
        around = region_around(points, self.margin)
        *centre, side = around.box
        at = (np.array(centre) + 1) * self.size / 2 - 0.5
        (place,) = _camera_pixels(camera, crop, at[None])
        box = np.array([*place, region.box[2] * side / 2])
        return Region(box, region.roll + around.roll)


def region_around(pixels: np.ndarray, margin: float = DEFAULT_MARGIN) -> Region:
    """The `Region` that shows a hand upright.

    Args:
        pixels: `[21, 2]` joints in an image.
        margin: Margin of the box around them.

    Returns:
        `Region` in the same image.
    """
    away = pixels[list(_KNUCKLES)].mean(0) - pixels[0]
    roll = -np.arctan2(away[0], -away[1])
    rotation = np.array([[np.cos(roll), -np.sin(roll)], [np.sin(roll), np.cos(roll)]])
    *centre, side = square_box(pixels @ rotation.T, margin)
    return Region(np.array([*(np.array(centre) @ rotation), side]), roll)


def _cut(image, camera, crop, side, most_samples):
    pixels = warp_crop(image, camera, crop, most_samples)
    return cv2.flip(pixels, 1) if side == "left" else pixels


def _camera_pixels(camera, crop, pixels):
    """Pixels `[N, 2]` of a crop as pixels of the camera that it was cut from."""
    rays = np.c_[pixels, np.ones(len(pixels))] @ np.linalg.inv(crop.K).T
    return camera.project(rays @ crop.R + camera.center)
