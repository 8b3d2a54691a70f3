"""Prints the lower bounds of setup.cfg as exact versions, for pip."""

import configparser
import re
from pathlib import Path

_BOUND = re.compile(r"^([\w-]+) *>= *([\d.]+)")

if __name__ == "__main__":
    parser = configparser.ConfigParser()
    parser.read(Path(__file__).parents[1] / "setup.cfg")
    lines = parser["options"]["install_requires"].splitlines()
    for match in filter(None, map(_BOUND.match, lines)):
        name, version = match.groups()
        # Of two numbers the third and fourth are left open, as in OpenCV's 5.0.0.93.
        print(
            f"{name}~={version}.0" if version.count(".") == 1 else f"{name}=={version}"
        )
