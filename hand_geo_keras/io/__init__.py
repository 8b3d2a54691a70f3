"""Files that are whole or absent, and readers of files that may hold anything.

Every file of this package is written beside its place, flushed to the disk and then
renamed, so that a reader, or a run after a crash, meets the old file or the new one
and never a part. A full disk or a read-only folder is one `StorageError`.
"""

from hand_geo_keras.io.array_file import (
    array_shapes,
    check_hdf5,
    check_unpacked_size,
    read_arrays,
)
from hand_geo_keras.io.atomic import (
    check_file_name,
    make_folder,
    publish_folder,
    remove_partials,
    replacing,
    storage_error,
    write_array,
    write_arrays,
    write_bytes,
    write_csv,
    write_image,
    write_json,
    write_text,
)
from hand_geo_keras.io.folder_lock import LOOKING_SECONDS, locked
from hand_geo_keras.io.json_file import (
    MAX_JSON_BYTES,
    MAX_JSON_DEPTH,
    parse_json,
    read_json,
)

__all__ = [
    "LOOKING_SECONDS",
    "MAX_JSON_BYTES",
    "MAX_JSON_DEPTH",
    "array_shapes",
    "check_file_name",
    "check_hdf5",
    "check_unpacked_size",
    "locked",
    "make_folder",
    "parse_json",
    "publish_folder",
    "read_arrays",
    "read_json",
    "remove_partials",
    "replacing",
    "storage_error",
    "write_array",
    "write_arrays",
    "write_bytes",
    "write_csv",
    "write_image",
    "write_json",
    "write_text",
]
