"""Gives a reader damaged files, in processes that may abort or hang."""

import dataclasses
import gc
import tempfile
import time
from pathlib import Path

import numpy as np
import pytest

from hand_geo_keras.errors import HandGeoError
from tests import forked
from tests.mutations import mutated

SLOW_SECONDS = 1.0
_HANGS_AFTER_SECONDS = 60
_WARM_AFTER = 100


@dataclasses.dataclass
class Fuzzed:
    """What damaged files did to a reader.

    Args:
        count: Files that were read.
        untyped: Texts of errors that are not the package's, and of broken promises.
        aborts: Texts of how a process ended early, or hung.
        slowest: Longest processor time in seconds.
        grown: Growth of the process' memory after its first hundred files.
        skipped: Why nothing was read: an extra is missing.
    """

    count: int = 0
    untyped: list = dataclasses.field(default_factory=list)
    aborts: list = dataclasses.field(default_factory=list)
    slowest: float = 0.0
    grown: float = 0.0
    skipped: str = ""


def fuzz(name, count, seed=0, seconds=None):
    """Gives a reader damaged files; after an abort it goes on with the next file.

    File number `n` of a seed is the same in every run.

    Args:
        name: Key of `tests.readers.READERS`.
        count: Number of files.
        seed: Decides how they are damaged.
        seconds: After this time no file is begun; None for no limit.

    Returns:
        `Fuzzed`.
    """
    result, first = Fuzzed(), 0
    end = time.time() + (seconds or 1e9)
    while first < count and time.time() < end:
        with tempfile.TemporaryDirectory() as folder:
            last = _read_until_abort(result, name, folder, count, seed, first, end)
        if result.skipped:
            break
        result.count += last + 1 - first
        first = last + 1
    return result


def _read_until_abort(result, name, *args):
    """Number of the last file that a process was given."""
    process, connection = forked.start(_read_all, name, *args)
    first = args[3]
    last = first - 1
    try:
        while connection.poll(_HANGS_AFTER_SECONDS):
            message = connection.recv()
            last = message.pop("at", last)
            if "skipped" in message:
                result.skipped = message["skipped"]
                process.join()
                return last
            if "untyped" in message:
                result.untyped.append(message["untyped"])
            if "slowest" in message:
                result.slowest = max(result.slowest, message["slowest"])
                result.grown = max(result.grown, message["grown"])
                process.join()
                return last
        process.kill()
        result.aborts.append(f"{name} hangs at {last}")
    except EOFError:
        process.join()
        result.aborts.append(f"{name} ends with {process.exitcode} at {last}")
    return max(first, last)


def _read_all(connection, name, folder, count, seed, first, end):
    """Sends `at` before each file, `untyped` of it, `slowest` and `grown` at last.

    Or only `skipped`, why there is nothing to read.
    """
    from tests.readers import READERS, write_whole

    reader, slowest, before = READERS[name], 0.0, None
    try:
        path = write_whole(name, Path(folder))
    except pytest.skip.Exception as reason:
        connection.send({"skipped": str(reason)})
        return
    content = path.read_bytes()
    for number in range(first, count):
        if number > first and time.time() > end:
            break
        connection.send({"at": number})
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(mutated(content, np.random.default_rng([seed, number])))
        seconds, problem = attempt(reader, path)
        if problem:
            connection.send({"untyped": f"{number}: {problem}"})
        if seconds > SLOW_SECONDS:  # a first call may prepare something
            seconds = min(seconds, attempt(reader, path)[0], attempt(reader, path)[0])
        slowest = max(slowest, seconds)
        if number == first + _WARM_AFTER:
            before = resident_bytes()
    grown = resident_bytes() / before - 1 if before else 0.0
    connection.send({"slowest": slowest, "grown": grown})


def attempt(reader, path):
    """`(processor seconds, problem)` of reading a file; no problem is None."""
    start, problem = time.process_time(), None
    try:
        reader.check(reader.read(path))
    except HandGeoError as error:
        problem = None if str(error) else f"{type(error).__name__} without a text"
    except Exception as error:
        problem = repr(error)[:300]
    return time.process_time() - start, problem


def resident_bytes():
    """Memory of this process."""
    gc.collect()
    return 4096 * int(Path("/proc/self/statm").read_text().split()[1])
