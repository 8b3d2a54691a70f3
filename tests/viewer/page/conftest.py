"""A tiny untrained model behind a server."""

import base64

import cv2
import keras
import numpy as np
import pytest

from hand_geo_keras.geometry.skeleton import NUM_JOINTS
from hand_geo_keras.prediction import HandPrediction
from hand_geo_keras.recordings import open_recording
from hand_geo_keras.viewer.page import PageServer, ViewerSession, ViewModel
from hand_geo_keras.viewer.page.samples import Sample
from tests import zoo
from tests.scenarios.tiny_rig import make_rig


def as_base64(image, ending=".png"):
    return base64.b64encode(cv2.imencode(ending, image)[1]).decode()


class CentralFinder:
    """Finds a left hand in the centre of every image that is not of one colour."""

    model = "central"

    def __init__(self):
        self.searches = 0

    def find(self, image, camera=None):
        self.searches += 1
        if not image.std():
            return None
        height, width = image.shape[:2]
        box = np.array([(width - 1) / 2, (height - 1) / 2, min(width, height) / 2])
        pixels = box[:2] + np.linspace(-1, 1, 2 * NUM_JOINTS).reshape(-1, 2)
        joints = np.zeros((NUM_JOINTS, 3))
        return HandPrediction("", 0, "left", box, pixels, joints, None, 0.8)

    def read(self, image, box, camera=None):
        return self.find(image)

    def follow(self, stream, image, camera=None):
        return self.find(image)

    def forget(self, stream):
        """It remembers nothing."""


@pytest.fixture(scope="session")
def session():
    keras.utils.set_random_seed(0)
    first = ViewModel("first", zoo.view_synthesizer(), zoo.pose_estimator())
    second = ViewModel("second", zoo.view_synthesizer())
    images = zoo.images(4, seed=3)
    samples = [Sample(f"hand {k}", *images[2 * k : 2 * k + 2]) for k in range(2)]
    finder = CentralFinder()
    return ViewerSession([first, second], samples, cache_size=3, finder=finder)


@pytest.fixture(scope="session")
def recording(tmp_path_factory):
    return open_recording(make_rig(tmp_path_factory.mktemp("rig") / "rig", 12))


@pytest.fixture(scope="session")
def rig_session(recording):
    keras.utils.set_random_seed(0)
    model = ViewModel("poses", None, zoo.pose_estimator())
    return ViewerSession([model], recording=recording, finder=CentralFinder())


@pytest.fixture(scope="session")
def server(session):
    with PageServer(session) as server:
        server.start()
        yield server


@pytest.fixture
def upload():
    """An image as base64 that no other test sends."""
    return as_base64(np.random.default_rng().integers(0, 256, (20, 30, 3), "uint8"))
