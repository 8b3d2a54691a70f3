"""Reads HDF5 tables in another process, which a damaged file may take with it."""

import contextlib
import json
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

_SCRIPT = Path(__file__).with_name("h5_child.py")


class H5Tables:
    """Reads tables that pandas wrote as HDF5.

    The HDF5 library aborts the process, or runs for ever, on some damaged files. The
    other process lives until this one ends, so that only the first file waits for it
    to begin.

    Args:
        seconds: Longest time for a file.

    Example:
        ```python
        table = H5Tables().read("CollectedData_me.h5")
        ```
    """

    def __init__(self, seconds: float = 60.0) -> None:
        self._seconds = seconds
        self._process: Any = None
        self._lock = threading.Lock()

    def read(self, path: str | Path) -> dict[str, Any]:
        """The only table of a file.

        Args:
            path: HDF5 file.

        Returns:
            dict, see `h5_child.read_table`.

        Raises:
            ValueError: If it cannot be read.
        """
        with self._lock:
            answer = self._ask(json.dumps(str(Path(path).absolute())) + "\n")
        if not answer:
            raise ValueError("the HDF5 library breaks on it")
        content = json.loads(answer)
        if "table" not in content:
            raise ValueError(content["error"])
        return content["table"]

    def _ask(self, question):
        """The answer, empty if the process did not survive the question."""
        process, answer = self._running(), ""
        in_time = threading.Timer(self._seconds, process.kill)
        in_time.start()
        with contextlib.suppress(OSError):
            process.stdin.write(question)
            process.stdin.flush()
            answer = process.stdout.readline()
        in_time.cancel()
        if not answer:
            process.kill()
            process.wait()
        return answer

    def _running(self):
        if self._process is None or self._process.poll() is not None:
            self._process = subprocess.Popen(
                [sys.executable, "-I", str(_SCRIPT)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                text=True,
            )
        return self._process
