"""Example configuration files of TensorFlow Serving, to be adapted by the operator."""

import os
from pathlib import Path

from hand_geo_keras.io import write_text

MODELS_CONFIG = """\
# tensorflow_model_server --model_config_file=/models/{name}/models.config
model_config_list {{
  config {{
    name: "{name}"
    base_path: "/models/{name}"
    model_platform: "tensorflow"
    # The newest version alone is served. To pin one, or to try a new one beside it:
    # model_version_policy {{ specific {{ versions: 1 versions: 2 }} }}
    # version_labels {{ key: "stable" value: 1 }}
    # version_labels {{ key: "canary" value: 2 }}
  }}
}}
"""

BATCHING_PARAMETERS = """\
# --enable_batching --batching_parameters_file=/models/{name}/batching_parameters.txt
# Requests that arrive within 2 ms share a batch, padded to the next allowed size.
max_batch_size {{ value: 32 }}
batch_timeout_micros {{ value: 2000 }}
max_enqueued_batches {{ value: 100 }}
num_batch_threads {{ value: {num_threads} }}
allowed_batch_sizes: 1
allowed_batch_sizes: 8
allowed_batch_sizes: 32
"""


def write_server_files(base_path: str | Path, name: str) -> None:
    """Writes `models.config` and `batching_parameters.txt`, but over nothing.

    The paths in them are those of the server's container image, where the versions
    are mounted at `/models/<name>`.

    Args:
        base_path: folder of the model's versions.
        name: name of the model in requests.
    """
    texts = {
        "models.config": MODELS_CONFIG,
        "batching_parameters.txt": BATCHING_PARAMETERS,
    }
    for file_name, text in texts.items():
        path = Path(base_path) / file_name
        if not path.exists():
            write_text(path, text.format(name=name, num_threads=os.cpu_count() or 1))
