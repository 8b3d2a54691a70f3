"""Atomic writing of small text files."""

import os
from pathlib import Path


def write_text(path, text):
    """Writes a file in full or not at all."""
    path = Path(path)
    temporary = path.with_name(path.name + ".partial")
    temporary.write_text(text, encoding="utf-8")
    os.replace(temporary, path)
