"""Files of others that are downloaded once and verified by their hash."""

import hashlib
from pathlib import Path

from hand_geo_keras.errors import RecordingError, WeightsError
from hand_geo_keras.http_file import HttpClient

_TIMEOUT_SECONDS = 5


def fetch_verified(what: str, url: str, sha256: str, advice: str) -> Path:
    """Path of a verified file, downloaded if it is not there yet.

    A download that stopped half way is taken up again; a file with another hash is
    removed. `keras.utils.get_file` does neither, and waits for ever for a server that
    does not answer.

    Args:
        what: What the file is called in messages.
        url: Its address; the file keeps the name in it.
        sha256: Its hash in hexadecimal digits.
        advice: What to do where it cannot be downloaded, for the message.

    Returns:
        `pathlib.Path` of the file in `cache_folder()`.

    Raises:
        WeightsError: If the file cannot be downloaded or is another one.

    Example:
        ```python
        path = fetch_verified("weights", URL, SHA256, "give the path of a copy")
        ```
    """
    path = cache_folder() / url.rsplit("/", 1)[-1]
    try:
        if not _is_there(path, sha256):
            _download(url, path, sha256)
    except (RecordingError, OSError) as error:
        # The client's own advice would be to try again.
        reason = error.__cause__ or error
        raise WeightsError(
            f"Cannot download {what} from {url} ({reason}); {advice}."
        ) from error
    return path


def cache_folder() -> Path:
    """`pathlib.Path` of the folder that Keras keeps downloaded models in."""
    return Path("~/.keras/models").expanduser()


def _is_there(path, sha256):
    """Whether the file is whole; one that is not is removed."""
    if not path.is_file():
        return False
    try:
        _check(path, sha256)
    except RecordingError:
        path.unlink()
        return False
    return True


def _download(url, path, sha256):
    client = HttpClient(pause=0.0, retries=1, timeout=_TIMEOUT_SECONDS)
    remote = client.look_up(url)
    if remote is None:
        raise RecordingError("the server does not have it")
    client.fetch(remote, path, lambda part: _check(part, sha256))


def _check(path, sha256):
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    if digest != sha256:
        raise RecordingError(f"its SHA-256 is {digest} instead of {sha256}")
