"""The size of a person's hand, which no single image tells."""

import dataclasses
from typing import Any

import numpy as np

from hand_geo_keras.geometry.bones import bone_lengths

_MIDDLE_MCP = 9


@dataclasses.dataclass(frozen=True)
class HandSize:
    """A known size of a hand, by one of two measures, or none.

    Args:
        palm_mm: Distance from wrist to middle knuckle (joints 0 and 9).
        total_bone_length_mm: Sum of the lengths of all 20 bones, wrist to fingertips.

    Raises:
        ValueError: If one is not a positive length, or both are given.

    Example:
        >>> HandSize(total_bone_length_mm=800.0).is_known
        True
    """

    palm_mm: float | None = None
    total_bone_length_mm: float | None = None

    def __post_init__(self) -> None:
        for name, length in (
            ("hand_size_mm", self.palm_mm),
            ("bone_length_mm", self.total_bone_length_mm),
        ):
            if length is not None and not 0 < length < np.inf:
                raise ValueError(
                    f"`{name}` must be a positive length in mm. Received: "
                    f"{name}={length}"
                )
        if self.palm_mm is not None and self.total_bone_length_mm is not None:
            raise ValueError(
                "Give either `hand_size_mm` (wrist to middle knuckle) or "
                "`bone_length_mm` (sum of all bones), not both. Received: "
                f"hand_size_mm={self.palm_mm}, "
                f"bone_length_mm={self.total_bone_length_mm}"
            )

    @property
    def is_known(self) -> bool:
        """Whether there is a size to scale to."""
        return self.palm_mm is not None or self.total_bone_length_mm is not None

    def scaled(self, joints: np.ndarray) -> Any:
        """Scales wrist-relative joints `[..., 21, 3]` to this size, if it is known."""
        joints = np.asarray(joints, np.float64)
        if not self.is_known:
            return joints
        if self.palm_mm is not None:
            palms = np.linalg.norm(joints[..., _MIDDLE_MCP, :], axis=-1)
            wanted, size = self.palm_mm, palms
        else:
            wanted, size = self.total_bone_length_mm, bone_lengths(joints).sum(-1)
        return joints * (wanted / np.maximum(size, 1e-6))[..., None, None]

    def described(self, assumed_mm: Any = None) -> dict[Any, Any]:
        """What `keypoints.json` says of the size.

        Args:
            assumed_mm: Total bone length that the model gives every hand, or None if it
                gives that of the hands it was trained on.
        """
        if self.palm_mm is not None:
            return {"wrist_to_middle_knuckle_mm": self.palm_mm, "source": "given"}
        if self.total_bone_length_mm is not None:
            length = self.total_bone_length_mm
            return {"total_bone_length_mm": length, "source": "given"}
        if assumed_mm is not None:
            source = "assumed: an average adult"
            return {"total_bone_length_mm": assumed_mm, "source": source}
        return {"source": "as learned from the training labels"}
