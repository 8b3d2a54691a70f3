"""The files of CMU Panoptic sequences on their server, and how they get here."""

import collections
import dataclasses
import hashlib
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from hand_geo_keras.errors import HandGeoError, RecordingError
from hand_geo_keras.http_file import HttpClient
from hand_geo_keras.recordings.hand_archive import check_hand_archive, unpack_hands
from hand_geo_keras.recordings.mp4_boxes import check_mp4
from hand_geo_keras.recordings.text_files.json_file import read_json

ENDPOINT = "http://domedb.perception.cs.cmu.edu"
NUM_HD_CAMERAS = 31
# The paper's sequences.
PAPER_SPLITS = {
    "train": ("171026_pose3", "171204_pose2"),
    "test": ("171026_pose2",),
}
_CHECKS = {".mp4": check_mp4, ".json": read_json, ".tar": check_hand_archive}
_BLOCK_BYTES = 1 << 20


@dataclasses.dataclass(frozen=True)
class DatasetFile:
    """One file of a sequence.

    Args:
        url: Where it is.
        path: Where it goes, relative to the output folder.
        required: Whether the sequence is of no use without it. Videos are not: in
            several sequences a camera failed at capture.
    """

    url: str
    path: str
    required: bool


def files_of(
    sequence: str,
    cameras: Iterable[int] = range(NUM_HD_CAMERAS),
    endpoint: str = ENDPOINT,
) -> list[DatasetFile]:
    """Lists the files of a sequence.

    Args:
        sequence: Name, such as `"171026_pose3"`.
        cameras: Numbers 0..30 of HD cameras.
        endpoint: Server, without the path of the dataset.

    Returns:
        list of `DatasetFile`, small files first.

    Reference:
        CMU Panoptic Toolbox, `scripts/getData.sh`.
    """
    base = f"{endpoint}/webdata/dataset/{sequence}"
    calibration = f"calibration_{sequence}.json"
    files = [
        DatasetFile(f"{base}/{calibration}", f"{sequence}/{calibration}", True),
        DatasetFile(f"{base}/hdHand3d.tar", f"{sequence}/hdHand3d.tar", True),
    ]
    for camera in cameras:
        video = f"hd_00_{camera:02d}.mp4"
        url = f"{base}/videos/hd_shared_crf20/{video}"
        files.append(DatasetFile(url, f"{sequence}/hdVideos/{video}", False))
    return files


def look_up(files: Sequence[DatasetFile], client: HttpClient) -> dict[Any, Any]:
    """Asks the server for all sizes.

    Args:
        files: list of `DatasetFile`.
        client: `HttpClient`.

    Returns:
        dict from `DatasetFile` to `RemoteFile`, without the videos that the server
        does not have.

    Raises:
        RecordingError: If a required file is not there or the server is unreachable.
    """
    found = {}
    for file in files:
        remote = client.look_up(file.url)
        if remote is not None:
            found[file] = remote
        elif file.required:
            raise RecordingError(
                f"{file.url}: the server does not have this file; correct the name of "
                "the sequence."
            )
    return found


def download(
    found: dict[Any, Any],
    out_dir: Path,
    client: HttpClient,
    checksums: dict[Any, Any] | None = None,
) -> tuple[Any, ...]:
    """Downloads files one after the other and unpacks the hand labels.

    A file that is not available does not keep the others from being downloaded.

    Args:
        found: dict from `DatasetFile` to `RemoteFile`.
        out_dir: `pathlib.Path` of the folder that gets one folder per sequence.
        client: `HttpClient`.
        checksums: Optional dict from URL to SHA-256 in hexadecimal.

    Returns:
        `collections.Counter` with `"downloaded"` and `"already there"`, and a list of
        `HandGeoError` for the files that failed.
    """
    counts, failures = collections.Counter(), []
    for file, remote in found.items():
        path = out_dir / file.path
        expected = (checksums or {}).get(file.url)
        try:
            new = client.fetch(remote, path, _content_check(path, expected))
            folder = path.with_suffix("")
            if path.suffix == ".tar" and (new or not folder.is_dir()):
                unpack_hands(path, folder)
        except HandGeoError as reason:
            failures.append(reason)
            continue
        counts["downloaded" if new else "already there"] += 1
    return counts, failures


def read_checksums(path: Path) -> dict[Any, Any]:
    """Reads known checksums.

    Args:
        path: `pathlib.Path` of a file with lines `URL <tab> size <tab> SHA-256`, as
            TensorFlow Datasets keeps them (`checksums.tsv`).

    Returns:
        dict from URL to SHA-256.

    Raises:
        RecordingError: If a line has other fields.
    """
    checksums = {}
    for number, line in enumerate(path.read_text().splitlines(), 1):
        fields = line.split("\t")
        if len(fields) < 3:
            raise RecordingError(
                f"{path}: line {number} must be 'URL<tab>size<tab>SHA-256'. "
                f"Received: {line!r}"
            )
        checksums[fields[0]] = fields[2].lower()
    return checksums


def _content_check(path, expected):
    def check(part):
        _CHECKS[path.suffix](part)
        received = _sha256(part) if expected else None
        if received != expected:
            raise RecordingError(
                f"{part}: has another SHA-256 than the known one, {expected}. "
                f"Received: {received}"
            )

    return check


def _sha256(path):
    digest = hashlib.sha256()
    with open(path, "rb") as file:
        while block := file.read(_BLOCK_BYTES):
            digest.update(block)
    return digest.hexdigest()
