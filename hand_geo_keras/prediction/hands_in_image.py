"""What `predict` finds in one image."""

import dataclasses
import os
from collections.abc import Iterator

import cv2
import numpy as np

from hand_geo_keras.io import write_image
from hand_geo_keras.prediction.annotated_images import annotated
from hand_geo_keras.prediction.hand_prediction import HandPrediction


@dataclasses.dataclass(frozen=True, eq=False, repr=False)
class HandsInImage:
    """The hands of one image, the most probable first; a sequence of them.

    Printed, it lists the hands; as the last line of a notebook's cell it is shown as
    the image with the skeletons.

    Args:
        source: Name of the image.
        image: `[H, W, 3]` uint8 RGB.
        hands: tuple of `HandPrediction`; empty where there is none.

    Example:
        ```python
        found = hand_geo_keras.predict("photo.jpg")
        for hand in found:
            print(hand.side, hand.score, hand.joints)  # [21, 3] mm
        found.save("pose.png")
        ```
    """

    source: str
    image: np.ndarray
    hands: tuple[HandPrediction, ...]

    def __len__(self) -> int:
        return len(self.hands)

    def __iter__(self) -> Iterator[HandPrediction]:
        return iter(self.hands)

    def __getitem__(self, index: int) -> HandPrediction:
        return self.hands[index]

    def __repr__(self) -> str:
        if not self.hands:
            return f"no hand found in {self.source}"
        count = "1 hand" if len(self) == 1 else f"{len(self)} hands"
        lines = [f"  {hand.summary()}" for hand in self]
        return "\n".join([f"{count} in {self.source}", *lines])

    def overlay(self) -> np.ndarray:
        """`[H, W, 3]` uint8 RGB copy of the image with boxes and skeletons."""
        return annotated(self.image, self.hands)

    def save(self, path: str | os.PathLike) -> None:
        """Writes the overlay as a PNG or JPEG file, in full or not at all.

        Args:
            path: File to write.

        Raises:
            StorageError: If it cannot be written.
        """
        write_image(path, self.overlay())

    def _repr_png_(self) -> bytes:
        """The overlay, for notebooks."""
        _, content = cv2.imencode(".png", self.overlay()[..., ::-1])
        return content.tobytes()
