"""TensorFlow's start-up lines stay away; everything else on stderr is kept."""

import os
import subprocess
import sys

import cv2
import numpy as np
import pytest

from hand_geo_keras import quiet

NOISE = (
    "WARNING: All log messages before absl::InitializeLog() is called are written to\n"
    "I0000 00:00:1795675595.624236    6300 port.cc:153] oneDNN custom operations on\n"
    "E0000 00:00:1795675598.584437    6300 cuda_platform.cc:52] failed call to cuInit\n"
    "2026-01-01 00:00:00.123456: I tensorflow/core/util/port.cc:113] oneDNN\n"
    "2026-01-01 00:00:00.1: W external/xla/xla/a-b.cc:1] Could not find\n"
    "To enable the following instructions: AVX2 FMA, in other operations, rebuild\n"
)


def run(*arguments, **environment):
    """A process of this Python, with the standard error as a terminal would show it."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("TF_", "HAND_"))}
    return subprocess.run(
        [sys.executable, *map(str, arguments)],
        env=kept | environment,
        capture_output=True,
        text=True,
    )


def without_bars(text):
    """Standard error but for progress bars."""
    lines = text.replace("\r", "\n").split("\n")
    return [line for line in lines if line.strip() and "|" not in line]


@pytest.mark.parametrize("line", NOISE.splitlines(keepends=True))
def test_start_up_lines_are_known(line):
    assert quiet.without_start_up_lines(line) == ""


@pytest.mark.parametrize(
    "line",
    [
        "ImportError: libcudart.so.12: cannot open shared object file\n",
        "F0000 00:00:1795675598.584437    6300 a.cc:52] Check failed: x == y\n",
        "Traceback (most recent call last):\n",
        "RuntimeWarning: invalid value encountered in divide\n",
    ],
)
def test_everything_else_is_kept(line):
    assert quiet.without_start_up_lines(NOISE + line + NOISE) == line


CODE = """
import os, sys
import hand_geo_keras
from hand_geo_keras import quiet
with quiet.start_up_lines_left_out():
    os.write(2, b"I0000 00:00:1.0 1 port.cc:153] on\\n")
    print("printed", file=sys.stderr)
    os.write(2, b"from C\\n")
    if len(sys.argv) > 1:
        raise ImportError("broken")
print("after", file=sys.stderr)
"""


def test_what_is_written_by_python_and_c_comes_in_order():
    assert run("-c", CODE).stderr.split("\n") == ["printed", "from C", "after", ""]


def test_a_failed_import_shows_everything():
    said = run("-c", CODE, "fail").stderr
    assert said.index("port.cc:153") < said.index("from C") < said.index("broken")


def test_the_import_of_keras_is_quiet_and_leaves_tensorflow_whole():
    code = (
        "import hand_geo_keras, sys; assert 'tensorflow' not in sys.modules; "
        "import keras, tensorflow, inspect; tensorflow.config.list_physical_devices(); "
        "assert 'import' in inspect.getsource(tensorflow); "
        "assert tensorflow.__spec__.loader is tensorflow.__loader__"
    )
    ran = run("-c", code)
    assert (ran.returncode, ran.stderr) == (0, "")


def test_verbose_lets_tensorflow_speak():
    code = "import hand_geo_keras, tensorflow"
    said = run("-c", code, HAND_GEO_VERBOSE="1").stderr
    # Which lines there are depends on the processor.
    assert quiet.without_start_up_lines(said) != said


def test_verbose_is_taken_before_and_after_the_command():
    from hand_geo_keras.cli.main import build_parser

    parse = build_parser().parse_args
    assert parse(["--verbose", "check", "rig"]).verbose
    assert parse(["check", "rig", "--verbose"]).verbose
    assert not parse(["check", "rig"]).verbose


def test_commands_write_nothing_but_progress_to_stderr(tmp_path):
    command = ["-m", "hand_geo_keras.cli"]
    assert run(*command, "--help").stderr == ""
    image = np.random.default_rng(0).integers(0, 255, (40, 40, 3), np.uint8)
    cv2.imwrite(str(tmp_path / "hand.png"), image)
    predict = (
        *command,
        *("predict", tmp_path / "hand.png", "--model=hand_128"),
        *("--boxes=20,20,30", f"--out_dir={tmp_path / 'out'}"),
    )
    lines = without_bars(run(*predict).stderr)
    assert all("converted for LiteRT" in line for line in lines)  # if it is the first
    ran = run(*predict)
    assert ran.returncode == 0 and "1 hand predicted" in ran.stdout
    assert without_bars(ran.stderr) == []
