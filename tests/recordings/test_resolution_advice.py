"""Tests of why frames have another size than calibrated."""

import pytest

from hand_geo_keras.recordings.resolution_advice import resolution_advice


@pytest.mark.parametrize(
    ("frames", "advice"),
    [
        ((480, 640), "rotated by 90 degrees: rotate them back"),
        ((320, 240), "scaled by 0.5: scale"),
        ((400, 300), "subtract the crop's left"),
        ((1280, 960), "scaled by 2"),
        ((240, 320), "rotated by 90 degrees and scaled"),
        ((600, 480), "cropped: subtract the crop's left and top from cx and cy"),
        ((1280, 720), "another mode"),
    ],
)
def test_advice(frames, advice):
    assert advice in resolution_advice(frames, (640, 480))
