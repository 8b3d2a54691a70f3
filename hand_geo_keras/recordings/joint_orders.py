"""Orders of the 21 joints in well-known data sets and tools."""

import re
from typing import Any

from hand_geo_keras.errors import LabelError
from hand_geo_keras.geometry.skeleton import FINGERS, JOINT_NAMES, NUM_JOINTS

_PALM_TO_TIP = {finger: list(joints) for finger, joints in FINGERS.items()}
_TIP_FIRST = [joint for joints in FINGERS.values() for joint in reversed(joints)]
_MANO_FINGERS = ("index", "middle", "little", "ring", "thumb")
_WITHOUT_TIPS = [
    joint for finger in _MANO_FINGERS for joint in _PALM_TO_TIP[finger][:3]
]
_TIPS = [joints[3] for joints in _PALM_TO_TIP.values()]

# For each order: our joints (OpenPose) in the order of the file.
ORDERS = {
    "openpose": list(range(NUM_JOINTS)),
    "interhand": [*_TIP_FIRST, 0],
    "mano": [0, *_WITHOUT_TIPS, *_TIPS],
    "fphab": [
        *(0, 1, 5, 9, 13, 17),
        *(
            joint
            for first in (1, 5, 9, 13, 17)
            for joint in range(first + 1, first + 4)
        ),
    ],
    "tip_first": [0, *_TIP_FIRST],
    "wrist_last": [*range(1, NUM_JOINTS), 0],
}
_SAME_AS_OPENPOSE = {
    *("openpose", "freihand", "mediapipe", "coco_wholebody", "wholebody", "panoptic"),
    *("onehand10k", "rhd", "dexycb", "cmu", "hanco", "halpe"),
}
_SAME_AS_INTERHAND = {"interhand", "interhand26m", "interhand2_6m", "interhand2.6m"}
_SAME_AS_MANO = {"mano", "ho3d", "smplx"}
_RANGE = re.compile(r"([a-z]+)\s+(\d+)\s*(?:-|–|to)\s*(\d+)")


def named_order(text: str) -> Any:
    """The order of that name as a list of our joints, or None.

    Known are `openpose` (the same as of FreiHAND, MediaPipe, COCO-WholeBody,
    OneHand10K and DexYCB), `interhand`, `mano` (the same as of HO-3D) and `fphab`.
    """
    words = re.sub(r"\b(order|the|in|hand|joints?|21)\b", " ", str(text).lower())
    name = "_".join(re.findall(r"[a-z0-9.]+", words))
    for known, order in (
        (_SAME_AS_OPENPOSE, "openpose"),
        (_SAME_AS_INTERHAND, "interhand"),
        (_SAME_AS_MANO, "mano"),
    ):
        if name in known:
            return ORDERS[order]
    return ORDERS.get(name)


def described_order(text: str) -> list[Any] | None:
    """An order told as `wrist, thumb 1-4, ..., each from the palm to the tip`.

    Returns:
        list of our joints in the order of the file, or None if it is told otherwise.
    """
    text = str(text).lower()
    ranges = {name: (int(low), int(high)) for name, low, high in _RANGE.findall(text)}
    if ranges.keys() != FINGERS.keys() or "wrist" not in text or "palm" not in text:
        return None
    if "tip to the palm" in text or "tip to palm" in text:
        ours = {finger: joints[::-1] for finger, joints in FINGERS.items()}
    else:
        ours = FINGERS
    place = {}
    for finger, (low, high) in ranges.items():
        place |= dict(zip(range(low, high + 1), ours[finger]))
    numbers = set(range(NUM_JOINTS)) - place.keys()
    if len(place) != NUM_JOINTS - 1 or len(numbers) != 1:
        return None
    place[numbers.pop()] = 0
    return [place[number] for number in range(NUM_JOINTS)]


def checked_order(text: str, where: object) -> Any:
    """`named_order`, or an error that lists the known ones."""
    order = named_order(text)
    if order is None:
        raise LabelError(
            f"{where}: the order of joints must be one of {', '.join(ORDERS)} or 21 "
            f"names like {', '.join(JOINT_NAMES[:3])}. Received: {text!r}"
        )
    return order
