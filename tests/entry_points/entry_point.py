"""What is told of an entry point that writes files."""

import dataclasses
import hashlib
from collections.abc import Callable


@dataclasses.dataclass(frozen=True)
class EntryPoint:
    """Work that writes to a folder, and may be repeated after a crash.

    Args:
        prepare: Makes what the work reads, in a folder of its own.
        run: Does the work; args are that folder and the one to write to.
        outcome: What must be equal however often it was interrupted, of the latter.
        is_slow: Whether a run takes seconds; tests then crash it once only.
    """

    prepare: Callable
    run: Callable
    outcome: Callable
    is_slow: bool = False


def contents(folder):
    """dict from path to hash of every file below a folder, but for killed writers'."""
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and not path.name.startswith(".")
    }


def nothing(folder):
    """For work that reads nothing."""
    del folder
