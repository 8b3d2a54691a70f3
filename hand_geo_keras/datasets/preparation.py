"""Settings of the preparation: how crops are cut and which views are kept."""

import dataclasses
import hashlib
import json
from collections.abc import Iterable
from typing import Any

from hand_geo_keras.recordings.recording import Recording


@dataclasses.dataclass(frozen=True)
class Preparation:
    """How instants are cut out of a recording.

    Args:
        crop_size: Side in pixels of the crop that a model will see.
        context: Stored crops are this many times larger than `crop_size`, at the
            same scale, so that in-plane rotation, shift and zoom find real pixels
            beyond the crop's edge.
        box_margin: Margin of the square around the projected joints.
        min_inside: Views whose box lies less than this fraction inside the image are
            dropped.
        min_box_side: Views whose box is smaller than this many pixels are dropped.
        min_valid_joints: Labelled hands with fewer valid joints are dropped.
        min_score: Labelled joints with a lower confidence count as invalid.
        max_reprojection_px: Labelled joints with a larger reprojection error, which
            is also larger than a quarter of the hand's extent in the image, count as
            invalid, unless a person has corrected them.
        background_frames: Number of frames in each camera's median background.

    Reference:
        Box and margin as in Rhodin et al., ECCV 2018.
    """

    crop_size: int = 128
    context: float = 1.5
    box_margin: float = 0.4
    min_inside: float = 0.8
    min_box_side: float = 24.0
    min_valid_joints: int = 21
    min_score: float = 0.0
    max_reprojection_px: float = 20.0
    background_frames: int = 50

    def __post_init__(self) -> None:
        if self.crop_size < 8 or self.context < 1:
            raise ValueError(
                "Crops need a side of at least 8 px and a context of at least 1. "
                f"Received: crop_size={self.crop_size}, context={self.context}"
            )

    @property
    def stored_size(self) -> Any:
        """Side in pixels of the crops on disk."""
        # The same parity as crop_size: both crops then have their pixels in common.
        border = round(self.crop_size * (self.context - 1) / 2)
        return self.crop_size + 2 * border

    def fingerprint(
        self, recording: Recording, frames: Iterable[int], detector: Any = None
    ) -> Any:
        """Text that differs whenever the prepared instants would differ.

        Args:
            recording: The `Recording` to prepare.
            frames: Frame indices that are prepared.
            detector: What finds hands, or None; its `name`, or what Python calls it,
                tells it from others.

        Returns:
            A hexadecimal SHA-256 of these settings, the frames, the detector, the
            recording's cameras, name and length, and its files (see
            `Recording.fingerprint`).
        """
        cameras = [
            [camera.name, camera.resolution]
            + [array.tolist() for array in (camera.K, camera.distortion)]
            + [array.tolist() for array in (camera.R, camera.t)]
            for camera in recording.cameras
        ]
        metadata = {
            "settings": dataclasses.asdict(self),
            "recording": [recording.name, recording.num_frames, cameras],
            "frames": list(frames),
            "files": recording.fingerprint(),
        }
        if detector is not None:
            kind = getattr(detector, "__qualname__", type(detector).__qualname__)
            metadata["detector"] = str(getattr(detector, "name", kind))
        return hashlib.sha256(json.dumps(metadata).encode()).hexdigest()
