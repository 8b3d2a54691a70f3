"""One process at a time writes to a folder."""

import json
import os
import socket
import subprocess
import sys
import threading
import time

import pytest

from hand_geo_keras.errors import StorageError
from hand_geo_keras.io import folder_lock, locked


@pytest.fixture
def owner(tmp_path):
    """Another process that holds `tmp_path / "out"`."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.io_lock_owner", str(tmp_path / "out")],
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout.readline() == "locked\n"
    yield process
    process.kill()
    process.wait()


def test_a_folder_is_locked_once_and_left_clean(tmp_path):
    with locked(tmp_path / "out"):
        content = json.loads((tmp_path / "out" / ".lock").read_text())
        assert content["pid"] == os.getpid()
        assert content["host"] == socket.gethostname()
        with locked(tmp_path / "out"):  # by the same process
            pass
        assert [path.name for path in (tmp_path / "out").iterdir()] == [".lock"]
    assert not list((tmp_path / "out").iterdir())


def test_a_second_process_is_refused_by_name(tmp_path, owner):
    with pytest.raises(StorageError, match=f"process {owner.pid} on") as raised:
        locked(tmp_path / "out").__enter__()
    assert str(tmp_path / "out") in str(raised.value)


def test_the_lock_of_a_killed_process_is_taken_over(tmp_path, owner, caplog):
    owner.kill()
    owner.wait()
    with locked(tmp_path / "out"):
        assert f"process {owner.pid}" in caplog.text
    assert not list((tmp_path / "out").iterdir())


def test_a_second_process_may_wait(tmp_path, owner):
    threading.Timer(0.3, owner.kill).start()
    threading.Timer(0.4, owner.wait).start()
    with locked(tmp_path / "out", wait=60):
        assert owner.poll() is not None


def write_lock(folder, **changes):
    folder.mkdir()
    start = folder_lock._start_of(os.getpid())
    mine = {"host": socket.gethostname(), "pid": os.getpid(), "started": start}
    (folder / ".lock").write_text(json.dumps({**mine, **changes}))


@pytest.mark.parametrize("changes", [{"started": "1"}, {"pid": 2**30}, {"pid": None}])
def test_another_process_of_the_same_number_is_no_owner(tmp_path, changes):
    write_lock(tmp_path / "out", **changes)
    with locked(tmp_path / "out"):
        pass


@pytest.mark.parametrize("text", [None, "", "[]", "{"])
def test_elsewhere_or_damaged_age_decides(tmp_path, text):
    write_lock(tmp_path / "out", host="elsewhere")
    lock = tmp_path / "out" / ".lock"
    if text is not None:
        lock.write_text(text)
    with pytest.raises(StorageError, match="is being written to by"):
        locked(tmp_path / "out").__enter__()
    long_ago = time.time() - 3600
    os.utime(lock, (long_ago, long_ago))
    with locked(tmp_path / "out"):
        pass


def test_only_one_of_many_takes_a_stale_lock_over(tmp_path):
    """Threads stand for processes."""
    write_lock(tmp_path / "out", started="1")
    path = tmp_path / "out" / ".lock"
    inside, most, guard = [0], [0], threading.Lock()

    def work():
        token = os.urandom(8).hex()
        folder_lock._acquire(path, token, time.monotonic() + 60)
        with guard:
            inside[0] += 1
            most[0] = max(most[0], inside[0])
        time.sleep(0.01)
        with guard:
            inside[0] -= 1
        folder_lock._release(path, token)

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert most == [1]
