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

LOCK = ".lock"
# A lock is touched so often; on another computer, one that was not for long is stale.
_BEAT_SECONDS, _STALE_SECONDS = 60, 30 * 60
_held = set()


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
    _acquire(path, token, time.monotonic() + wait)
    _held.add(path)
    ended = threading.Event()
    threading.Thread(target=_beat, args=(path, ended), daemon=True).start()
    try:
        yield
    finally:
        ended.set()
        _held.discard(path)
        if _owner(path).get("token") == token:
            path.unlink(missing_ok=True)


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
    while not _create(path, owner):
        other = _owner(path)
        if _is_stale(path, other):
            logging.warning(
                "%s: its owner %s has ended; taken over.", path, _name(other)
            )
            _take_away(path, other)
        elif time.monotonic() >= deadline:
            raise StorageError(
                f"{path.parent}: is being written to by {_name(other)}; wait for it, "
                f"or choose another folder. (Remove {path} if that is not so.)"
            )
        else:
            time.sleep(0.1)


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


def _take_away(path, other):
    """Removes a stale lock, unless another process was faster."""
    aside = path.with_name(f"{LOCK}.{uuid.uuid4().hex}.partial")
    with contextlib.suppress(FileNotFoundError):
        os.rename(path, aside)
        if _owner(aside).get("token") != other.get("token"):
            with contextlib.suppress(FileExistsError):
                os.link(aside, path)  # somebody's new lock: put it back
        aside.unlink(missing_ok=True)


def _owner(path):
    """dict of a lock's owner; empty if it is gone or damaged."""
    try:
        owner = json.loads(path.read_text())
    except (OSError, ValueError):
        return {}
    return owner if isinstance(owner, dict) else {}


def _is_stale(path, owner):
    if owner.get("host") == socket.gethostname():
        if owner.get("pid") == os.getpid() and path not in _held:
            return True  # an earlier attempt of this very process
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
