"""Files of others that are downloaded once and verified by their hash."""

import logging
import os
from pathlib import Path

from hand_geo_keras.errors import WeightsError

_TIMEOUT_SECONDS = 5
_ATTEMPTS = 2


def fetch_verified(what: str, url: str, sha256: str, advice: str) -> Path:
    """Path of a verified file, downloaded if it is not there yet.

    A file with another hash is replaced. `keras.utils.get_file` keeps what is left of
    a broken download, and waits for ever for a server that does not answer.

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
    import requests

    try:
        return Path(_retrieved(url, sha256, _ATTEMPTS))
    # Of pooch, a ValueError is another hash.
    except (requests.RequestException, OSError, ValueError) as error:
        reason = " ".join(str(error).split())
        raise WeightsError(
            f"Cannot download {what} from {url} ({reason}); {advice}."
        ) from error


def cache_folder() -> Path:
    """`pathlib.Path` of the folder that Keras keeps downloaded models in."""
    return Path(os.environ.get("KERAS_HOME") or "~/.keras").expanduser() / "models"


def _retrieved(url, sha256, attempts):
    # Both take time to import, and most of those who read hands download nothing.
    import pooch
    import requests

    pooch.get_logger().setLevel(logging.WARNING)
    try:
        return pooch.retrieve(
            url,
            f"sha256:{sha256}",
            fname=url.rsplit("/", 1)[-1],
            path=cache_folder(),
            downloader=pooch.HTTPDownloader(timeout=_TIMEOUT_SECONDS),
        )
    except requests.RequestException as error:
        refused = isinstance(error, requests.HTTPError)  # it will be again
        if refused or attempts == 1:
            raise
        return _retrieved(url, sha256, attempts - 1)
