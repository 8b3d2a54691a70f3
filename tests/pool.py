"""Generates small pools of instants whose geometry is exact, for tests."""

import numpy as np
from scipy.spatial.transform import Rotation

from hand_geo_keras.datasets import pool_of_instants


def make_pool(
    sequences=2,
    instants=4,
    views=3,
    crop_size=16,
    stored_size=24,
    seed=0,
    side="right",
    folder=None,
):
    """A pool of random images; every pixel of view m has the red value m.

    Green and blue are noise. Joints are random points around a wrist.
    """
    rng = np.random.default_rng(seed)
    examples = [
        _instant(rng, sequence, frame, views, stored_size, side)
        for sequence in range(sequences)
        for frame in range(instants)
    ]
    number = 0
    for example in examples:
        for image in example["views"]["image"]:
            image[..., 0] = number % 256
            number += 1
    return pool_of_instants(examples, crop_size, folder)


def _instant(rng, sequence, frame, views, size, side):
    joints = rng.normal(size=(21, 3)).astype(np.float32) * 40
    return {
        "sequence": f"seq{sequence}",
        "subject": f"subject{sequence}",
        "side": side,
        "frame": 10 * frame,
        "joints": joints + np.float32([10, 20, 30]),
        "valid": np.ones(21, bool),
        "views": {
            "camera": np.array([f"cam{view}" for view in range(views)]),
            "image": rng.integers(0, 255, (views, size, size, 3), dtype=np.uint8),
            "background": rng.integers(0, 255, (views, size, size, 3), dtype=np.uint8),
            "rotation": Rotation.random(views, rng=rng).as_matrix().astype(np.float32),
            "translation": np.tile(np.float32([0, 0, 800]), (views, 1)),
            "focal": np.full(views, 80, np.float32),
            "box": np.zeros((views, 3), np.float32),
        },
    }
