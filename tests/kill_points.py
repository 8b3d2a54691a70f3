"""Kills processes that do an entry point's work, and begins the same work again."""

import time
from pathlib import Path

from tests import forked


def run_until_killed(name, source, target, seconds=None):
    """Does the work of an entry point in a process of its own.

    Args:
        name: Key of `tests.entry_points.ENTRY_POINTS`.
        source: Folder that it reads.
        target: Folder that it writes to.
        seconds: When it is killed by SIGKILL, from the moment on at which it begins;
            never if None.

    Returns:
        float, seconds that the work took, or `seconds`; None if it failed.
    """
    process, connection = forked.start(_work, name, str(source), str(target))
    connection.recv()
    start = time.perf_counter()
    process.join(seconds)
    if process.is_alive():
        process.kill()
        process.join()
        return seconds
    return time.perf_counter() - start if process.exitcode == 0 else None


def _work(connection, name, source, target):
    from tests.entry_points import ENTRY_POINTS

    connection.send("begins")
    ENTRY_POINTS[name].run(Path(source), Path(target))
