"""Two replicas against one device, in a process with two logical CPUs."""

import re
import subprocess
import sys
from pathlib import Path

from tests import zoo
from tests.pieces import LAYERS, LOSSES, METRICS

ROOT = Path(__file__).resolve().parents[1]


def test_two_replicas_equal_one_device():
    script = ROOT / "tests" / "two_replicas.py"
    run = subprocess.run(
        [sys.executable, "-m", "tests.two_replicas"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert run.returncode == 0, f"{script}: {run.stdout[-2000:]}\n{run.stderr[-2000:]}"
    names = [*LAYERS, *LOSSES, *METRICS, *zoo.PARTS, *zoo.MODELS, "FusedAdam"]
    assert re.findall("^(.*) equal$", run.stdout, re.MULTILINE) == names
