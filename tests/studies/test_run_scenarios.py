"""The command line of all studies."""

import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).resolve().parents[2] / "examples" / "run_scenarios.py"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--study=ablations", "--minutes=1"], "--minutes does not belong to --study"),
        (["--study=real_rig", "--preset=compact_128"], "needs --recording"),
        (["--profile=paper"], "--dataset"),
    ],
)
def test_flags_that_do_not_fit_are_one_sentence(arguments, message, tmp_path):
    done = subprocess.run(
        [sys.executable, str(SCRIPT), *arguments, f"--out_dir={tmp_path}"],
        capture_output=True,
        text=True,
    )
    assert done.returncode == 1
    last = done.stderr.strip().splitlines()[-1]
    assert last.startswith("error: ") and message in last
    assert list(tmp_path.iterdir()) == []
