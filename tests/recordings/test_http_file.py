"""Tests of downloads over connections that break."""

import numpy as np
import pytest

from hand_geo_keras.errors import RecordingError
from hand_geo_keras.http_file import USER_AGENT, HttpClient
from tests.recordings.faulty_server import FaultySite, serve

CONTENT = np.random.default_rng(0).bytes(50_000)


@pytest.fixture
def site():
    with serve(FaultySite({"/a": CONTENT})) as running:
        yield running


@pytest.fixture
def waits():
    return []


@pytest.fixture
def client(waits):
    return HttpClient(
        pause=0.5, retries=2, timeout=5, progress=False, sleep=waits.append
    )


def accept(path):
    pass


def fetch(client, site, path, check=accept):
    return client.fetch(client.look_up(site.url + "/a"), path, check)


def test_look_up_tells_size_without_download(site, client):
    site.etags["/a"] = '"v1"'
    remote = client.look_up(site.url + "/a")
    assert (remote.size, remote.version) == (len(CONTENT), '"v1"')
    assert site.requests == [("HEAD", "/a", 0)]
    assert site.headers["User-Agent"] == USER_AGENT


def test_what_the_server_does_not_have_is_none(site, client):
    assert client.look_up(site.url + "/b") is None


def test_pauses_before_every_request(site, client, waits, tmp_path):
    fetch(client, site, tmp_path / "a")
    assert waits == [0.5, 0.5]


def test_broken_connection_is_resumed(site, client, tmp_path):
    site.break_after["/a"] = [20_000, 15_000]
    assert fetch(client, site, tmp_path / "deep" / "a")
    assert (tmp_path / "deep" / "a").read_bytes() == CONTENT
    assert site.gets("/a") == [0, 20_000, 35_000]
    assert [file.name for file in (tmp_path / "deep").iterdir()] == ["a"]


def test_progress_forgives_earlier_failures(site, client, tmp_path):
    site.break_after["/a"] = [10_000] * 4  # more than the two retries in a row
    fetch(client, site, tmp_path / "a")
    assert (tmp_path / "a").read_bytes() == CONTENT


def test_gives_up_without_progress_and_goes_on_in_the_next_run(
    site, client, waits, tmp_path
):
    site.break_after["/a"] = [20_000, 0, 0, 0]
    with pytest.raises(RecordingError, match=r"/a: cannot be downloaded"):
        fetch(client, site, tmp_path / "a")
    assert not (tmp_path / "a").exists()
    # A pause before each of four requests; after a failure, one that doubles.
    assert waits == [0.5, 0.5, *(0.5, 0.5), *(1.0, 0.5)]
    assert fetch(client, site, tmp_path / "a")
    assert site.gets("/a")[-1] == 20_000
    assert (tmp_path / "a").read_bytes() == CONTENT


def test_server_without_ranges_starts_over(site, client, tmp_path):
    site.ranges = False
    site.break_after["/a"] = [20_000]
    fetch(client, site, tmp_path / "a")
    assert (tmp_path / "a").read_bytes() == CONTENT
    assert site.gets("/a") == [0, 0]


def test_a_file_that_changed_on_the_server_is_not_mixed(site, client, tmp_path):
    site.etags["/a"] = '"v1"'
    site.break_after["/a"] = [20_000, 0, 0, 0]
    with pytest.raises(RecordingError):
        fetch(client, site, tmp_path / "a")
    site.etags["/a"], site.files["/a"] = '"v2"', CONTENT[::-1]
    fetch(client, site, tmp_path / "a")
    assert (tmp_path / "a").read_bytes() == CONTENT[::-1]


def test_a_whole_file_is_not_downloaded_again(site, client, tmp_path):
    assert fetch(client, site, tmp_path / "a")
    assert not fetch(client, site, tmp_path / "a")
    assert len(site.gets("/a")) == 1


def test_a_file_of_another_length_is_replaced(site, client, tmp_path):
    (tmp_path / "a").write_bytes(CONTENT[:100])
    assert fetch(client, site, tmp_path / "a")
    assert (tmp_path / "a").read_bytes() == CONTENT


def test_unknown_length_is_accepted_and_checked(site, client, tmp_path):
    site.lengths = False
    checked = []
    fetch(client, site, tmp_path / "a", lambda path: checked.append(path.read_bytes()))
    assert checked == [CONTENT]


def test_content_that_fails_its_check_is_removed(site, client, tmp_path):
    def refuse(path):
        raise RecordingError("not whole")

    with pytest.raises(RecordingError, match=r"/a: what the server sent is not whole"):
        fetch(client, site, tmp_path / "a", refuse)
    assert list(tmp_path.iterdir()) == []


def test_busy_server_is_asked_again_when_it_says(site, client, waits, tmp_path):
    site.statuses["/a"] = [503]
    assert client.look_up(site.url + "/a").size == len(CONTENT)
    assert waits == [0.5, 0.5, 0.5]


def test_refusal_is_not_repeated(site, client):
    site.statuses["/a"] = [403, 403]
    with pytest.raises(RecordingError, match="403"):
        client.look_up(site.url + "/a")
    assert len(site.requests) == 1


def test_unreachable_server(client):
    with pytest.raises(RecordingError, match=r"127\.0\.0\.1:1/a: cannot be"):
        client.look_up("http://127.0.0.1:1/a")
