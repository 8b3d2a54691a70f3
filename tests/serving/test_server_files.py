import re

import pytest
from google.protobuf import text_format

from hand_geo_keras.serving.server_files import write_server_files


def test_models_config_is_valid(exported):
    server_config = pytest.importorskip(
        "tensorflow_serving.config.model_server_config_pb2",
        reason="needs tensorflow-serving-api (extra `serving`)",
    )
    text = (exported.base_path / "models.config").read_text()
    config = text_format.Parse(text, server_config.ModelServerConfig())
    (entry,) = config.model_config_list.config
    assert (entry.name, entry.base_path) == ("hand_geo", "/models/hand_geo")
    assert entry.model_platform == "tensorflow"
    # The lines that are commented out must be right too.
    all_lines = re.sub("# (model_version_policy|version_labels)", r"\1", text)
    config = text_format.Parse(all_lines, server_config.ModelServerConfig())
    (entry,) = config.model_config_list.config
    assert list(entry.model_version_policy.specific.versions) == [1, 2]
    assert dict(entry.version_labels) == {"stable": 1, "canary": 2}


def test_allowed_batch_sizes_end_at_the_largest(exported):
    # The server refuses to start otherwise.
    text = (exported.base_path / "batching_parameters.txt").read_text()
    lines = [line for line in text.splitlines() if not line.startswith("#")]
    sizes = [int(line.split()[1]) for line in lines if line.startswith("allowed")]
    assert sizes == sorted(sizes)
    assert f"max_batch_size {{ value: {sizes[-1]} }}" in lines


def test_keeps_what_the_operator_wrote(tmp_path):
    (tmp_path / "models.config").write_text("mine")
    write_server_files(tmp_path, "hands")
    assert (tmp_path / "models.config").read_text() == "mine"
    assert "/models/hands/" in (tmp_path / "batching_parameters.txt").read_text()
