"""Which column of a foreign label file is which of the 21 joints."""

import dataclasses
from collections.abc import Sequence
from typing import Any

from hand_geo_keras.errors import LabelError
from hand_geo_keras.geometry.skeleton import FINGERS, JOINT_NAMES, NUM_JOINTS
from hand_geo_keras.recordings.joint_orders import checked_order
from hand_geo_keras.recordings.joint_words import parse_joint_name

# Fewer than the wrist and a few joints are no hand.
MIN_JOINTS = 5
_OTHER_SIDE = {"right": "left", "left": "right"}
_FINGER_CHAINS = (
    ("mcp", "pip", "dip", "tip"),
    ("proximal", "intermediate", "distal", "tip"),
    ("proximal", "pip", "dip", "tip"),
    ("mcp", "intermediate", "distal", "tip"),
)
_THUMB_CHAINS = (
    ("cmc", "mcp", "ip", "tip"),
    ("cmc", "mcp", "dip", "tip"),
    ("cmc", "mcp", "pip", "tip"),
    ("mcp", "pip", "dip", "tip"),
    ("metacarpal", "proximal", "distal", "tip"),
    ("proximal", "intermediate", "distal", "tip"),
)
_FROM_ZERO = ("0", "1", "2", "3")
_FROM_ONE = ("1", "2", "3", "4")
_WITH_TIP = (("1", "2", "3", "tip"), ("0", "1", "2", "tip"))
_WITH_FINGER = (("1", "2", "3", ""), ("0", "1", "2", ""))


@dataclasses.dataclass(frozen=True)
class JointOrder:
    """Where the 21 joints stand among the names of a file.

    Args:
        columns: For each of the 21 joints a tuple of indices into the names: one, or
            none for a joint that the file lacks, or two whose midpoint it is (the
            ulnar and the radial side of the wrist).
        ignored: Names that are no joint of this hand.
        completed: Sentences on joints that are made of others, or that are missing.
    """

    columns: tuple
    ignored: tuple = ()
    completed: tuple = ()


def joint_order(
    names: Sequence[str], where: object, side: str = "right", order: Any = None
) -> JointOrder:
    """Finds the 21 joints of one hand among the names of a file.

    Names are taken apart (see `parse_joint_name`), so that the vocabularies of
    OpenPose, MediaPipe, COCO-WholeBody, OneHand10K, InterHand2.6M, MANO and SMPL-X,
    DexYCB, FPHAB, JARVIS, OpenXR, Unity and Mixamo are known. Where names carry a side,
    only those of `side` are taken. Names that are just numbers say nothing of the
    order: it is taken to be OpenPose's unless `order` says otherwise.

    Args:
        names: Keypoint names of the file, in its order.
        where: File, for the error message.
        side: `"right"` or `"left"`.
        order: Name of an order of `joint_orders`, for names that do not tell; the
            names are not looked at then.

    Returns:
        `JointOrder`.

    Raises:
        LabelError: If names are not understood, only the other side is there, or two
            names mean the same joint; says which names were matched and which not.

    Example:
        >>> joint_order(  # doctest: +ELLIPSIS
        ...     ["kp0", "kp1"], "a.csv", order="openpose"
        ... )
        Traceback (most recent call last):
        ...
        hand_geo_keras.errors.LabelError: a.csv: an order needs 21 keypoints of ...
    """
    names = [str(name) for name in names]
    parsed = _wrist_sides([parse_joint_name(name) for name in names])
    chosen, ignored = _of_side(names, parsed, side, where)
    if order is not None:
        return _in_order(names, chosen, ignored, order, where)
    numbered = _numbered(parsed, chosen)
    if numbered is not None:
        return JointOrder(tuple((index,) for index in numbered), tuple(ignored))
    return _matched(names, parsed, chosen, ignored, where)


def _wrist_sides(parsed):
    """JARVIS calls the two sides of the wrist U and R: R is no right hand then."""
    has_ulnar = any(entry.joint == "ulnar" for entry in parsed)
    sided = [entry for entry in parsed if entry.side and entry.finger != "wrist"]
    if not has_ulnar or sided:
        return parsed
    return [
        dataclasses.replace(entry, side=None, joint="radial")
        if entry.finger == "wrist" and entry.side == "right"
        else entry
        for entry in parsed
    ]


def _of_side(names, parsed, side, where):
    """Indices of the names of a side, or without any; and the other names."""
    sides = {entry.side for entry in parsed if _is_hand(entry)}
    if side not in sides and _OTHER_SIDE[side] in sides and None not in sides:
        raise LabelError(
            f"{where}: all its keypoints are of a {_OTHER_SIDE[side]} hand; choose "
            f"side={_OTHER_SIDE[side]!r}. Received: side={side!r}, names={names[:5]} …"
        )
    wanted = {side} if side in sides else {None}
    if _OTHER_SIDE[side] not in sides:
        wanted |= {side, None}
    chosen = [i for i, entry in enumerate(parsed) if entry.side in wanted]
    return chosen, [name for i, name in enumerate(names) if i not in chosen]


def _is_hand(entry):
    return entry.finger not in (None, "other") or entry.number is not None


def _in_order(names, chosen, ignored, order, where):
    ours = checked_order(order, where)
    if len(chosen) != NUM_JOINTS:
        raise LabelError(
            f"{where}: an order needs {NUM_JOINTS} keypoints of the hand. "
            f"Received: order={order!r}, {len(chosen)} names"
        )
    columns = [()] * NUM_JOINTS
    for index, joint in zip(chosen, ours):
        columns[joint] = (index,)
    return JointOrder(tuple(columns), tuple(ignored))


def _numbered(parsed, chosen):
    """Indices by number where all names are numbers 0..20 or 1..21."""
    entries = [(parsed[index].number, index) for index in chosen]
    if len(entries) != NUM_JOINTS or None in [number for number, _ in entries]:
        return None
    if len({parsed[index].prefix for index in chosen}) > 1:
        return None
    entries.sort()
    first = entries[0][0]
    if [number - first for number, _ in entries] != list(range(NUM_JOINTS)):
        return None
    return [index for _, index in entries] if first in (0, 1) else None


def _matched(names, parsed, chosen, ignored, where):
    found, unknown = {}, []
    for index in chosen:
        entry = parsed[index]
        if entry.finger is None:
            unknown.append(names[index])
        elif entry.finger == "other":
            ignored = [*ignored, names[index]]
        else:
            found.setdefault(entry.finger, {}).setdefault(entry.joint, []).append(index)
    columns = [_wrist(found.pop("wrist", {}), names, where)]
    chains = _numbered_chains(found)
    for finger in FINGERS:
        joints, extra = _chain(finger, found.get(finger, {}), chains, names, where)
        columns += joints
        unknown += [names[index] for index in extra]
    _check_matched(columns, unknown, names, where)
    completed = tuple(
        f"{joint} is the midpoint of {' and '.join(names[index] for index in column)}"
        for joint, column in zip(JOINT_NAMES, columns)
        if len(column) > 1
    )
    missing = [name for name, column in zip(JOINT_NAMES, columns) if not column]
    if missing:
        completed += (f"no keypoint is {' or '.join(missing)}",)
    return JointOrder(tuple(columns), tuple([*ignored, *unknown]), completed)


def _wrist(kinds, names, where):
    """The wrist: one point, or the midpoint of its ulnar and radial side."""
    for preferred in ("root", "", "hand"):
        if preferred in kinds:
            return _single(kinds[preferred], names, where)
    if kinds.keys() == {"ulnar", "radial"}:
        return tuple(_single(kinds[kind], names, where)[0] for kind in sorted(kinds))
    return ()


def _single(indices, names, where):
    if len(indices) > 1:
        raise LabelError(
            f"{where}: the names {[names[index] for index in indices]} mean the same "
            "joint; keep one of them or rename the others."
        )
    return tuple(indices)


def _numbered_chains(found):
    """How this file numbers joints; it does so for all fingers alike."""
    words = set().union(*found.values()) if found else set()
    counts_from_zero = "0" in words
    if "4" in words or ("3" in words and counts_from_zero):
        chain = _FROM_ZERO if counts_from_zero else _FROM_ONE
    elif "" in words and "tip" not in words:
        chain = _WITH_FINGER[counts_from_zero]
    else:
        chain = _WITH_TIP[counts_from_zero]
    return (chain,)


def _chain(finger, joints, numbered, names, where):
    """Four tuples of indices, palm to tip, and the indices that do not fit."""
    named = _THUMB_CHAINS if finger == "thumb" else _FINGER_CHAINS
    best = max((*numbered, *named), key=lambda chain: len(joints.keys() & set(chain)))
    columns = [_single(joints.get(word, []), names, where) for word in best]
    extra = [index for word in joints.keys() - set(best) for index in joints[word]]
    return columns, [i for i in extra if not _is_metacarpal(i, finger, joints)]


def _is_metacarpal(index, finger, joints):
    """OpenXR's base of a finger inside the palm, which is none of the 21."""
    return finger != "thumb" and index in joints.get("metacarpal", ())


def _check_matched(columns, unknown, names, where):
    missing = [name for name, column in zip(JOINT_NAMES, columns) if not column]
    count = NUM_JOINTS - len(missing)
    if count >= MIN_JOINTS and (not missing or not unknown):
        return
    raise LabelError(
        f"{where}: of its keypoints {count} are understood as joints of the hand, "
        f"{_listed(unknown)} are not and {_listed(missing)} are missing; name them "
        f"like {', '.join(JOINT_NAMES[:3])}, or say in which order the 21 stand. "
        f"Received: {len(names)} names"
    )


def _listed(names):
    if len(names) > 8:
        return f"{names[:8]} and {len(names) - 8} more"
    return str(names) if names else "none"
