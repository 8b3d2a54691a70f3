"""The README's example runs as written, only shorter."""

import re
from pathlib import Path

import pytest

from tests.scenarios.tiny_rig import make_rig

README = Path(__file__).resolve().parents[1] / "README.md"
SHORTER = (
    ("steps_per_epoch=100, epochs=8", "steps_per_epoch=1, epochs=1"),
    ("steps_per_epoch=100, epochs=6", "steps_per_epoch=1, epochs=1"),
    ("batch_size=8", "batch_size=1"),
    ('"auto"', "None"),  # without ImageNet weights, which need a download
)


def test_the_notebook_example_runs(tmp_path, monkeypatch):
    (code,) = re.findall(r"```python\n(.*?)```", README.read_text(), re.DOTALL)
    for long, short in SHORTER:
        assert long in code
        code = code.replace(long, short)
    make_rig(tmp_path / "my_rig")
    monkeypatch.chdir(tmp_path)
    variables = {}
    exec(compile(code, "README.md", "exec"), variables)
    assert variables["joints_mm"].shape == (1, 21, 3)


@pytest.mark.parametrize("path", re.findall(r"\]\(([^)#]+)\)", README.read_text()))
def test_linked_files_exist(path):
    assert path.startswith("http") or (README.parent / path).exists()
