"""Parses `hand-geo` and runs its subcommands."""

import argparse
import contextlib
import shlex
import sys
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from hand_geo_keras._version import __version__
from hand_geo_keras.cli import (
    board,
    calibrate,
    check,
    check_install,
    convert,
    correct,
    evaluate,
    export,
    label,
    live,
    predict,
    prepare,
    record,
    scenarios,
    synth,
    train,
    view,
)
from hand_geo_keras.quiet import let_tensorflow_speak

COMMANDS = {
    "synth": synth,
    "board": board,
    "record": record,
    "calibrate": calibrate,
    "convert": convert,
    "check": check,
    "label": label,
    "correct": correct,
    "prepare": prepare,
    "train": train,
    "evaluate": evaluate,
    "predict": predict,
    "live": live,
    "export": export,
    "scenarios": scenarios,
    "check-install": check_install,
    "view": view,
}
_PACKAGE = __name__.partition(".")[0]
BAD_INPUT, INTERRUPTED = 2, 130


def main(arguments: Sequence[str] | None = None) -> Any:
    """Runs `hand-geo`.

    Args:
        arguments: List of arguments, those of the process if None.

    Returns:
        Exit code: 0 if all went well, 1 if `check` found an error or `predict` no
        hand, 2 for bad input,
        130 after Ctrl-C.
    """
    arguments = sys.argv[1:] if arguments is None else list(arguments)
    args = build_parser().parse_args([*map(_with_home, arguments)])
    args.command_line = shlex.join(["hand-geo", *arguments])  # reports tell it
    if args.verbose:
        let_tensorflow_speak()
    try:
        with _warnings_in_one_line(), contextlib.ExitStack() as args.exit_stack:
            return COMMANDS[args.command].run(args) or 0
    except KeyboardInterrupt:
        print("Stopped; run the same command again to continue.", file=sys.stderr)
        return INTERRUPTED
    except (ValueError, OSError) as error:
        if not _is_about_input(error):
            raise
        print(f"hand-geo {args.command}: error: {_one_line(error)}", file=sys.stderr)
        return BAD_INPUT


def build_parser() -> Any:
    """The `argparse.ArgumentParser` of all subcommands."""
    parser = argparse.ArgumentParser(
        prog="hand-geo",
        description="Monocular 3D hand pose from your own calibrated cameras and a "
        "few labels.",
        epilog="Each command has --help with an example.",
    )
    parser.add_argument("--version", action="version", version=__version__)
    add_verbose(parser, default=False)
    commands = parser.add_subparsers(dest="command", required=True, metavar="command")
    for name, module in COMMANDS.items():
        command = commands.add_parser(
            name,
            help=module.SUMMARY,
            description=module.__doc__,
            epilog=f"example:\n  {module.EXAMPLE}",
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
        module.add_arguments(command)
        # Said after the command as well; only there it must not undo what was before.
        add_verbose(command, default=argparse.SUPPRESS)
    return parser


def add_verbose(parser: argparse.ArgumentParser, default: Any) -> None:
    """Adds `--verbose` to a parser."""
    parser.add_argument(
        "--verbose",
        action="store_true",
        default=default,
        help="also print what TensorFlow says when it starts",
    )


def _with_home(argument):
    """An argument with its `=~/` as `=/home/somebody/`, which shells leave alone."""
    name, equals, value = argument.partition("=~/")
    return f"{name}={Path.home()}/{value}" if equals else argument


@contextlib.contextmanager
def _warnings_in_one_line():
    """Shows what a user is warned of without the line of code that warned."""
    formatted = warnings.formatwarning

    def shown(message, category, *where):
        if not issubclass(category, UserWarning):
            return formatted(message, category, *where)
        return f"WARNING: {' '.join(str(message).split())}\n"

    warnings.formatwarning = shown
    try:
        yield
    finally:
        warnings.formatwarning = formatted


def _is_about_input(error):
    """Whether an error is one sentence about the input rather than a bug.

    Our own code raises ValueError for wrong arguments; what comes from the depths
    of other packages keeps its traceback.
    """
    if isinstance(error, OSError):
        return error.strerror is not None
    trace = error.__traceback__
    while trace.tb_next is not None:
        trace = trace.tb_next
    return trace.tb_frame.f_globals.get("__name__", "").startswith(_PACKAGE)


def _one_line(error):
    if isinstance(error, OSError) and error.filename:
        return f"{error.filename}: {error.strerror}."
    return " ".join(str(error).split())
