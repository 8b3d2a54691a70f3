"""Measures the drag loop of the viewer's page.

    python examples/benchmarks/viewer.py --model=runs/my_rig

Serves the page's session on 127.0.0.1 and asks for one view after the other, as the
page does while a hand is dragged, over one kept-alive connection.
"""

import http.client
import json
import time

import numpy as np
from absl import app, flags

from hand_geo_keras.viewer.page import (
    PageServer,
    ViewerSession,
    load_view_model,
    render_samples,
)

WARM_UP = 10

FLAGS = flags.FLAGS
flags.DEFINE_multi_string("model", None, "Run, file or preset; one or two.")
flags.DEFINE_integer("requests", 300, "Views to ask for.", lower_bound=1)
flags.mark_flag_as_required("model")


def main(_):
    models = [load_view_model(path) for path in FLAGS.model]
    with PageServer(ViewerSession(models, render_samples(1))) as server:
        server.start()
        connection = http.client.HTTPConnection("127.0.0.1", server.server_port)
        hand = ask(connection, "encode", {"sample": 0})["image"]
        times = np.array(
            [
                seconds_of_view(connection, hand, yaw)
                for yaw in range(WARM_UP + FLAGS.requests)
            ][WARM_UP:]
        )
        connection.close()
    median, p90 = 1e3 * np.percentile(times, [50, 90])
    print(
        f"{len(times)} views: {1 / times.mean():.0f} per second, "
        f"median {median:.1f} ms, p90 {p90:.1f} ms"
    )


def seconds_of_view(connection, hand, yaw):
    start = time.perf_counter()
    ask(connection, "render", {"image": hand, "yaw": yaw % 360})
    return time.perf_counter() - start


def ask(connection, route, request):
    headers = {"Content-Type": "application/json"}
    connection.request("POST", f"/api/{route}", json.dumps(request), headers)
    return json.load(connection.getresponse())


if __name__ == "__main__":
    app.run(main)
