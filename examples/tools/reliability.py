"""Crashes, kills, damages and floods the package, and counts what does not hold.

    python examples/tools/reliability.py --out=reliability.md --quick
    python examples/tools/reliability.py --out=reliability.md
    python examples/tools/reliability.py --out=reliability.md --seconds=0

The quick run samples (some minutes). The second gives every entry point and every
reader a share of time, of which 40 minutes of two processors come, and checks rigs. The
last has no limits: it tries every write of every entry point in three ways, 10 kills of
each and 10,000 damaged files for every reader (hours). All end with exit code 1 if
anything failed, and write what they print, as Markdown and, beside it, as JSON; so does
Ctrl-C with what is done. It runs from a checkout, whose `tests` it uses.
"""

import concurrent.futures
import json
import os
import platform
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import keras
import numpy as np
import tensorflow as tf
from absl import app, flags, logging

sys.path.insert(0, str(Path(__file__).parents[2]))

from hand_geo_keras.io import read_json, write_text
from hand_geo_keras.studies.rig_faults import rig_fault_rows
from tests import forked
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
_ONLY = flags.DEFINE_list(
    "only", [], "Sections to run: crash, kill, damage, served, rig."
)
_NAMES = flags.DEFINE_list("names", [], "Entry points or readers; all if empty.")
_JOIN = flags.DEFINE_list(
    "join",
    [],
    "JSON of runs to put together; a later run's row replaces that of an earlier one, "
    "but kills, each at another moment, add up.",
)

_RIG_FAULTS = flags.DEFINE_string(
    "rig_faults", None, "JSON of rig_faults.py, to count instead of running it again."
)

_COLUMNS = (
    "what",
    "tried",
    "of",
    "stuck, lost or aborted",
    "unequal, wrong or untyped",
    "slowest, growth, found",
)
TITLES = {
    "crash": "writes that fail, in {count} entry points",
    "kill": "processes killed, in {count} entry points",
    "damage": "damaged files, for {count} readers",
    "served": "requests served",
    "rig": "rigs checked, healthy and faulty, of {count} kinds",
}


def main(argv):
    if len(argv) > 1:
        raise app.UsageError(f"Unknown arguments: {argv[1:]}")
    logging.set_verbosity(logging.ERROR)
    use_one_thread()
    forked.warm_up()
    if _JOIN.value:
        runs = [run for path in _JOIN.value for run in read_json(path)["runs"]]
    else:
        start = time.time()
        rows = rows_of(_ONLY.value or TITLES)
        runs = [described(time.time() - start) | {"rows": rows}]
    rows = joined(row for run in runs for row in run["rows"])
    text = table(rows)
    write_text(_OUT.value, text)
    content = json.dumps({"runs": runs}, indent=1)
    write_text(Path(_OUT.value).with_suffix(".json"), content + "\n")
    print(text)
    sys.exit(int(any(row["failed"] or row["differed"] for row in rows)))


def joined(rows):
    """One row for each name."""
    found = {}
    for row in rows:
        earlier = found.get(row["what"])
        if earlier and row["section"] == "kill":
            counts = ("tried", "of", "failed", "differed")
            row = {**row, **{key: row[key] + earlier[key] for key in counts}}
        found[row["what"]] = row
    return list(found.values())


def rows_of(sections):
    """Rows of some sections; works that take seconds come last."""
    rng, rows, stopped = np.random.default_rng(_SEED.value), [], threading.Event()
    points = {name: ENTRY_POINTS[name] for name in chosen(ENTRY_POINTS)}
    quick = {name: point for name, point in points.items() if not point.is_slow}
    slow = {name: point for name, point in points.items() if point.is_slow}
    with (
        tempfile.TemporaryDirectory() as name,
        # Damaged files are read in other processes; crashes happen in this one.
        concurrent.futures.ThreadPoolExecutor(1) as beside,
    ):
        folder = Path(name)
        damaged = damage_rows(stopped) if "damage" in sections else ()
        damaged = beside.submit(list, damaged)
        try:
            if "served" in sections:
                rows.extend(served_rows(rng))
            if "rig" in sections:
                rows.extend(rig_rows())
            for points in (quick, slow):
                if "crash" in sections:
                    rows.extend(crash_rows(folder, rng, points))
                if "kill" in sections:
                    rows.extend(kill_rows(folder, rng, points))
            damaged.result()
        except KeyboardInterrupt:  # what is done is kept
            stopped.set()
        rows += damaged.result()
    return rows


def use_one_thread():
    """Here and in other processes: the works are tiny, the machine may be shared."""
    for kind in ("INTRAOP", "INTEROP"):
        os.environ.setdefault(f"TF_NUM_{kind}_THREADS", "1")
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    tf.config.threading.set_intra_op_parallelism_threads(1)
    tf.config.threading.set_inter_op_parallelism_threads(1)


def said(
    section, what, tried, of, failed, differed, seconds=0.0, grown=None, found=None
):
    """A row, printed."""
    row = {
        "section": section,
        "what": what,
        "tried": tried,
        "of": of,
        "failed": failed,
        "differed": differed,
        "seconds": round(seconds, 3),
        "grown": grown,
        "found": found,
    }
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


def table(rows):
    """The scoreboard as Markdown: a line per section, then every row."""
    lines = [_COLUMNS, ["---"] * len(_COLUMNS)]
    for name, title in TITLES.items():
        own = [row for row in rows if row["section"] == name]
        if own:
            lines.append(_cells(f"**{title.format(count=len(own))}**", own))
    lines += [_cells(row["what"], [row]) for row in rows]
    return "\n".join(f"| {' | '.join(map(str, line))} |" for line in lines) + "\n"


def _cells(what, rows):
    def total(key):
        return sum(row[key] for row in rows)

    costs = []
    slowest = max(row["seconds"] for row in rows)
    if slowest:
        costs.append(f"{slowest:.2f} s")
    if grown := [row["grown"] for row in rows if row["grown"] is not None]:
        costs.append(f"memory {max(grown):+.1%}")
    if found := [row for row in rows if row.get("found") is not None]:
        share = sum(row["found"] for row in found) / sum(row["tried"] for row in found)
        costs.append(f"{share:.0%} found")
    counts = [total("tried"), total("of"), total("failed"), total("differed")]
    return [what, *counts, ", ".join(costs)]


def crash_rows(folder, rng, points):
    """Crashes at writes; afterwards the same work must end as if undisturbed."""
    for name, entry_point in points.items():
        work = Undisturbed(entry_point, folder / name.replace(" ", "_"))
        crashes = [(n, kind) for n in range(work.writes) for kind in KINDS]
        order = rng.permutation(len(crashes))
        if _QUICK.value:
            order = order[: 1 if entry_point.is_slow else 6]
        stuck, unequal, tried, end = 0, 0, 0, deadline()
        for point, kind in (crashes[number] for number in order):
            with tempfile.TemporaryDirectory(dir=folder) as target:
                try:
                    ended = work.crashed(Path(target), point, kind)
                    problem = "unequal" if ended != work.expected else None
                    unequal += problem is not None
                except Exception as error:  # whatever it is, the folder is stuck
                    stuck += 1
                    problem = repr(error)[:300]
            tried += 1
            if problem:
                print(f"{name}, {kind} at {point}: {problem}", flush=True)
            if time.monotonic() > end:
                break
        what = f"{name}: a write fails"
        yield said("crash", what, tried, len(crashes), stuck, unequal)


def kill_rows(folder, rng, points):
    """SIGKILL of a process at random moments, then the same work to its end."""
    for name, entry_point in points.items():
        base = folder / f"{name.replace(' ', '_')}-killed"
        source, whole = base / "source", base / "whole"
        source.mkdir(parents=True)
        whole.mkdir()
        entry_point.prepare(source)
        lasts = run_until_killed(name, source, whole)
        expected = lasts and entry_point.outcome(whole)
        wanted, tried, end = 10, 0, deadline()
        stuck, unequal = int(lasts is None), 0
        while lasts and tried < (1 if _QUICK.value else wanted):
            with tempfile.TemporaryDirectory(dir=base) as target:
                run_until_killed(name, source, target, rng.uniform(0, lasts))
                if run_until_killed(name, source, target) is None:
                    stuck += 1
                elif entry_point.outcome(Path(target)) != expected:
                    unequal += 1
            tried += 1
            if time.monotonic() > end:
                break
        yield said("kill", f"{name}: SIGKILL", tried, wanted, stuck, unequal)


def damage_rows(stopped):
    """Damaged files; a reader gives a value or one of the package's errors."""
    for name in chosen(READERS):
        if stopped.is_set():
            return
        reader, wanted = READERS[name], 10_000
        count = (20 if reader.seconds >= 0.01 else 300) if _QUICK.value else wanted
        seconds = None if _QUICK.value or not _SECONDS.value else _SECONDS.value
        found = fuzz(name, count, _SEED.value, seconds)
        if found.skipped:
            print(f"{name}: skipped, {found.skipped}", flush=True)
            continue
        for text in found.untyped[:5] + found.aborts[:5]:
            print(f"{name}: {text}", flush=True)
        counts = (found.count, wanted, len(found.aborts), len(found.untyped))
        yield said("damage", f"damaged {name}", *counts, found.slowest, found.grown)


def served_rows(rng):
    """Good and bad requests to the viewer's page, eight at a time."""
    wanted = 10_000
    found = flood_viewer(400 if _QUICK.value else wanted, rng)
    print(f"{found.rate:.0f} requests a second")
    what = "requests to the viewer, a third bad"
    counts = (found.count, wanted, found.lost, found.wrong)
    yield said("served", what, *counts, grown=found.grown)


def rig_rows():
    """Faults that `hand-geo check` must find, all sizes of a kind together.

    In a healthy rig whatever is found is wrong. Small faults need not be found: see
    rig_faults.py for which.
    """
    if _RIG_FAULTS.value:
        measured = json.loads(Path(_RIG_FAULTS.value).read_text())
    else:
        rigs = range(1 if _QUICK.value else 3)
        measured = list(rig_fault_rows(rigs))
    for kind in dict.fromkeys(row["fault"] for row in measured):
        own = [row for row in measured if row["fault"] == kind]
        tried, found = (sum(row[key] for row in own) for key in ("tried", "found"))
        what = f"check of rigs: {kind}"
        if kind.startswith("healthy"):
            yield said("rig", what, tried, tried, 0, found)
        else:
            yield said("rig", what, tried, tried, 0, 0, found=found)


def chosen(names):
    """Those that were asked for."""
    return [name for name in names if name in _NAMES.value or not _NAMES.value]


def deadline():
    """Moment at which an entry point's or reader's time is over."""
    return time.monotonic() + (_SECONDS.value or float("inf"))


if __name__ == "__main__":
    app.run(main)
