"""Keeps TensorFlow's start-up lines off the terminal, unless they are asked for.

TensorFlow's libraries write to file descriptor 2 before any setting of theirs counts,
so the import itself runs with that descriptor set aside. What is no start-up line is
written afterwards, and all of it if the import fails.
"""

import contextlib
import functools
import importlib.machinery
import os
import re
import sys
from collections.abc import Callable, Iterator, Sequence
from types import ModuleType

VERBOSE = "HAND_GEO_VERBOSE"
_LEVEL = "TF_CPP_MIN_LOG_LEVEL"
# Lines of absl's logging (`I0000 00:00:17.5 63 port.cc:153] `) and of TensorFlow's
# (`2026-01-01 00:00:00.1: E external/...] `), and those in which they continue.
_START_UP = re.compile(
    r"WARNING: All log messages before absl::InitializeLog"
    r"|[IWE]\d{4} [\d:.]+ +\d+ [\w/]+\.(cc|h):\d+\] "
    r"|\d{4}-\d\d-\d\d [\d:.]+: [IWE] [\w/.-]+:\d+\] "
    r"|To enable the following instructions: "
    r"|INFO: Created TensorFlow Lite XNNPACK delegate for CPU"
)


def hush_tensorflow() -> None:
    """Lets the coming import of TensorFlow pass without its start-up lines.

    Called by `import hand_geo_keras`; costs nothing until TensorFlow is imported, by
    whomever. Afterwards its C++ code reports fatal errors only (`TF_CPP_MIN_LOG_LEVEL`
    is 3, unless it is set already): what goes wrong there is raised in Python as well.
    Nothing is changed if the environment variable `HAND_GEO_VERBOSE` is set, or if
    TensorFlow has been imported before.

    Example:
        ```python
        import hand_geo_keras  # hushes
        import tensorflow as tf  # prints nothing
        ```
    """
    if os.environ.get(VERBOSE) or "tensorflow" in sys.modules:
        return
    os.environ.setdefault(_LEVEL, "3")
    if not any(isinstance(finder, _Finder) for finder in sys.meta_path):
        sys.meta_path.insert(0, _Finder())


def let_tensorflow_speak() -> None:
    """Undoes `hush_tensorflow` before TensorFlow is imported; `--verbose` does so."""
    os.environ[VERBOSE] = "1"  # for processes that are started from here
    os.environ.pop(_LEVEL, None)
    sys.meta_path[:] = [f for f in sys.meta_path if not isinstance(f, _Finder)]


class _Finder:
    """Finds TensorFlow as always, and has its first import run quietly."""

    def find_spec(
        self,
        fullname: str,
        path: Sequence[str] | None,
        target: ModuleType | None = None,
    ) -> importlib.machinery.ModuleSpec | None:
        if fullname != "tensorflow":
            return None
        spec = importlib.machinery.PathFinder.find_spec(fullname, path, target)
        loader = None if spec is None else spec.loader
        if loader is not None:
            execute = functools.partial(_execute, loader.exec_module)
            loader.exec_module = execute  # type: ignore[method-assign]
        return spec


def _execute(execute: Callable[[ModuleType], None], module: ModuleType) -> None:
    with start_up_lines_left_out():
        execute(module)


@contextlib.contextmanager
def start_up_lines_left_out() -> Iterator[None]:
    """Sets the standard error of the process aside; writes what is no start-up line.

    Raises:
        Exception: Whatever the body raises, after everything has been written.

    Example:
        ```python
        with start_up_lines_left_out():
            import tensorflow
        ```
    """
    import tempfile

    try:
        saved = os.dup(2)
    except OSError:  # a process without a standard error
        yield
        return
    _flush()
    failed = True
    with tempfile.TemporaryFile() as file:
        os.dup2(file.fileno(), 2)
        try:
            yield
            failed = False
        finally:
            _flush()
            os.dup2(saved, 2)
            os.close(saved)
            file.seek(0)
            text = file.read().decode("utf-8", "replace")
            if sys.stderr is not None:
                sys.stderr.write(text if failed else without_start_up_lines(text))


def _flush() -> None:
    if sys.stderr is not None:
        sys.stderr.flush()


def without_start_up_lines(text: str) -> str:
    r"""The lines of a text that are not TensorFlow's start-up messages.

    Example:
        >>> without_start_up_lines("I0000 00:00:1.2 7 port.cc:153] on\nDisk full\n")
        'Disk full\n'
    """
    lines = text.splitlines(keepends=True)
    return "".join(line for line in lines if not _START_UP.match(line))
