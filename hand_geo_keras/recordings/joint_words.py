"""What a keypoint's name says: which side, which finger, which joint."""

import dataclasses
import re

_LEFT_RIGHT = {
    "right": ("right", "r", "rh", "rhand", "righthand", "rgt"),
    "left": ("left", "l", "lh", "lhand", "lefthand", "lft"),
}
SIDE_WORDS = {word: side for side, words in _LEFT_RIGHT.items() for word in words}
_FINGERS = {
    "thumb": ("thumb", "thb", "pollex"),
    "index": ("index", "forefinger", "fore", "pointer", "pointing", "idx"),
    "middle": ("middle", "long", "mid"),
    "ring": ("ring", "rng"),
    "little": ("little", "pinky", "pinkie", "small", "baby", "lit"),
}
_FINGER_WORDS = {word: finger for finger, words in _FINGERS.items() for word in words}
_INITIALS = dict(zip("timrpl", ("thumb", "index", "middle", "ring", "little")))
_INITIALS["l"] = "little"
_JOINTS = {
    "cmc": ("cmc", "tm", "tmc", "trapezium", "carpometacarpal"),
    "mcp": ("mcp", "knuckle", "metacarpophalangeal"),
    "pip": ("pip",),
    "dip": ("dip",),
    "ip": ("ip", "interphalangeal"),
    "tip": ("tip", "tips", "end", "nail", "top", "fingertip", "t"),
    "metacarpal": ("metacarpal", "mc"),
    "proximal": ("proximal", "prox", "p"),
    "intermediate": ("intermediate", "medial", "inter", "m"),
    "distal": ("distal", "dist", "d"),
}
_JOINT_WORDS = {word: joint for joint, words in _JOINTS.items() for word in words}
_WRIST_WORDS = {"wrist", "carpus", "root"}
_FILLERS = {
    *("finger", "fingers", "hand", "joint", "jnt", "xr", "ext", "of", "the", "point"),
    *("hands", "landmark", "landmarks", "keypoint", "keypoints", "kp", "kpt", "pt"),
    *("phalanx", "bone", "def", "skel", "human", "base", "f", "b", "id", "no"),
}
# Parts of bodies and scenes that are no joint of a hand.
OTHER_WORDS = {
    *("palm", "elbow", "shoulder", "forearm", "arm", "upperarm", "lowerarm", "nose"),
    *("eye", "ear", "mouth", "neck", "head", "chin", "hip", "knee", "ankle", "foot"),
    *("heel", "toe", "pelvis", "spine", "chest", "object", "cube", "ball", "cup"),
    *("marker", "board", "center", "centre", "centroid", "face", "body", "ulna"),
    *("radius", "corner", "watch", "sleeve"),
}
_GLUED = re.compile(r"([timrpl])(cmc|mcp|pip|dip|ip|tip|tm)")
_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")


@dataclasses.dataclass(frozen=True)
class JointName:
    """A keypoint's name, taken apart.

    Args:
        side: `"right"`, `"left"` or None.
        finger: `"wrist"`, a finger of `skeleton.FINGERS`, `"other"` for what is no
            joint of a hand, or None if not understood.
        joint: Word or number of the joint on the finger: `"mcp"`, `"tip"`, `"2"`, ...;
            `""` where the name is the finger's alone; for the wrist its preference,
            `"ulnar"` or `"radial"`.
        number: The number of a name that is just one, such as `"kp_7"`, else None.
        prefix: Its words, to tell `kp_7` from `face_7`.
    """

    side: str | None
    finger: str | None
    joint: str = ""
    number: int | None = None
    prefix: str = ""


def parse_joint_name(name: str) -> JointName:
    """Takes a keypoint's name apart.

    Case, separators, camel case and filler words do not matter: `INDEX_FINGER_MCP`,
    `index-mcp`, `indexMcp`, `R_Index_MCP` and `f_index.01.R` are all understood.

    Args:
        name: Name as the file has it.

    Returns:
        `JointName`.
    """
    words = [word.lower() for word in _WORD.findall(str(name))]
    words = _unglued(words)
    side, words = _side(words)
    fingers = [_FINGER_WORDS[word] for word in words if word in _FINGER_WORDS]
    if not fingers:
        return _without_finger(words, side)
    rest = [word for word in words if word not in _FILLERS]
    place = next(i for i, word in enumerate(rest) if word in _FINGER_WORDS)
    rest.pop(place)
    if len(rest) == 1 and rest[0] == "middle":  # "index middle": the middle phalanx
        return JointName(side, fingers[0], "intermediate")
    return _joint(side, fingers[0], rest)


def _unglued(words):
    """Splits `tmcp` into `thumb`, `mcp`, as FPHAB writes it."""
    split = []
    for word in words:
        match = _GLUED.fullmatch(word)
        if match and word not in _JOINT_WORDS:
            split += [_INITIALS[match[1]], match[2]]
        else:
            split.append(word)
    return split


def _side(words):
    for word in words:
        if word in SIDE_WORDS:
            rest = list(words)
            rest.remove(word)
            return SIDE_WORDS[word], rest
    return None, words


def _without_finger(words, side):
    meaning = [word for word in words if word not in _FILLERS]
    if any(word in _WRIST_WORDS for word in words):
        return JointName(side, "wrist", _wrist_kind(words))
    if any(word in OTHER_WORDS for word in words):
        return JointName(side, "other")
    numbers = [word for word in words if word.isdecimal()]
    if len(numbers) == 1 and words[-1] == numbers[0] and len(meaning) <= 2:
        prefix = "_".join(words[:-1])
        return JointName(side, None, number=int(numbers[0][:6]), prefix=prefix)
    if not meaning and "hand" in words:  # Mixamo and Unity call the wrist so
        return JointName(side, "wrist", "hand")
    return JointName(side, None)


def _wrist_kind(words):
    for kind, initials in (("ulnar", "u"), ("radial", "r")):
        if kind in words or initials in words:
            return kind
    return "root" if "root" in words else ""


def _joint(side, finger, rest):
    if not rest:
        return JointName(side, finger, "")
    if len(rest) == 1 and rest[0].isdecimal():
        return JointName(side, finger, str(int(rest[0][:6])))
    joints = {_JOINT_WORDS.get(word) for word in rest if not word.isdecimal()}
    if len(joints) == 1 and None not in joints:
        return JointName(side, finger, joints.pop())
    return JointName(side, None)
