"""Predicted hands of a video as motions, for export."""

from collections.abc import Sequence

import numpy as np

from hand_geo_keras.motion_files import HandMotion
from hand_geo_keras.prediction.hand_prediction import HandPrediction


def motions_of_hands(hands: Sequence[HandPrediction], fps: float) -> list[HandMotion]:
    """Sorts predicted hands by track.

    Args:
        hands: List of `HandPrediction` of one video, with `time` stamps.
        fps: Frames per second of the video.

    Returns:
        List of `HandMotion`, one per track, in the camera's frame where it is known,
        else relative to the wrist. The side is that of most frames.

    Example:
        ```python
        write_motions("out", motions_of_hands(found.hands, 30.0), ["bvh"])
        ```
    """
    motions = []
    for track in sorted({hand.track for hand in hands}):
        own = [hand for hand in hands if hand.track == track]
        sides = [hand.side for hand in own]
        side = max(sorted(set(sides)), key=sides.count)
        absolute = own[0].wrist is not None
        motions.append(
            HandMotion(
                name=f"hand{track}_{side}",
                side=side,
                frames=[hand.frame for hand in own],  # type: ignore[arg-type]
                times=[hand.time for hand in own],  # type: ignore[arg-type]
                joints=np.stack(
                    [h.camera_joints if absolute else h.joints for h in own]  # type: ignore[misc]
                ),
                fps=fps,
                reference="camera" if absolute else "wrist",
            )
        )
    return motions
