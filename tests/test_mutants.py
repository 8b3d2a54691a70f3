"""The mutants of `examples/tools/mutants.py` still break lines that there are."""

import runpy
from pathlib import Path

ROOT = Path(__file__).parents[1]
TOOL = runpy.run_path(str(ROOT / "examples" / "tools" / "mutants.py"))


def test_every_snippet_stands_once_and_has_tests():
    mutants = TOOL["MUTANTS"]
    assert len({(m.file, m.snippet) for m in mutants}) == 30
    for mutant in mutants:
        assert (ROOT / mutant.file).read_text().count(mutant.snippet) == 1, mutant
        assert mutant.snippet != mutant.becomes
        assert all((ROOT / name).exists() for name in mutant.tests), mutant
