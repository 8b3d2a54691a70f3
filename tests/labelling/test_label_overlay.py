import cv2
import numpy as np

from hand_geo_keras.labelling import label_recording, write_overlays
from hand_geo_keras.recordings.video_frames import VideoFrames
from tests.labelling.conftest import FRAMES
from tests.labelling.fake_reader import FakeReader, true_joints


def test_one_video_per_camera_with_the_labels_in_colour(recording, tmp_path):
    wrong = {("a", 9): [14.0, 0], ("b", 9): [0, 14.0], ("c", 9): [-14.0, 9]}
    labelling = label_recording(recording, FakeReader(wrong=wrong), progress=False)
    paths = write_overlays(recording, labelling, tmp_path / "out", progress=False)
    assert [path.name for path in paths] == [f"overlay_{c}.mp4" for c in "abc"]
    assert sorted((tmp_path / "out").iterdir()) == paths
    frames = dict(VideoFrames(paths[1]).read([4, 9]))
    assert VideoFrames(paths[1]).num_frames == FRAMES
    saturation = {
        frame: cv2.cvtColor(image[22:], cv2.COLOR_RGB2HSV)[..., 1].max()
        for frame, image in frames.items()
    }
    assert saturation[4] > 100  # a label
    assert saturation[9] < 0.6 * saturation[4]  # rejected: grey
    wrist = recording.cameras[1].project(true_joints(4)[9]).round().astype(int)
    assert np.ptp(frames[4][wrist[1], wrist[0]].astype(int)) > 30
