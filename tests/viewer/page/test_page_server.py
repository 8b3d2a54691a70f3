"""Tests of the server, as browsers and strangers meet it."""

import concurrent.futures
import http.client
import json
import socket
import time
from urllib import error, request

import pytest

from hand_geo_keras.errors import HandGeoError
from hand_geo_keras.viewer.page import page_server
from hand_geo_keras.viewer.page.page_server import MAX_BODY

JSON = {"Content-Type": "application/json"}


def send(server, method, path, body=None, headers=None):
    """Status, headers and body, of exactly this path."""
    connection = http.client.HTTPConnection("127.0.0.1", server.server_port, timeout=10)
    connection.request(method, path, body, headers or {})
    answer = connection.getresponse()
    content = answer.read()
    connection.close()
    return answer.status, answer.headers, content


def ask(server, route, content):
    body = json.dumps(content).encode()
    asked = request.Request(f"{server.url}api/{route}", body, JSON)
    with request.urlopen(asked, timeout=10) as answer:
        return json.load(answer)


def test_only_this_computer_is_served(server):
    assert server.server_address[0] == "127.0.0.1"


def test_the_page_and_its_files(server):
    with request.urlopen(server.url) as answer:
        page = answer.read().decode()
        policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy and "http" not in page.replace(
        "http-equiv", ""
    )
    for path in server.static:
        status, headers, content = send(server, "GET", path)
        assert status == 200 and content
        assert headers["X-Content-Type-Options"] == "nosniff"


def test_a_hand_from_upload_to_view(server, upload):
    state = ask(server, "state", {})
    assert [model["pose"] for model in state["models"]] == [True, False]
    box = [14.5, 9.5, 16]
    key = ask(server, "encode", {"image": upload, "box": box})["image"]
    answer = ask(server, "render", {"image": key, "yaw": 30})
    assert len(answer["views"]) == 2 and answer["milliseconds"] > 0


def test_errors_are_one_sentence(server):
    with pytest.raises(error.HTTPError) as raised:
        ask(server, "encode", {"image": "aGVsbG8="})
    assert raised.value.code == 400
    message = json.load(raised.value)
    assert message == {"error": "This is no readable JPEG or PNG image."}
    assert ask(server, "state", {})["samples"]


@pytest.mark.parametrize(
    "path",
    [
        "/../../../../etc/passwd",
        "/%2e%2e/%2e%2e/etc/passwd",
        "//etc/passwd",
        "/static/app.js",
        "/app.js/../page_server.py",
        "/app.js?x=1",
        "/api/state",
        "file:///etc/passwd",
    ],
)
def test_no_path_leads_to_the_disk(server, path):
    status, _, content = send(server, "GET", path)
    assert (status, json.loads(content)) == (
        404,
        {"error": "There is no such address."},
    )


@pytest.mark.parametrize(
    "headers",
    [
        {"Host": "evil.example"},
        {"Host": "127.0.0.1"},
        {"Host": "127.0.0.1.evil.example:80"},
        {"Origin": "http://evil.example"},
        {"Origin": "null"},
    ],
)
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_strangers_are_refused(server, method, headers):
    path = "/" if method == "GET" else "/api/state"
    status, _, content = send(server, method, path, "{}", {**JSON, **headers})
    assert status == 403 and json.loads(content)["error"].startswith(
        "Open this page as"
    )


@pytest.mark.parametrize(
    ("path", "headers", "status"),
    [
        ("/api/state", {"Content-Type": "text/plain"}, 415),
        ("/api/state", {**JSON, "Content-Length": "-1"}, 411),
        ("/api/state", {**JSON, "Content-Length": str(MAX_BODY + 1)}, 413),
        ("/api/state", {**JSON, "Content-Length": "9" * 5000}, 413),
        ("/api/../state", JSON, 404),
        ("/state", JSON, 404),
    ],
)
def test_bad_requests_by_their_head(server, path, headers, status):
    assert send(server, "POST", path, b"{}", headers)[0] == status


@pytest.mark.parametrize("body", [b"", b"{", b"[" * 100_000, b"\xff\xfe", b"[]"])
def test_bad_bodies(server, body):
    assert send(server, "POST", "/api/state", body, JSON)[0] == 400


def test_other_methods_are_unknown(server):
    assert send(server, "PUT", "/", b"x")[0] == 501


def test_bugs_are_answered_and_shown_in_the_terminal(server, monkeypatch, capfd):
    monkeypatch.setattr(server.session, "answer", lambda *_: 1 / 0)
    status, _, content = send(server, "POST", "/api/state", b"{}", JSON)
    assert status == 500 and "ZeroDivisionError" not in content.decode()
    assert "ZeroDivisionError" in capfd.readouterr().err


def test_a_browser_that_hangs_up_harms_nobody(server):
    with socket.create_connection(("127.0.0.1", server.server_port)) as connection:
        connection.sendall(b"POST /api/state HTTP/1.1\r\nContent-Le")
    assert ask(server, "state", {})["samples"]


def test_many_browsers_at_once(server):
    with concurrent.futures.ThreadPoolExecutor(50) as pool:
        answers = list(pool.map(lambda _: ask(server, "state", {}), range(200)))
    assert all(answer["samples"] for answer in answers)


def connect(server):
    return socket.create_connection(("127.0.0.1", server.server_port), timeout=10)


def test_more_connections_than_places_are_told_to_come_again(session, monkeypatch):
    monkeypatch.setattr(page_server, "_MOST_CONNECTIONS", 2)
    with page_server.PageServer(session) as server:
        server.start()
        with connect(server) as first, connect(server) as second:
            for connection in (first, second):
                connection.sendall(b"GET ")
            while server._slots._value:  # taking one to see would refuse a connection
                time.sleep(0.01)
            with connect(server) as third:
                assert third.recv(100).startswith(b"HTTP/1.1 503")
        while not server._slots.acquire(blocking=False):
            pass
        server._slots.release()
        assert ask(server, "state", {})["samples"]


@pytest.mark.parametrize(
    "start",
    [b"", b"GET / HT", b"GET / HTTP/1.1\r\nHost: x", b"POST /api/state HTTP/1.1"],
)
def test_who_trickles_is_cut_off(server, monkeypatch, start):
    monkeypatch.setattr(page_server, "_SECONDS", 0.3)
    if start.startswith(b"POST"):
        host = f"127.0.0.1:{server.server_port}".encode()
        start += b"\r\nHost: " + host + b"\r\nContent-Type: application/json"
        start += b"\r\nContent-Length: 1000\r\n\r\n"
    with connect(server) as connection:
        connection.sendall(start)
        with pytest.raises(ConnectionError):
            while True:  # a byte now and then keeps each single wait short
                connection.sendall(b"x")
                time.sleep(0.05)


def test_a_taken_port_is_told_with_its_flag():
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        with pytest.raises(HandGeoError, match=rf"--port={port}: .* in use.* free one"):
            page_server.PageServer(None, port, {})
