"""Work that crashed at some write ends, begun again, as if undisturbed."""

import pytest

from tests.crash_points import Undisturbed
from tests.entry_points import ENTRY_POINTS

# Where in the work: `examples/tools/reliability.py` tries every write.
CRASHES = {"killed": 0.2, "torn": 0.55, "disk full": 0.7}
QUICK = [name for name, point in ENTRY_POINTS.items() if not point.is_slow]
# Of those that take seconds; the tool tries all.
SLOW = ("record", "export", "train supervised")


@pytest.mark.parametrize("name", [*QUICK, *SLOW])
def test_a_crash_changes_nothing(tmp_path, name):
    entry_point = ENTRY_POINTS[name]
    work = Undisturbed(entry_point, tmp_path / "undisturbed")
    assert work.writes > 2
    kinds = ["torn"] if entry_point.is_slow else CRASHES
    for kind in kinds:
        target = tmp_path / kind
        target.mkdir()
        point = int(CRASHES[kind] * work.writes)
        assert work.crashed(target, point, kind) == work.expected, (kind, point)
