"""Crashes an entry point at one of its writes, and begins the same work again."""

import contextlib
import dataclasses
from pathlib import Path

from hand_geo_keras.errors import StorageError
from tests.crashes import count_writes, crashing

# What becomes of the write: it does not happen, or half of it, or the disk is full.
KINDS = {"killed": {}, "torn": {"torn": True}, "disk full": {"full": True}}


@dataclasses.dataclass
class Undisturbed:
    """An entry point's work, done once without a crash.

    Args:
        entry_point: `EntryPoint`.
        folder: Folder for what it reads and writes.
    """

    entry_point: object
    folder: Path

    def __post_init__(self):
        self.source, whole = self.folder / "source", self.folder / "whole"
        self.source.mkdir(parents=True)
        whole.mkdir()
        self.entry_point.prepare(self.source)
        self.writes = count_writes(self.run, whole)
        self.expected = self.entry_point.outcome(whole)

    def run(self, target):
        """Does the work once more, into a folder."""
        self.entry_point.run(self.source, target)

    def crashed(self, target, point, kind):
        """What the work gives that crashed at a write and was begun again.

        Args:
            target: Empty folder to write to.
            point: Number of the write, from 0.
            kind: Key of `KINDS`.

        Returns:
            As of the entry point's `outcome`, to be compared with `expected`.
        """
        settings = KINDS[kind]
        told = StorageError if settings.get("full") else ()
        with contextlib.suppress(told), crashing(target, point, **settings):
            self.run(target)
        self.run(target)
        return self.entry_point.outcome(target)
