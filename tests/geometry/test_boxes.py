import numpy as np
import pytest

from hand_geo_keras.geometry.boxes import box_inside_fraction, square_box


def test_box_is_square_around_the_joints_with_margin():
    joints = np.array([[10.0, 20], [50, 40], [30, 30]])
    np.testing.assert_allclose(square_box(joints, margin=0.5), [30, 30, 60])


@pytest.mark.parametrize(
    "box, fraction",
    [((50, 50, 20), 1.0), ((-0.5, 50, 20), 0.5), ((-40, 50, 20), 0.0)],
)
def test_fraction_inside_the_image(box, fraction):
    assert box_inside_fraction(box, (100, 100)) == pytest.approx(fraction)


def test_no_joints_no_box():
    with pytest.raises(ValueError, match="at least one finite joint"):
        square_box(np.full((3, 2), np.nan))
