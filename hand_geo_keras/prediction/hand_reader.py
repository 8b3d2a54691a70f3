"""Reads hands off images with named latent points: a coarse and a fine pass."""

import dataclasses

import cv2
import numpy as np
import tensorflow as tf

from hand_geo_keras.geometry import square_box, virtual_camera, warp_crop
from hand_geo_keras.geometry.skeleton import NUM_JOINTS

_KNUCKLES = (5, 9, 13, 17)
_MIRROR = np.array([-1.0, 1.0, 1.0])
# Fixed sizes of batches, each traced once; larger ones are cut up.
_BATCHES = (1, 2, 4, 8, 16, 32, 64)


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
        spread: `[21]` float64 standard deviation of each joint's heatmap in pixels of
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
        model: `PoseEstimator` of a `JointEncoder` and a `LiftHead`.
        margin: Margin of boxes around the joints, as in training.

    Example:
        ```python
        reader = HandReader(PoseEstimator.from_preset("hand_128"))
        (hand,) = reader.read([image], [camera], [Region((320, 240, 180))], ["right"])
        hand.pixels, hand.joints, hand.presence
        ```
    """

    def __init__(self, model, margin=0.4):
        self.size, self.margin = model.encoder.image_size, margin
        self._network = tf.function(_network_of(model), reduce_retracing=True)

    def read(self, images, cameras, regions, sides, passes=2):
        """Reads one hand per image.

        The first pass looks at the region as it is given, which may be roughly placed
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
        for _ in range(passes):
            readings = self._pass(images, cameras, regions, sides)
            regions = [reading.region for reading in readings]
        return readings

    def _pass(self, images, cameras, regions, sides):
        crops = [
            virtual_camera(camera, region.box, self.size).rolled(region.roll)
            for camera, region in zip(cameras, regions)
        ]
        pixels = [
            _cut(image, camera, crop, side)
            for image, camera, crop, side in zip(images, cameras, crops, sides)
        ]
        scales = [crop.size / 2 / crop.K[0, 0] for crop in crops]
        outputs = self.network(np.stack(pixels), np.array(scales, np.float32))
        return [
            self._reading(*given, values)
            for *given, values in zip(cameras, regions, crops, sides, zip(*outputs))
        ]

    def network(self, crops, scales):
        """Runs the network on any number of crops.

        Args:
            crops: `[B, S, S, 3]` uint8 RGB.
            scales: `[B]` float32 half the crop's side over its focal length.

        Returns:
            `(points [B, 21, 3], joints [B, 21, 3] mm, spread [B, 21], presence [B],
            right [B])`; points and spread in halves of the crop's side.
        """
        parts, start = [], 0
        while start < len(crops):
            count = min(len(crops) - start, _BATCHES[-1])
            padded = next(size for size in _BATCHES if size >= count)
            rows = np.minimum(np.arange(start, start + padded), len(crops) - 1)
            parts.append(
                [v.numpy()[:count] for v in self._network(crops[rows], scales[rows])]
            )
            start += count
        return tuple(np.concatenate(values) for values in zip(*parts))

    def _reading(self, camera, region, crop, side, values):
        points, joints, spread, presence, right = values
        flip = _MIRROR if side == "left" else 1.0
        points, joints = np.float64(points) * flip, np.float64(joints) * flip
        half = self.size / 2
        pixels = _camera_pixels(camera, crop, (points[:, :2] + 1) * half - 0.5)
        return Reading(
            joints=joints @ crop.R @ camera.R.T,
            pixels=pixels,
            spread=np.float64(spread) * region.box[2] / 2,
            presence=float(presence),
            right=float(right),
            region=self._around(camera, crop, points, region),
        )

    def _around(self, camera, crop, points, region):
        """The region that a hand at these points should have been seen in."""
        xy = points[:, :2]
        away = xy[list(_KNUCKLES)].mean(0) - xy[0]
        turn = -np.arctan2(away[0], -away[1])
        rotation = np.array(
            [[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]]
        )
        *centre, side = square_box(xy @ rotation.T, self.margin)
        at = (np.array(centre) @ rotation + 1) * self.size / 2 - 0.5
        (place,) = _camera_pixels(camera, crop, at[None])
        box = np.array([*place, region.box[2] * side / 2])
        return Region(box, region.roll + turn)


def _cut(image, camera, crop, side):
    pixels = warp_crop(image, camera, crop)
    return cv2.flip(pixels, 1) if side == "left" else pixels


def _camera_pixels(camera, crop, pixels):
    """Pixels `[N, 2]` of a crop as pixels of the camera that it was cut from."""
    rays = np.c_[pixels, np.ones(len(pixels))] @ np.linalg.inv(crop.K).T
    return camera.project(rays @ crop.R + camera.center)


def _network_of(model):
    """`(crops, scales) -> points, joints, spread, presence, right` as tensors."""

    def network(crops, scales):
        codes = model.encoder(model.normalize(crops), training=False)
        points = codes["latent_3d"]
        pose = model({"latent_3d": points, "scale": scales}, training=False)
        presence = tf.sigmoid(codes["presence"])
        spread = _heatmap_spread(codes["heatmaps"], points[:, :NUM_JOINTS, :2])
        return points[:, :NUM_JOINTS], pose, spread, presence[:, 0], presence[:, 1]

    return network


def _heatmap_spread(logits, points):
    """Standard deviation `[B, J]` of heatmaps about their means `[B, J, 2]`."""
    _, height, width, count = logits.shape
    weights = tf.nn.softmax(tf.reshape(logits, (-1, height * width, count)), axis=1)
    y, x = np.divmod(np.arange(height * width, dtype=np.float32), np.float32(width))
    cells = np.stack([(x + 0.5) / width, (y + 0.5) / height], 1) * 2 - 1
    second = tf.einsum("bhj,h->bj", weights, np.float32((cells**2).sum(1)))
    return tf.sqrt(tf.maximum(second - tf.reduce_sum(points**2, -1), 0.0))
