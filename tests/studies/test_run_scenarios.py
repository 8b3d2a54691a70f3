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

    line = "scenarios --study=minutes --minutes=1,2.5 --seeds=1 --features=none"
    args = build_parser().parse_args(line.split())
    args.command_line = f"hand-geo {line}"
    options = scenarios.options_of(args, minutes)
    assert (options.minutes, options.seeds) == ([1.0, 2.5], [1])
    assert options.features is None and options.out_dir == "runs/minutes"
    assert options.command == args.command_line and options.profile == "mini"


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ("--seeds=-1", "from 0 to 4294967295"),
        ("--seeds=4294967296", "from 0 to 4294967295"),
        ("--seeds=,", "invalid list of seed"),
        ("--labels=-1", "invalid list of int of 0 or more"),
        ("--minutes=nan", "invalid list of float of 0.001 or more"),
        ("--minutes=1,-1", "invalid list of float of 0.001 or more"),
        ("--training_steps=0", "invalid list of int of 1 or more"),
        ("--views=0", "invalid list of int of 1 or more"),
        ("--seconds=inf", "invalid float of 1 or more"),
    ],
)
def test_numbers_out_of_range_are_refused_at_once(given, message, capsys):
    from hand_geo_keras.cli.main import build_parser

    with pytest.raises(SystemExit):
        build_parser().parse_args(["scenarios", given])
    assert message in capsys.readouterr().err


def test_seeds_that_a_study_would_not_train_are_refused():
    from hand_geo_keras.cli import scenarios
    from hand_geo_keras.cli.main import build_parser
    from hand_geo_keras.studies import ablations

    args = build_parser().parse_args(["scenarios", "--study=ablations", "--seeds=0,1"])
    with pytest.raises(ValueError, match="takes one seed"):
        scenarios.options_of(args, ablations)
