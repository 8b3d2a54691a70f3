"""Which column of a foreign label file is which of the 21 joints."""

import re

from hand_geo_keras.errors import LabelError
from hand_geo_keras.geometry.skeleton import FINGERS, JOINT_NAMES, NUM_JOINTS

_FINGER_WORDS = {"pinky": "little", "pinkie": "little", "small": "little"}
# thumb1 to thumb4 and so on, from palm to tip.
_NUMBERED = ("wrist", *(f"{finger}_{n}" for finger in FINGERS for n in (1, 2, 3, 4)))
_DROPPED_WORDS = {"finger", "hand", "right", "left", "r", "l"}


def joint_order(names, where):
    """Position in `names` of each of the 21 joints, in OpenPose order.

    Names are compared without regard to case and separators, and as MediaPipe
    writes them (`INDEX_FINGER_MCP`, `PINKY_TIP`) or numbered from palm to tip
    (`index1` to `index4`). If no name is known and there are
    exactly 21, they are taken to be in OpenPose order already.

    Args:
        names: Keypoint names of the file, in its order.
        where: File, for the error message.

    Returns:
        list of 21 indices into `names`; None for a joint that the file lacks.

    Raises:
        LabelError: If the names are not understood.
    """
    known = {_normalised(name): index for index, name in enumerate(names)}
    found = [
        known.get(joint, known.get(numbered))
        for joint, numbered in zip(JOINT_NAMES, _NUMBERED)
    ]
    if any(index is not None for index in found):
        return found
    if len(names) == NUM_JOINTS:
        return list(range(NUM_JOINTS))
    raise LabelError(
        f"{where}: the keypoints are neither named like {', '.join(JOINT_NAMES[:3])} … "
        f"nor 21 in OpenPose order; rename them. Received: names={list(names)}"
    )


def _normalised(name):
    words = re.findall(r"[a-z]+|\d+", str(name).lower().strip())
    words = [_FINGER_WORDS.get(word, word) for word in words]
    return "_".join(word for word in words if word not in _DROPPED_WORDS)
