"""The one layer that reads text files of users: JSON, TOML, YAML, XML and tables."""

from hand_geo_keras.recordings.text_files.json_file import read_json
from hand_geo_keras.recordings.text_files.opencv_storage import read_opencv_storage
from hand_geo_keras.recordings.text_files.table import read_table
from hand_geo_keras.recordings.text_files.text import read_text
from hand_geo_keras.recordings.text_files.toml_file import read_toml
from hand_geo_keras.recordings.text_files.yaml_file import read_yaml

__all__ = [
    "read_json",
    "read_opencv_storage",
    "read_table",
    "read_text",
    "read_toml",
    "read_yaml",
]
