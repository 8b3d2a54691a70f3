"""One process at a time writes to an output folder."""

import contextlib
import json
import os
import socket
import threading
import time
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from absl import logging

from hand_geo_keras.errors import StorageError
from hand_geo_keras.io.atomic import storage_error

try:
    import fcntl
except ImportError:  # Windows has none
    fcntl = None  # type: ignore[assignment]

LOCK = ".lock"
# A call that finds everything written holds a folder for a moment only; two of those
# that begin together, such as studies side by side, wait so long for each other.
LOOKING_SECONDS = 3.0
# A lock is touched so often; on another computer, one that was not for long is stale.
_BEAT_SECONDS, _STALE_SECONDS = 60, 30 * 60
_held = set()
# Tokens of locks that this process has or is about to get: its other ones are of an
# earlier process that had the same number, or of an attempt that was cut off.
_tokens = set()


@contextlib.contextmanager
def locked(folder: str | Path, wait: float = 0.0) -> Iterator[Any]:
    """Context in which no other process writes to a folder.

    The folder gets a file `.lock` that names its owner: computer, process and since
    when. A lock whose process has ended is taken over with a warning; on another
    computer, where that cannot be known, one that is 30 minutes old. The same process
    may lock a folder again inside the context.

    Args:
        folder: Folder to write to; made if missing.
        wait: Seconds to wait for another process to finish.

    Raises:
        StorageError: If another process holds the folder, or it cannot be written to.

    Example:
        ```python
        with locked("prepared"):
            prepare_recording(recording, "prepared")
        ```
    """
    path = Path(folder).resolve() / LOCK
    if path in _held:  # by this process, further out
        yield
        return
    token = uuid.uuid4().hex
    ended = threading.Event()
    try:
        _acquire(path, token, time.monotonic() + wait)
        _held.add(path)
        threading.Thread(target=_beat, args=(path, ended), daemon=True).start()
        yield
    finally:
        ended.set()
        _release(path, token)


def _beat(path, ended):
    while not ended.wait(_BEAT_SECONDS):
        with contextlib.suppress(OSError):
            os.utime(path)


def _acquire(path, token, deadline):
    owner = {
        "host": socket.gethostname(),
        "pid": os.getpid(),
        "started": _start_of(os.getpid()),
        "since": time.strftime("%Y-%m-%d %H:%M:%S"),
        "token": token,
    }
    _tokens.add(token)
    while not _create(path, owner):
        with _one_at_a_time(path.parent):
            other = _owner(path)
            stale = _is_stale(path, other)
            if stale:
                logging.warning(
                    "%s: its owner %s has ended; taken over.", path, _name(other)
                )
                path.unlink(missing_ok=True)
        if stale:
            continue
        if time.monotonic() >= deadline:
            raise StorageError(
                f"{path.parent}: is being written to by {_name(other)}; wait for it, "
                f"or choose another folder. (Remove {path} if that is not so.)"
            )
        time.sleep(0.1)


def _release(path, token):
    _held.discard(path)
    try:
        with _one_at_a_time(path.parent):
            if _owner(path).get("token") == token:
                path.unlink(missing_ok=True)
    finally:
        _tokens.discard(token)


@contextlib.contextmanager
def _one_at_a_time(folder):
    """Context in which one process or thread looks at a lock and removes a stale one.

    Otherwise a slow one would remove the new lock of a faster one. The kernel ends what
    a killed process held. Where folders cannot be locked so (Windows, some network
    drives), only the time between two lines stays open.
    """
    descriptor = None
    with contextlib.suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        if fcntl is not None:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
    try:
        yield
    finally:
        if descriptor is not None:
            os.close(descriptor)


def _create(path, owner):
    """Whether the lock was free; it appears with its content, in one step."""
    unfinished = path.with_name(f"{LOCK}.{owner['token']}.partial")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        unfinished.write_text(json.dumps(owner))
        os.link(unfinished, path)
    except FileExistsError:
        return False
    except OSError as error:
        raise storage_error(path, error) from error
    finally:
        with contextlib.suppress(OSError):
            unfinished.unlink(missing_ok=True)
    return True


def _owner(path):
    """dict of a lock's owner; empty if it is gone or damaged."""
    try:
        owner = json.loads(path.read_text())
    except (OSError, ValueError):
        return {}
    return owner if isinstance(owner, dict) else {}


def _is_stale(path, owner):
    if owner.get("host") == socket.gethostname():
        if owner.get("pid") == os.getpid():
            return owner.get("token") not in _tokens
        # A process that was given the same number began at another time.
        return _start_of(owner.get("pid")) != owner.get("started")
    try:
        age = time.time() - path.stat().st_mtime
    except FileNotFoundError:
        return False  # gone meanwhile
    return age > _STALE_SECONDS


def _start_of(pid):
    """When a process of this computer began, None if it has ended."""
    try:
        # Fields after the name, which may hold anything: the 20th is the start.
        return Path(f"/proc/{int(pid)}/stat").read_text().rpartition(")")[2].split()[19]
    except (OSError, TypeError, ValueError, IndexError):
        pass
    try:
        os.kill(int(pid), 0)
    except PermissionError:
        return "alive"
    except (OSError, TypeError, ValueError, OverflowError):
        return None
    return "alive"


def _name(owner):
    return (
        f"process {owner.get('pid', '?')} on {owner.get('host', '?')} since "
        f"{owner.get('since', '?')}"
    )
