"""Floods the viewer's server with good and bad requests."""

import base64
import concurrent.futures
import dataclasses
import http.client
import json
import time

import cv2
import numpy as np

from hand_geo_keras.viewer.page import PageServer, ViewerSession, ViewModel
from tests import zoo
from tests.fuzzing import resident_bytes

_BOX = [14.5, 9.5, 20]
_CLIENTS = 8


@dataclasses.dataclass(frozen=True)
class Flooded:
    """What became of requests.

    Args:
        count: Number of requests.
        lost: Those without an answer.
        wrong: Those with another answer than alone, or bad ones that were not refused.
        rate: Answers per second.
        grown: Growth of the process' memory after the first tenth of the requests.
    """

    count: int
    lost: int
    wrong: int
    rate: float
    grown: float


def flood_viewer(count, rng):
    """Asks the viewer to encode crops, eight clients at a time, a third of them badly.

    Args:
        count: Number of requests.
        rng: `np.random.Generator`.

    Returns:
        `Flooded`.
    """
    session = ViewerSession([ViewModel("model", zoo.view_synthesizer())])
    images = rng.integers(0, 256, (8, 20, 30, 3), np.uint8)
    uploads = [base64.b64encode(cv2.imencode(".png", i)[1]).decode() for i in images]
    expected = [
        session.answer("encode", {"image": upload, "box": _BOX}) for upload in uploads
    ]
    with (
        PageServer(session) as server,
        concurrent.futures.ThreadPoolExecutor(_CLIENTS) as pool,
    ):
        server.start()

        def is_right(number):
            which, is_good = number % len(uploads), number % 3 != 0
            good = json.dumps({"image": uploads[which], "box": _BOX})
            status, answer = _ask(server.server_port, good if is_good else "{" * 9)
            if status is None:
                return None
            if is_good:
                return status == 200 and json.loads(answer) == expected[which]
            return 400 <= status < 500

        def asked(numbers):
            # One task per client: ten thousand waiting ones would count as memory.
            parts = [numbers[client::_CLIENTS] for client in range(_CLIENTS)]
            answers = pool.map(lambda part: [is_right(n) for n in part], parts)
            return [answer for part in answers for answer in part]

        answers = asked(range(count // 10))
        start, before = time.perf_counter(), resident_bytes()
        answers += asked(range(count // 10, count))
        seconds, after = time.perf_counter() - start, resident_bytes()
    lost, wrong = answers.count(None), answers.count(False)
    rate = (count - count // 10) / seconds
    return Flooded(count, lost, wrong, rate, after / before - 1)


def _ask(port, body):
    """`(status, content)` of one request; None and nothing if it was lost."""
    try:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        kind = {"Content-Type": "application/json"}
        connection.request("POST", "/api/encode", body, kind)
        answer = connection.getresponse()
        return answer.status, answer.read()
    except OSError:
        return None, b""
