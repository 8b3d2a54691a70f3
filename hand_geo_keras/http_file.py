"""Polite, resumable download of large files from a slow server."""

import dataclasses
import http.client
import os
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

from tqdm import tqdm

from hand_geo_keras._version import __version__
from hand_geo_keras.errors import RecordingError

USER_AGENT = f"hand_geo_keras/{__version__} (research; one connection)"
_BLOCK_BYTES = 1 << 18
_LONGEST_WAIT_S = 300.0
_GONE = (404, 410)
_TRY_AGAIN = (408, 429, 500, 502, 503, 504)
_PARTIAL_CONTENT = 206
_BROKEN = (OSError, http.client.HTTPException)


@dataclasses.dataclass(frozen=True)
class RemoteFile:
    """What the server says about a file before it is downloaded.

    Args:
        url: Its address.
        size: Length in bytes, or None if the server does not say.
        version: Text that changes with the content, or "" if unknown.
    """

    url: str
    size: int | None
    version: str


class HttpClient:
    """Fetches files one after the other over one connection at a time.

    Args:
        pause: Seconds between two requests.
        retries: How often in a row a request may fail without a byte of progress.
        timeout: Seconds without any data after which a connection counts as broken.
        progress: Whether to show a progress bar per file.
        sleep: Function that waits for some seconds.
    """

    def __init__(
        self,
        pause: float = 1.0,
        retries: int = 6,
        timeout: float = 60.0,
        progress: bool = True,
        sleep: Any = time.sleep,
    ) -> None:
        self._pause, self._retries, self._timeout = pause, retries, timeout
        self._progress, self._sleep = progress, sleep

    def look_up(self, url: str) -> RemoteFile:
        """Asks for a file's size without downloading it.

        Returns:
            `RemoteFile`, or None if the server does not have the file.

        Raises:
            RecordingError: If the server cannot be reached or refuses.
        """
        return self._persist(url, lambda: self._head(url), progress=lambda: 0)

    def fetch(self, remote: RemoteFile, path: Path, check: Any) -> bool:
        """Downloads a file; resumes where an earlier, interrupted call stopped.

        The bytes are gathered in `<name>.part`, which becomes `path` only when it has
        the announced length and passes the check.

        Args:
            remote: `RemoteFile` from `look_up`.
            path: `pathlib.Path` to write.
            check: Function of a path that raises `RecordingError` if the content is
                not whole.

        Returns:
            False if the whole file was there already, else True.

        Raises:
            RecordingError: If the connection keeps breaking, or what the server sent
                is not whole.
        """
        if path.exists() and remote.size in (None, path.stat().st_size):
            return False
        part = _part_to_go_on_with(remote, path)
        self._persist(
            remote.url,
            lambda: self._append(remote, part),
            progress=lambda: _length(part),
        )
        _check_content(remote, part, check)
        os.replace(part, path)
        _version_path(part).unlink()
        return True

    def _head(self, url):
        try:
            with self._open(url, "HEAD") as response:
                return _remote_file(url, response.headers)
        except urllib.error.HTTPError as reason:
            if reason.code in _GONE:
                return None
            raise

    def _persist(self, url, action, progress):
        """Repeats an action until it succeeds or fails without any progress."""
        attempt = 0
        while True:
            before = progress()
            try:
                return action()
            except _BROKEN as reason:
                attempt = 0 if progress() > before else attempt
                self._give_up_or_wait(url, reason, attempt)
                attempt += 1

    def _append(self, remote, part):
        start = _length(part)
        if remote.size is not None and start == remote.size:
            return
        with self._open(remote.url, "GET", start) as response:
            if response.status != _PARTIAL_CONTENT:
                start = 0  # the server sends the file from its beginning
            elif not _starts_at(response, start):
                raise http.client.HTTPException("another range than asked for")
            with open(part, "r+b") as file, self._bar(remote, start) as bar:
                file.truncate(start)
                file.seek(start)
                while block := response.read(_BLOCK_BYTES):
                    file.write(block)
                    bar.update(len(block))
        # A closed connection looks like the end of the file.
        if remote.size is not None and _length(part) < remote.size:
            raise http.client.IncompleteRead(b"", remote.size - _length(part))

    def _open(self, url, method, start=0):
        headers = {"User-Agent": USER_AGENT}
        if start:
            headers["Range"] = f"bytes={start}-"
        request = urllib.request.Request(url, headers=headers, method=method)
        self._sleep(self._pause)
        return urllib.request.urlopen(request, timeout=self._timeout)

    def _bar(self, remote, start):
        name = remote.url.rsplit("/", 1)[-1]
        return tqdm(
            total=remote.size,
            initial=start,
            desc=name,
            unit="B",
            unit_scale=True,
            disable=not self._progress,
        )

    def _give_up_or_wait(self, url, reason, attempt):
        status = getattr(reason, "code", None)
        refused = status is not None and status not in _TRY_AGAIN
        if refused or attempt >= self._retries:
            raise RecordingError(
                f"{url}: cannot be downloaded ({reason}); run the same command again "
                "later, it resumes where it stopped."
            ) from reason
        wait = self._pause * 2**attempt
        asked = getattr(reason, "headers", None) and reason.headers.get("Retry-After")
        if asked and asked.isdecimal():
            wait = max(wait, float(asked))
        self._sleep(min(wait, _LONGEST_WAIT_S))


def _remote_file(url, headers):
    length = headers.get("Content-Length", "")
    version = headers.get("ETag") or headers.get("Last-Modified") or ""
    return RemoteFile(url, int(length) if length.isdecimal() else None, version)


def _starts_at(response, start):
    return response.headers.get("Content-Range", "").startswith(f"bytes {start}-")


def _part_to_go_on_with(remote, path):
    """The `.part` file: what is there of the same version of the file, or empty."""
    part = path.with_name(path.name + ".part")
    path.parent.mkdir(parents=True, exist_ok=True)
    version = f"{remote.size} {remote.version}"
    noted = _version_path(part)
    # Without a known length nobody could tell a finished part from a broken one.
    same = remote.size and noted.exists() and noted.read_text() == version
    if not (same and part.exists() and _length(part) <= remote.size):
        part.write_bytes(b"")
        noted.write_text(version)
    return part


def _version_path(part):
    return part.with_name(part.name + ".version")


def _length(path):
    return path.stat().st_size


def _check_content(remote, part, check):
    try:
        if remote.size is not None and _length(part) != remote.size:
            raise RecordingError(
                f"{part}: has {_length(part)} bytes instead of {remote.size}"
            )
        check(part)
    except RecordingError as reason:
        part.unlink()
        _version_path(part).unlink()
        raise RecordingError(
            f"{remote.url}: what the server sent is not whole and was removed; try "
            f"again later. Received: {reason}"
        ) from reason
