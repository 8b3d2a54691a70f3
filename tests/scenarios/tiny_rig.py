"""Films a rotating stick hand, as a rig folder for tests."""

import cv2
import numpy as np

from hand_geo_keras.geometry import Camera
from hand_geo_keras.recordings import Hand
from hand_geo_keras.recordings.write_rig import write_rig

SIZE = 96


def make_rig(folder, num_frames=60, size=SIZE):
    """Writes two videos of `size` pixels, a calibration and labels for every frame."""
    folder.mkdir(parents=True, exist_ok=True)
    cameras = [_camera("left", -0.3, size), _camera("right", 0.3, size)]
    hands = {frame: [_hand(frame)] for frame in range(num_frames)}
    for camera in cameras:
        writer = cv2.VideoWriter(
            str(folder / f"{camera.name}.mp4"),
            cv2.VideoWriter_fourcc(*"mp4v"),
            30,
            (size, size),
        )
        for frame in range(num_frames):
            writer.write(_image(camera, hands[frame][0])[..., ::-1])
        writer.release()
    videos = {camera.name: f"{camera.name}.mp4" for camera in cameras}
    write_rig(folder, cameras, videos, 30, hands)
    return folder


def _camera(name, angle, size):
    R = cv2.Rodrigues(np.array([0.0, angle, 0.0]))[0]
    K = np.array([[2.5 * size, 0, size / 2], [0, 2.5 * size, size / 2], [0, 0, 1]])
    return Camera(name, K, np.zeros(5), R, np.array([0.0, 0, 500]), (size, size))


def _hand(frame):
    angle = 0.1 * frame
    fingers = np.array(
        [
            [
                reach * np.sin(angle + spread),
                -reach * np.cos(angle + spread),
                6 * finger,
            ]
            for finger, spread in enumerate(np.linspace(-0.6, 0.6, 5))
            for reach in (25, 35, 45, 55)
        ]
    )
    joints = np.concatenate([np.zeros((1, 3)), fingers])
    ones = np.ones(21, np.float32)
    return Hand("right", "tester", joints, ones.astype(bool), ones, 0 * ones)


def _image(camera, hand):
    size = camera.resolution[0]
    v, u = np.mgrid[:size, :size] * SIZE // size
    image = np.uint8(
        np.stack([60 + u // 2, 90 + v // 2, np.full_like(u, 110)], -1)
    ).copy()
    pixels = camera.project(hand.joints)
    for finger in range(5):
        chain = pixels[[0, *range(1 + 4 * finger, 5 + 4 * finger)]]
        cv2.polylines(
            image, [np.int32(chain)], False, (220, 160, 130), 4 * size // SIZE
        )
    return image
