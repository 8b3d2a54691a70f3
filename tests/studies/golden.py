"""Figures of the smoke profile, recorded before all experiments became one engine.

Where they were recorded, both engines gave the same to 1e-6; the cells of Table 1 are
those of crops read without resampling (`InstantPool.crops`). Processors differ in the
last bits of a convolution, so that tests allow for a little more.
"""

import json
from pathlib import Path

import pytest

_FIGURES = json.loads(Path(__file__).with_name("golden.json").read_text())


def assert_golden(study, figures):
    """Compares a dict from cell to dict from name to number with what was recorded."""
    recorded = _FIGURES[study]
    assert set(figures) == set(recorded)
    for cell, numbers in recorded.items():
        for name, number in numbers.items():
            found = figures[cell][name]
            assert found == pytest.approx(number, rel=1e-4, abs=2e-3), (cell, name)
