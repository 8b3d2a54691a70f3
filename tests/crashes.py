"""Crashes at chosen writes: what a kill or a full disk leaves behind, in-process.

An audit hook sees every file that Python opens for writing, renames, links or removes.
From the chosen one on, nothing more happens on disk, as if the process had been
killed: not even the code that tidies up is let through.
"""

import contextlib
import errno
import os
import sys

_CHANGES = {"os.rename", "os.remove", "os.mkdir", "os.rmdir", "os.link", "os.truncate"}
_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
_active = None


class Killed(BaseException):
    """Stands for the end of the process; no `except Exception` catches it."""


class _Watch:
    def __init__(self, folder, crash_at, torn, full):
        self.folder, self.crash_at = str(folder), crash_at
        self.torn, self.full = torn, full
        self.count = 0

    def see(self, event, args):
        if event == "open":
            path, changes = args[0], isinstance(args[2], int) and args[2] & _WRITING
        else:
            path, changes = (args[0] if args else None), event in _CHANGES
        if not changes or not str(path).startswith(self.folder):
            return
        number, self.count = self.count, self.count + 1
        if self.crash_at is None or number < self.crash_at:
            return
        if self.full:
            if event in {"open", "os.mkdir", "os.link"}:
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(path))
            return
        # A file whose removal is cut short is there or not, but never cut to half.
        if number == self.crash_at and self.torn and event != "os.remove":
            _tear(str(path))
        raise Killed(f"{event} {path}")


def _tear(path):
    """Cuts a file to half, as a kill while writing it would."""
    global _active
    watch, _active = _active, None
    if os.path.isfile(path):
        os.truncate(path, os.path.getsize(path) // 2)
    _active = watch


def _hook(event, args):
    if _active is not None:
        _active.see(event, args)


sys.addaudithook(_hook)


@contextlib.contextmanager
def crashing(folder, at=None, torn=False, full=False):
    """Context in which writes below a folder are counted, and one of them crashes.

    Args:
        folder: Folder that is watched.
        at: Number of the write that does not happen, from 0; none if None.
        torn: Whether the file of that write is cut to half, if it is one.
        full: Whether, instead of a kill, the disk is full from that write on.

    Yields:
        Object whose `count` is the number of writes so far. `Killed` ends the context
        without an error.
    """
    global _active
    _active = watch = _Watch(folder, at, torn, full)
    try:
        with contextlib.suppress(Killed):
            yield watch
    finally:
        _active = None


def count_writes(action, folder):
    """Number of writes that an undisturbed `action(folder)` makes."""
    with crashing(folder) as watch:
        action(folder)
    return watch.count
