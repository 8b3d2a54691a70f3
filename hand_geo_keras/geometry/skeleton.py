"""The 21-joint hand skeleton in OpenPose (and CMU Panoptic) order."""

NUM_JOINTS = 21
WRIST = 0
FINGERS = {
    "thumb": (1, 2, 3, 4),
    "index": (5, 6, 7, 8),
    "middle": (9, 10, 11, 12),
    "ring": (13, 14, 15, 16),
    "little": (17, 18, 19, 20),
}

_THUMB_JOINTS = ("cmc", "mcp", "ip", "tip")
_FINGER_JOINTS = ("mcp", "pip", "dip", "tip")

JOINT_NAMES = (
    "wrist",
    *(
        f"{finger}_{joint}"
        for finger in FINGERS
        for joint in (_THUMB_JOINTS if finger == "thumb" else _FINGER_JOINTS)
    ),
)

# Each finger hangs on the wrist; within a finger each joint hangs on the one before.
PARENTS = tuple(
    -1 if joint == WRIST else WRIST if joint % 4 == 1 else joint - 1
    for joint in range(NUM_JOINTS)
)

EDGES = tuple((PARENTS[joint], joint) for joint in range(1, NUM_JOINTS))

# RGB, one hue per finger as hand-pose papers plot them, the wrist in grey.
FINGER_COLORS = {
    "thumb": (230, 60, 60),
    "index": (240, 170, 40),
    "middle": (70, 190, 80),
    "ring": (60, 140, 235),
    "little": (170, 90, 220),
}
JOINT_COLORS = (
    (160, 160, 160),
    *(FINGER_COLORS[finger] for finger, joints in FINGERS.items() for _ in joints),
)
