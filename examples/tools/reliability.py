"""Crashes, kills, damages and floods the package, and counts what does not hold.

    python examples/tools/reliability.py --out=reliability.md --quick
    python examples/tools/reliability.py --out=reliability.md

The quick run samples (some minutes); the whole one tries every write of every entry
point, 100 kills, 10,000 damaged files per reader and 10,000 requests (hours). It ends
with exit code 1 if anything failed. It runs from a checkout, whose `tests` it uses.
"""

import base64
import concurrent.futures
import http.client
import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import cv2
import numpy as np
from absl import app, flags, logging

sys.path.insert(0, str(Path(__file__).parents[2]))

from hand_geo_keras.errors import HandGeoError, StorageError
from hand_geo_keras.io import read_json, write_text
from hand_geo_keras.losses.torch_checkpoint import read_torch_checkpoint
from hand_geo_keras.models import PoseEstimator, save_to_preset
from hand_geo_keras.models.model_files import load_model_file
from hand_geo_keras.viewer.page import PageServer, ViewerSession, ViewModel
from tests import zoo
from tests.crashes import crashing
from tests.entry_points import ENTRY_POINTS
from tests.losses.torch_files import save_state_dict
from tests.mutations import mutated

_OUT = flags.DEFINE_string("out", None, "Markdown file to write.", required=True)
_QUICK = flags.DEFINE_bool("quick", False, "Samples instead of trying everything.")
_SEED = flags.DEFINE_integer("seed", 0, "Seed of all random choices.")

_KINDS = {"killed": {}, "torn": {"torn": True}, "disk full": {"full": True}}
_COLUMNS = ("what", "tried", "stuck or lost", "unequal or untyped", "slowest")


def main(argv):
    if len(argv) > 1:
        raise app.UsageError(f"Unknown arguments: {argv[1:]}")
    logging.set_verbosity(logging.ERROR)
    rng = np.random.default_rng(_SEED.value)
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        for section in (crash_rows, kill_rows, damage_rows, served_rows):
            for row in section(Path(folder), rng, _QUICK.value):
                print(" | ".join(map(str, row)), flush=True)
                rows.append(row)
    write_text(_OUT.value, table(rows))
    sys.exit(int(any(row[2] or row[3] for row in rows)))


def table(rows):
    """The scoreboard as Markdown."""
    lines = [_COLUMNS, ["---"] * len(_COLUMNS), *rows]
    return "\n".join(f"| {' | '.join(map(str, line))} |" for line in lines) + "\n"


def crash_rows(folder, rng, quick):
    """Crashes at writes; afterwards the same work must end as if undisturbed."""
    for name, entry_point in ENTRY_POINTS.items():
        source, whole = folder / f"{name}-source", folder / f"{name}-whole"
        source.mkdir()
        entry_point.prepare(source)
        whole.mkdir()
        with crashing(whole) as watch:
            entry_point.run(source, whole)
        count = watch.count
        expected = entry_point.outcome(whole)
        for kind, settings in _KINDS.items():
            points = rng.choice(count, min(4, count), False) if quick else range(count)
            start, stuck, unequal = time.perf_counter(), 0, 0
            for point in points:
                with tempfile.TemporaryDirectory(dir=folder) as target:
                    ended = crash(
                        entry_point, source, Path(target), int(point), settings
                    )
                    stuck += ended is None
                    unequal += ended is not None and ended != expected
            seconds = (time.perf_counter() - start) / len(points)
            yield (
                f"{name}: {kind} at a write (of {count})",
                len(points),
                stuck,
                unequal,
                f"{seconds:.1f} s each",
            )


def crash(entry_point, source, target, point, settings):
    """The outcome of work that crashed once and was begun again; None if stuck."""
    try:
        with crashing(target, point, **settings):
            entry_point.run(source, target)
    except StorageError:
        if not settings.get("full"):
            raise
    try:
        entry_point.run(source, target)
        return entry_point.outcome(target)
    except Exception as error:  # whatever it is, the folder is stuck
        print(f"stuck at {point} {settings}: {error!r}", file=sys.stderr)
        return None


def kill_rows(folder, rng, quick):
    """SIGKILL of a process at random moments, then the same work to its end."""
    for name in ("training", "preparation"):
        entry_point, source = ENTRY_POINTS[name], folder / f"{name}-source"
        expected = entry_point.outcome(folder / f"{name}-whole")
        start = time.perf_counter()
        with tempfile.TemporaryDirectory(dir=folder) as target:
            lasts = run_until_killed(name, source, target, None)
        kills, stuck, unequal = 2 if quick else 50, 0, 0
        for _ in range(kills):
            with tempfile.TemporaryDirectory(dir=folder) as target:
                run_until_killed(name, source, target, rng.uniform(0, lasts))
                stuck += run_until_killed(name, source, target, None) is None
                unequal += entry_point.outcome(Path(target)) != expected
        seconds = (time.perf_counter() - start) / kills
        yield f"{name}: SIGKILL", kills, stuck, unequal, f"{seconds:.1f} s each"


def run_until_killed(name, source, target, seconds):
    """Seconds that the work took, or until it was killed; None if it failed."""
    command = [sys.executable, "-m", "tests.entry_point_process", name, source, target]
    root = Path(__file__).parents[2]
    with subprocess.Popen(
        command,
        cwd=root,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    ) as process:
        process.stdout.readline()
        start = time.perf_counter()
        try:
            process.wait(seconds)
        except subprocess.TimeoutExpired:
            process.kill()
            return seconds
    return time.perf_counter() - start if process.returncode == 0 else None


def damage_rows(folder, rng, quick):
    """Mutated files; a reader gives a value or one of the package's errors."""
    preset = folder / "damaged"
    save_to_preset(preset, zoo.pose_estimator())
    zoo.pose_estimator().save(folder / "model.keras")
    save_state_dict(folder / "weights.pth", {"a": np.ones((3, 4), "f4")})
    readers = {
        "preset, config.json": (preset / "config.json", lambda _: load(preset)),
        "preset, weights.npz": (preset / "weights.npz", lambda _: load(preset)),
        ".keras file": (folder / "model.keras", load_model_file),
        ".pth file": (folder / "weights.pth", read_torch_checkpoint),
        "JSON": (folder / "training-source.json", read_json),
    }
    write_text(readers["JSON"][0], json.dumps({"a": [1, 2.5, {"b": None}], "c": "d"}))
    for name, (path, read) in readers.items():
        slow = name not in ("JSON", ".pth file")
        count = (20 if slow else 500) if quick else 10_000
        untyped, slowest = damage(path, read, count, rng)
        yield f"damaged {name}", count, 0, untyped, f"{slowest:.2f} s"


def load(preset):
    """Loads the pose estimator of a preset."""
    return PoseEstimator.from_preset(preset)


def damage(path, read, count, rng):
    """Number of errors that are not the package's, and the longest time in s."""
    content, untyped, slowest = path.read_bytes(), 0, 0.0
    for _ in range(count):
        path.write_bytes(mutated(content, rng))
        start = time.perf_counter()
        try:
            read(path)
        except HandGeoError:
            pass
        except Exception as error:
            untyped += 1
            print(f"{path}: {error!r}"[:300], file=sys.stderr)
        slowest = max(slowest, time.perf_counter() - start)
    path.write_bytes(content)
    return untyped, slowest


def served_rows(folder, rng, quick):
    """Good and bad requests to the viewer's page, eight at a time."""
    del folder
    count = 400 if quick else 10_000
    synthesizer = zoo.view_synthesizer()
    session = ViewerSession([ViewModel("model", synthesizer)], cache_size=count)
    images = rng.integers(0, 256, (8, 20, 30, 3), np.uint8)
    uploads = [base64.b64encode(cv2.imencode(".png", i)[1]).decode() for i in images]
    box = [14.5, 9.5, 20]
    expected = [
        session.answer("encode", {"image": upload, "box": box}) for upload in uploads
    ]
    start, before = time.perf_counter(), peak_megabytes()
    with PageServer(session) as server:
        server.start()

        def request(number):
            which, is_good = number % len(uploads), number % 3 != 0
            body = (
                json.dumps({"image": uploads[which], "box": box})
                if is_good
                else "{" * 9
            )
            status, answer = ask(server.server_port, body)
            if is_good:
                return status, status == 200 and json.loads(answer) == expected[which]
            return status, 400 <= status < 500

        with concurrent.futures.ThreadPoolExecutor(8) as pool:
            answers = list(pool.map(request, range(count)))
    lost = sum(status is None for status, _ in answers)
    wrong = sum(status is not None and not right for status, right in answers)
    grown = 100 * (peak_megabytes() / before - 1)
    rate = count / (time.perf_counter() - start)
    cost = f"{rate:.0f} requests/s, memory +{grown:.1f} %"
    yield "requests to the viewer, a third bad", count, lost, wrong, cost


def ask(port, body):
    """`(status, content)` of one request; None and nothing if it was lost."""
    try:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        kind = {"Content-Type": "application/json"}
        connection.request("POST", "/api/encode", body, kind)
        answer = connection.getresponse()
        return answer.status, answer.read()
    except OSError:
        return None, b""


def peak_megabytes():
    """The largest memory of this process so far."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


if __name__ == "__main__":
    app.run(main)
