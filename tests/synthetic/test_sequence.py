import numpy as np
import pytest

from hand_geo_keras.synthetic.cameras import dome_cameras
from hand_geo_keras.synthetic.hand_renderer import light_arm, render_arm
from hand_geo_keras.synthetic.sequence import SyntheticSequence
from hand_geo_keras.synthetic.timeline import FrameKind
from hand_geo_keras.synthetic.variants import SequenceSpec

SPEC = SequenceSpec(0, "train", 4, (8, 20))


@pytest.fixture(scope="module")
def sequence():
    return SyntheticSequence(SPEC, seed=0)


def good_frame(sequence):
    return sequence.timeline.index(FrameKind.GOOD)


def test_images_depend_on_seed_and_frame_only(sequence):
    frame = good_frame(sequence)
    first = dict(sequence.images(frame, [8, 20]))
    again = dict(SyntheticSequence(SPEC, seed=0).images(frame, [20]))
    np.testing.assert_array_equal(first[20], again[20])
    other = dict(SyntheticSequence(SPEC, seed=1).images(frame, [20]))
    assert np.abs(first[20].astype(int) - other[20]).mean() > 5


def test_subjects_look_and_move_differently(sequence):
    other = SyntheticSequence(SequenceSpec(1, "train", 4, (8, 20)), seed=0)
    frame = good_frame(sequence)
    distance = sequence.hand(frame).joints - other.hand(good_frame(other)).joints
    assert np.abs(distance).max() > 10


def test_nobody_at_the_start(sequence):
    assert sequence.timeline[0] is FrameKind.EMPTY
    assert sequence.hand(0) is None
    [(_, empty)] = sequence.images(0, [8])
    [(_, full)] = sequence.images(good_frame(sequence), [8])
    assert empty.shape == full.shape == (384, 512, 3) and empty.dtype == np.uint8
    # Apart from the hand the two show the same wall.
    difference = np.abs(empty.astype(int) - full).max(-1)
    assert np.median(difference) < 8
    assert (difference > 25).mean() > 0.005


def test_the_rendered_silhouette_is_the_projected_mesh(sequence):
    for kind in (FrameKind.GOOD, FrameKind.LEFT):
        hand = sequence.hand(sequence.timeline.index(kind))
        arm = light_arm(hand, sequence._environment)
        for index in (8, 20, 29):
            camera = dome_cameras()[index]
            box, _, alpha = render_arm(
                camera, arm, sequence._looks, sequence._environment
            )
            # Only the hand's side that the sleeve cannot reach: its upmost point.
            pixels = camera.project(arm.verts)
            top, row = pixels[:, 1].min(), np.nonzero(alpha.max((1, 2)) > 0.2)[0][0]
            assert abs(top - (box[1] + row)) < 1.0


def test_joints_project_onto_the_rendered_hand(sequence):
    hand = sequence.hand(good_frame(sequence))
    arm = light_arm(hand, sequence._environment)
    for index in (8, 20):
        camera = dome_cameras()[index]
        box, _, alpha = render_arm(camera, arm, sequence._looks, sequence._environment)
        x, y = np.round(camera.project(hand.joints) - box[:2]).astype(int).T
        assert (alpha[y, x, 0] > 0.5).mean() > 0.9


def test_left_hands_are_mirrored(sequence):
    left = sequence.hand(sequence.timeline.index(FrameKind.LEFT))
    right = sequence.hand(good_frame(sequence))
    assert (left.side, right.side) == ("left", "right")

    def handedness(joints):
        index, little, middle = joints[5], joints[17], joints[9]
        palm = np.cross(index - joints[0], little - joints[0])
        # The thumb's base lies on the palm side of the knuckles' plane.
        return np.sign(palm @ (joints[2] - (joints[0] + middle) / 2))

    assert handedness(left.joints) == -handedness(right.joints)
