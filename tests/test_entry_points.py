"""Work that crashed at some write ends, begun again, as if undisturbed."""

import contextlib

import pytest

from hand_geo_keras.errors import StorageError
from tests.crashes import crashing
from tests.entry_points import ENTRY_POINTS

# Where in the work: `examples/tools/reliability.py` tries every write.
CRASHES = ((0.2, {}), (0.55, {"torn": True}), (0.7, {"full": True}))


@pytest.mark.parametrize("name", sorted(set(ENTRY_POINTS) - {"training"}))
def test_a_crash_changes_nothing(tmp_path, name):
    entry_point = ENTRY_POINTS[name]
    source, whole = tmp_path / "source", tmp_path / "whole"
    source.mkdir()
    whole.mkdir()
    entry_point.prepare(source)
    with crashing(whole) as watch:
        entry_point.run(source, whole)
    assert watch.count > 2
    for place, kind in CRASHES:
        folder = tmp_path / str(place)
        folder.mkdir()
        crash = crashing(folder, int(place * watch.count), **kind)
        with crash, contextlib.suppress(StorageError):
            entry_point.run(source, folder)
        entry_point.run(source, folder)
        assert entry_point.outcome(folder) == entry_point.outcome(whole)
