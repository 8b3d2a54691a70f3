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
        (["--study=real_rig", "--preset=hand_128"], "needs --recording"),
        (["--profile=paper"], "--dataset"),
    ],
)
def test_flags_that_do_not_fit_are_one_sentence(arguments, message, tmp_path):
    done = subprocess.run(
        [sys.executable, str(SCRIPT), *arguments, f"--out_dir={tmp_path}"],
        capture_output=True,
        text=True,
    )
    assert done.returncode == 2
    last = done.stderr.strip().splitlines()[-1]
    assert last.startswith("hand-geo scenarios: error: ") and message in last
    assert list(tmp_path.iterdir()) == []


def test_profiles_and_executors_are_those_of_the_library():
    from hand_geo_keras.cli import scenarios
    from hand_geo_keras.scenarios.run_jobs import EXECUTORS
    from hand_geo_keras.training.profiles import PROFILES

    assert set(scenarios.PROFILES) == set(PROFILES)
    assert set(scenarios.EXECUTORS) == set(EXECUTORS)


def test_every_study_says_what_it_takes():
    import importlib

    from hand_geo_keras.cli import scenarios
    from hand_geo_keras.studies.options import Options

    for name in scenarios.STUDIES:
        study = importlib.import_module(f"hand_geo_keras.studies.{name}")
        assert set(study.USES) <= set(Options.__dataclass_fields__)
        assert any(file.endswith(".md") for file in study.FILES)


def test_lists_numbers_and_none_are_read():
    from hand_geo_keras.cli import scenarios
    from hand_geo_keras.cli.main import build_parser
    from hand_geo_keras.studies import minutes

    line = "scenarios --study=minutes --minutes=1,2.5 --seeds=0,1 --features=none"
    args = build_parser().parse_args(line.split())
    args.command_line = f"hand-geo {line}"
    options = scenarios.options_of(args, minutes)
    assert (options.minutes, options.seeds) == ([1.0, 2.5], [0, 1])
    assert options.features is None and options.out_dir == "runs/minutes"
    assert options.command == args.command_line and options.profile == "mini"
