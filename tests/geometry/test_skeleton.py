import itertools

from hand_geo_keras.geometry import skeleton


def test_order_is_openpose_from_palm_to_tip():
    assert skeleton.JOINT_NAMES[0] == "wrist"
    assert skeleton.JOINT_NAMES[4] == "thumb_tip"
    assert skeleton.JOINT_NAMES[5] == "index_mcp"
    assert skeleton.JOINT_NAMES[20] == "little_tip"


def test_every_finger_is_a_chain_from_the_wrist():
    assert skeleton.PARENTS[0] == -1
    assert [skeleton.PARENTS[joint] for joint in (1, 5, 9, 13, 17)] == [0] * 5
    for joints in skeleton.FINGERS.values():
        for parent, child in itertools.pairwise(joints):
            assert skeleton.PARENTS[child] == parent
    assert len(skeleton.EDGES) == 20
    assert len(skeleton.JOINT_NAMES) == len(skeleton.JOINT_COLORS) == 21
