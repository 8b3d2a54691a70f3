"""Workers end with their parent."""

import os
import subprocess
import sys
import time


def is_running(pid):
    try:
        with open(f"/proc/{pid}/stat") as file:
            return file.read().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def test_no_worker_outlives_a_killed_parent():
    command = [sys.executable, "-m", "tests.synthetic.pool_parent"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as parent:
        workers = [int(pid) for pid in parent.stdout.readline().split()]
        assert workers and all(map(is_running, workers))
        os.kill(parent.pid, 9)
        parent.wait()
    deadline = time.monotonic() + 30
    while any(map(is_running, workers)):
        assert time.monotonic() < deadline, "a worker is still there"
        time.sleep(0.1)
