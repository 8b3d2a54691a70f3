"""Work that crashed at some write ends, begun again, as if undisturbed."""

import contextlib

import pytest

from hand_geo_keras.errors import StorageError
from tests.crashes import crashing
from tests.doors import DOORS

# Where in the work: `examples/tools/reliability.py` tries every write.
CRASHES = ((0.2, {}), (0.55, {"torn": True}), (0.7, {"full": True}))


@pytest.mark.parametrize("name", sorted(set(DOORS) - {"training"}))
def test_a_crash_changes_nothing(tmp_path, name):
    door = DOORS[name]
    source, whole = tmp_path / "source", tmp_path / "whole"
    source.mkdir()
    whole.mkdir()
    door.prepare(source)
    with crashing(whole) as watch:
        door.run(source, whole)
    assert watch.count > 2
    for place, kind in CRASHES:
        folder = tmp_path / str(place)
        folder.mkdir()
        crash = crashing(folder, int(place * watch.count), **kind)
        with crash, contextlib.suppress(StorageError):
            door.run(source, folder)
        door.run(source, folder)
        assert door.outcome(folder) == door.outcome(whole)
