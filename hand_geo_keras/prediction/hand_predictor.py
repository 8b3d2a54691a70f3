"""A trained pose model together with a camera: images and boxes in, hands out."""

import dataclasses
from typing import Any

import numpy as np

from hand_geo_keras.geometry import virtual_camera, warp_crop
from hand_geo_keras.geometry.cameras import Camera
from hand_geo_keras.prediction.compiled_model import compiled_model
from hand_geo_keras.prediction.hand_prediction import HandPrediction
from hand_geo_keras.prediction.image_predictor import ImagePredictor
from hand_geo_keras.prediction.locate_hand import DEFAULT_MARGIN, locate_hand

_MIRROR = np.array([-1.0, 1.0, 1.0])


@dataclasses.dataclass(frozen=True)
class Cutouts:
    """What is cut out of some images for the network.

    Args:
        crops: `[B, S, S, 3]` uint8 RGB.
        rotations: `[B, 3, 3]` float64 rotations from each camera to its crop's.
        scales: `[B]` float32 half of each crop's side over its focal length.
        cameras: B `Camera` objects.
        boxes: B boxes `(centre x, centre y, side)` in the cameras' pixels.
    """

    crops: np.ndarray
    rotations: np.ndarray
    scales: np.ndarray
    cameras: list
    boxes: list


class HandPredictor(ImagePredictor):
    """Predicts hands in full images, given a box around each.

    Models know right hands only: a left hand's crop is mirrored and the pose
    mirrored back, as in training.

    Args:
        model: See `load_pose_model`.
        camera: `Camera` that took the images. If None its lens is guessed and no
            absolute position is given.
        side: `"right"` or `"left"`.
        hand_size_mm: Distance from wrist to middle knuckle (joints 0 and 9) of the
            person. If given, poses are scaled to it; distances are only as right as
            this size, and without it as the size of the hands trained on.
        margin: Margin of the boxes, see `square_box`; as in training.
        bone_length_mm: Sum of the lengths of all bones, instead of `hand_size_mm`.

    Raises:
        ValueError: If `side` is unknown or a length is not positive.

    Example:
        ```python
        predictor = HandPredictor("runs/my_rig", camera)
        (hand,) = predictor([photo], [(320, 240, 110)])
        hand.pixels, hand.camera_joints
        ```
    """

    def __init__(
        self,
        model: Any,
        camera: Camera | None = None,
        side: str = "right",
        hand_size_mm: float | None = None,
        margin: float = DEFAULT_MARGIN,
        bone_length_mm: Any = None,
    ) -> None:
        super().__init__(camera, side, hand_size_mm, bone_length_mm)
        self.compiled = compiled_model(model)
        self.model = self.compiled.model
        self.crop_size = self.compiled.crop_size
        self.margin = margin

    def cut(self, images: Any, boxes: Any) -> Cutouts:
        """The first half of a call: cuts the hands out.

        Args:
            images, boxes: As in the call.

        Returns:
            `Cutouts`.
        """
        cameras = [self.camera_of(image) for image in images]
        return self.cut_from(cameras, images, boxes)

    def cut_from(self, cameras: Any, images: Any, boxes: Any) -> Cutouts:
        """`cut` of images that other cameras took, `Camera` objects."""
        crops, seen = [], []
        for camera, image, box in zip(cameras, images, boxes, strict=True):
            crop = virtual_camera(camera, box, self.crop_size)
            crops.append(warp_crop(image, camera, crop))
            seen.append(crop)
        rotations = np.stack([crop.R for crop in seen])
        scales = np.array([crop.scale for crop in seen], np.float32)
        return Cutouts(np.stack(crops), rotations, scales, list(cameras), list(boxes))

    def hands(self, cutouts: Any, sources: Any = None, frames: Any = None) -> list[Any]:
        """The second half of a call: predicts what was cut out, and places it."""
        count = len(cutouts.crops)
        sources = sources or [""] * count
        frames = frames or range(count)
        # From each virtual camera to its camera's axes.
        joints = self.poses(cutouts.crops, cutouts.scales) @ cutouts.rotations
        given = zip(sources, frames, cutouts.boxes, cutouts.cameras, joints)
        return [self._placed(*of_image) for of_image in given]

    def poses(self, crops: Any, scales: Any = None) -> Any:
        """Poses of crops `[B, S, S, 3]`, in mm, virtual-camera frame `[B, 21, 3]`.

        Args:
            crops: `[B, S, S, 3]` uint8 RGB.
            scales: See `CompiledModel.poses`.
        """
        left = self.side == "left"
        crops = crops[:, :, ::-1] if left else crops
        poses = np.float64(self.compiled.poses(crops, scales))
        poses = poses - poses[:, :1]  # type: ignore[index]
        poses = self.hand_size.scaled(poses)
        return poses * _MIRROR if left else poses

    def _placed(self, source, frame, box, camera, joints):
        wrist = locate_hand(joints, [camera], [box], self.margin)
        if not np.isfinite(wrist).all():
            return None
        return HandPrediction(
            source=source,
            frame=int(frame),
            side=self.side,
            box=np.asarray(box, np.float64),
            pixels=camera.project(joints + wrist),
            joints=joints,
            wrist=None if self.camera is None else wrist,
        )
