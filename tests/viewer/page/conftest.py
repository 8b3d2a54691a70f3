"""A tiny untrained model behind a server."""

import base64

import cv2
import keras
import numpy as np
import pytest

from hand_geo_keras.viewer.page import PageServer, ViewerSession, ViewModel
from hand_geo_keras.viewer.page.samples import Sample
from tests import zoo


def as_base64(image, ending=".png"):
    return base64.b64encode(cv2.imencode(ending, image)[1]).decode()


@pytest.fixture(scope="session")
def session():
    keras.utils.set_random_seed(0)
    first = ViewModel("first", zoo.view_synthesizer(), zoo.pose_estimator())
    second = ViewModel("second", zoo.view_synthesizer())
    images = zoo.images(4, seed=3)
    samples = [Sample(f"hand {k}", *images[2 * k : 2 * k + 2]) for k in range(2)]
    return ViewerSession([first, second], samples, cache_size=3)


@pytest.fixture(scope="session")
def server(session):
    with PageServer(session) as server:
        server.start()
        yield server


@pytest.fixture
def upload():
    """An image as base64 that no other test sends."""
    return as_base64(np.random.default_rng().integers(0, 256, (20, 30, 3), "uint8"))
