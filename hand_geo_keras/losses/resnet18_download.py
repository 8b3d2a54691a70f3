"""Downloads torchvision's ResNet-18 weights once and verifies them by their hash."""

import hashlib
from pathlib import Path

from hand_geo_keras.errors import RecordingError, WeightsError
from hand_geo_keras.http_file import HttpClient

ENVIRONMENT_VARIABLE = "HAND_GEO_RESNET18"
# torchvision's IMAGENET1K_V1. The name carries the first digits of the file's SHA-256,
# which is what torch.hub checks.
URL = "https://download.pytorch.org/models/resnet18-f37072fd.pth"
SHA256 = "f37072fd47e89c5e827621c5baffa7500819f7896bbacec160b1a16c560e07ec"
_TIMEOUT_SECONDS = 5


def fetch() -> str:
    """Path of the verified file, downloaded if it is not there yet.

    A download that stopped half way is taken up again; a file with another hash is
    removed.

    Returns:
        str, path of a `.pth` file in Keras' folder of downloaded models.

    Raises:
        WeightsError: The file cannot be downloaded or is another one.
    """
    path = cache_folder() / URL.rsplit("/", 1)[-1]
    try:
        if not _is_there(path):
            _download(path)
    except (RecordingError, OSError) as error:
        # The client's own advice would be to try again.
        reason = error.__cause__ or error
        raise WeightsError(
            f"Cannot download ResNet-18 weights from {URL} ({reason}); give the path "
            "of a copy as `weights` or in the environment variable "
            f"{ENVIRONMENT_VARIABLE}."
        ) from error
    return str(path)


def cache_folder() -> Path:
    """`pathlib.Path` of the folder that Keras keeps downloaded models in."""
    return Path("~/.keras/models").expanduser()


def _is_there(path):
    """Whether the file is whole; one that is not is removed."""
    if not path.is_file():
        return False
    try:
        _check(path)
    except RecordingError:
        path.unlink()
        return False
    return True


def _download(path):
    client = HttpClient(pause=0.0, retries=1, timeout=_TIMEOUT_SECONDS)
    remote = client.look_up(URL)
    if remote is None:
        raise RecordingError("the server does not have it")
    client.fetch(remote, path, _check)


def _check(path):
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    if digest != SHA256:
        raise RecordingError(f"its SHA-256 is {digest} instead of {SHA256}")
