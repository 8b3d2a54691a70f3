"""Goes through a door of `tests.doors` in a process of its own, to be killed.

    python -m tests.door_process NAME SOURCE FOLDER

Prints a line when everything is imported and the work begins.
"""

import sys
from pathlib import Path

from tests.doors import DOORS

if __name__ == "__main__":
    name, source, folder = sys.argv[1:]
    print("begins", flush=True)
    DOORS[name].run(Path(source), Path(folder))
