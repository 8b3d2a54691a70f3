"""Runs an entry point of `tests.entry_points` in a process of its own, to be killed.

    python -m tests.entry_point_process NAME SOURCE FOLDER

Prints a line when everything is imported and the work begins.
"""

import sys
from pathlib import Path

from tests.entry_points import ENTRY_POINTS

if __name__ == "__main__":
    name, source, folder = sys.argv[1:]
    print("begins", flush=True)
    ENTRY_POINTS[name].run(Path(source), Path(folder))
