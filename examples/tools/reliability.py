"""Crashes, kills, damages and floods the package, and counts what does not hold.

    python examples/tools/reliability.py --out=reliability.md --quick
    python examples/tools/reliability.py --out=reliability.md
    python examples/tools/reliability.py --out=reliability.md --seconds=0

The quick run samples (some minutes). The second gives every entry point and every
reader a share of time, of which 40 minutes of two processors come. The last has no
limits: it tries every write of every entry point in three ways, 10 kills of each and
10,000 damaged files for every reader (hours). All end with exit code 1 if anything
failed, and write what they print, as Markdown and, beside it, as JSON. It runs from a
checkout, whose `tests` it uses.
"""

import concurrent.futures
import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import keras
import numpy as np
import tensorflow as tf
from absl import app, flags, logging

sys.path.insert(0, str(Path(__file__).parents[2]))

from hand_geo_keras.io import write_text
from tests.crash_points import KINDS, Undisturbed
from tests.entry_points import ENTRY_POINTS
from tests.fuzzing import fuzz
from tests.kill_points import run_until_killed
from tests.readers import READERS
from tests.served_requests import flood_viewer

_OUT = flags.DEFINE_string("out", None, "Markdown file to write.", required=True)
_QUICK = flags.DEFINE_bool("quick", False, "Samples instead of trying everything.")
_SECONDS = flags.DEFINE_float(
    "seconds", 60.0, "Time for an entry point or a reader; 0 for no limit."
)
_SEED = flags.DEFINE_integer("seed", 0, "Seed of all random choices.")
_ONLY = flags.DEFINE_list("only", [], "Sections to run, of those in SECTIONS.")

_COLUMNS = ("what", "tried", "of", "stuck, lost or aborted", "unequal or untyped")


def main(argv):
    if len(argv) > 1:
        raise app.UsageError(f"Unknown arguments: {argv[1:]}")
    logging.set_verbosity(logging.ERROR)
    use_one_thread()
    start, rows = time.time(), []
    names = _ONLY.value or list(SECTIONS)
    with (
        tempfile.TemporaryDirectory() as folder,
        # Damaged files are read in other processes; crashes happen in this one.
        concurrent.futures.ThreadPoolExecutor(1) as beside,
    ):
        later = beside.submit(list, damage_rows()) if "damage" in names else None
        for name in names:
            rng = np.random.default_rng(_SEED.value)
            if name == "damage":
                continue
            for row in SECTIONS[name](Path(folder), rng):
                rows.append(said(row))
        rows += later.result() if later else []
    rows = [row | {"seconds": round(row.get("seconds", 0.0), 3)} for row in rows]
    write_text(_OUT.value, table(rows, names))
    about = described(time.time() - start)
    content = json.dumps({**about, "rows": rows}, indent=1)
    write_text(Path(_OUT.value).with_suffix(".json"), content + "\n")
    print(table(rows, names))
    sys.exit(int(any(row["failed"] or row["differed"] for row in rows)))


def use_one_thread():
    """Here and in other processes: the works are tiny, the machine may be shared."""
    for kind in ("INTRAOP", "INTEROP"):
        os.environ.setdefault(f"TF_NUM_{kind}_THREADS", "1")
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    tf.config.threading.set_intra_op_parallelism_threads(1)
    tf.config.threading.set_inter_op_parallelism_threads(1)


def said(row):
    """The row, printed."""
    print(json.dumps(row), flush=True)
    return row


def described(seconds):
    """What was run, where and how long."""
    commit = subprocess.run(
        ["git", "rev-parse", "--short=12", "HEAD"],
        cwd=Path(__file__).parent,
        capture_output=True,
        text=True,
    )
    return {
        "commit": commit.stdout.strip(),
        "arguments": sys.argv[1:],
        "minutes": round(seconds / 60, 1),
        "python": platform.python_version(),
        "keras": keras.__version__,
        "tensorflow": tf.__version__,
        "processors": os.cpu_count(),
    }


def table(rows, names):
    """The scoreboard as Markdown: a line per section, then every row."""
    lines = [(*_COLUMNS, "slowest, growth")]
    lines.append(["---"] * len(lines[0]))
    for name in names:
        own = [row for row in rows if row["section"] == name]
        if own:
            lines.append(_cells(_TITLES[name].format(count=len(own)), own))
    lines += [_cells(row["what"], [row]) for row in rows]
    return "\n".join(f"| {' | '.join(map(str, line))} |" for line in lines) + "\n"


def _cells(what, rows):
    def total(key):
        return sum(row[key] for row in rows)

    costs = []
    slowest = max(row.get("seconds", 0.0) for row in rows)
    if slowest:
        costs.append(f"{slowest:.2f} s")
    if grown := [row["grown"] for row in rows if "grown" in row]:
        costs.append(f"memory {max(grown):+.1%}")
    counts = [total("tried"), total("of"), total("failed"), total("differed")]
    return [what, *counts, ", ".join(costs)]


def crash_rows(folder, rng):
    """Crashes at writes; afterwards the same work must end as if undisturbed."""
    for name, entry_point in ENTRY_POINTS.items():
        work = Undisturbed(entry_point, folder / name.replace(" ", "_"))
        points = [(int(n), kind) for n in range(work.writes) for kind in KINDS]
        rng.shuffle(points)
        if _QUICK.value:
            points = points[: 1 if entry_point.is_slow else 6]
        stuck, unequal, tried, end = 0, 0, 0, deadline()
        for point, kind in points:
            with tempfile.TemporaryDirectory(dir=folder) as target:
                try:
                    ended = work.crashed(Path(target), int(point), kind)
                    unequal += ended != work.expected
                    problem = "unequal" if ended != work.expected else None
                except Exception as error:  # whatever it is, the folder is stuck
                    stuck += 1
                    problem = repr(error)[:300]
            tried += 1
            if problem:
                print(f"{name}, {kind} at {point}: {problem}", file=sys.stderr)
            if time.monotonic() > end:
                break
        yield {
            "section": "crash",
            "what": f"{name}: a write fails",
            "tried": tried,
            "of": len(KINDS) * work.writes,
            "failed": stuck,
            "differed": unequal,
        }


def kill_rows(folder, rng):
    """SIGKILL of a process at random moments, then the same work to its end."""
    for name, entry_point in ENTRY_POINTS.items():
        if _QUICK.value and entry_point.is_slow:
            continue
        base = folder / f"{name.replace(' ', '_')}-killed"
        source, whole = base / "source", base / "whole"
        source.mkdir(parents=True)
        whole.mkdir()
        entry_point.prepare(source)
        lasts = run_until_killed(name, source, whole)
        expected = entry_point.outcome(whole)
        wanted, tried, stuck, unequal, end = 10, 0, 0, 0, deadline()
        while tried < (1 if _QUICK.value else wanted):
            with tempfile.TemporaryDirectory(dir=base) as target:
                run_until_killed(name, source, target, rng.uniform(0, lasts))
                if run_until_killed(name, source, target) is None:
                    stuck += 1
                elif entry_point.outcome(Path(target)) != expected:
                    unequal += 1
            tried += 1
            if time.monotonic() > end:
                break
        yield {
            "section": "kill",
            "what": f"{name}: SIGKILL",
            "tried": tried,
            "of": wanted,
            "failed": stuck,
            "differed": unequal,
        }


def damage_rows():
    """Damaged files; a reader gives a value or one of the package's errors."""
    for name, reader in READERS.items():
        wanted = 10_000
        count = (20 if reader.seconds >= 0.01 else 300) if _QUICK.value else wanted
        seconds = None if _QUICK.value or not _SECONDS.value else _SECONDS.value
        found = fuzz(name, count, _SEED.value, seconds)
        for text in found.untyped[:5] + found.aborts[:5]:
            print(f"{name}: {text}", file=sys.stderr)
        yield said(
            {
                "section": "damage",
                "what": f"damaged {name}",
                "tried": found.count,
                "of": wanted,
                "failed": len(found.aborts),
                "differed": len(found.untyped),
                "seconds": found.slowest,
                "grown": found.grown,
            }
        )


def served_rows(folder, rng):
    """Good and bad requests to the viewer's page, eight at a time."""
    del folder
    wanted = 10_000
    found = flood_viewer(400 if _QUICK.value else wanted, rng)
    yield {
        "section": "served",
        "what": f"requests to the viewer, a third bad ({found.rate:.0f} a second)",
        "tried": found.count,
        "of": wanted,
        "failed": found.lost,
        "differed": found.wrong,
        "grown": found.grown,
    }


def deadline():
    """Moment at which an entry point's or reader's time is over."""
    return time.monotonic() + (_SECONDS.value or float("inf"))


SECTIONS = {
    "crash": crash_rows,
    "kill": kill_rows,
    "damage": damage_rows,
    "served": served_rows,
}
_TITLES = {
    "crash": "**writes that fail, in {count} entry points**",
    "kill": "**processes killed, in {count} entry points**",
    "damage": "**damaged files, for {count} readers**",
    "served": "**served requests**",
}

if __name__ == "__main__":
    app.run(main)
