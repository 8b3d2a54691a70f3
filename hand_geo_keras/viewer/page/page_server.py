"""The web server of the page; only for programs on this computer."""

import contextlib
import http.server
import json
import socket
import sys
import threading
import time
import traceback
from collections.abc import Iterator
from http import HTTPStatus
from importlib import resources
from pathlib import Path
from typing import Any, Protocol

from hand_geo_keras.errors import HandGeoError
from hand_geo_keras.viewer.page.images import MAX_BYTES
from hand_geo_keras.viewer.page.request_error import RequestError

MAX_BODY = MAX_BYTES * 4 // 3 + 4096  # base64, and the JSON around it
_LOOPBACK = "127.0.0.1"
_API = "/api/"
_SHARED, _HEAD = "hand_geo_keras.viewer.shared", "/head.html"
# For a whole request, and for its answer, however they trickle.
_SECONDS = 20
_MOST_CONNECTIONS = 64
_BUSY = (
    b"HTTP/1.1 503 Service Unavailable\r\nRetry-After: 1\r\n"
    b"Content-Length: 0\r\nConnection: close\r\n\r\n"
)
_KINDS = {
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
}
_HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; "
    "style-src 'self'; img-src 'self' data: blob:; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(self), microphone=(), geolocation=()",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}


def static_files(package: Any) -> dict[Any, Any]:
    """Every file that a server gives away: those in a package's folder `static`.

    Those that all pages share are added, and `index.html` gets the head that they have
    in common.

    Args:
        package: Name of the package.

    Returns:
        dict from path of a request to `(content, type)`; paths are only looked up here.
    """
    static = _files_in(_SHARED) | _files_in(package)
    head, _ = static.pop(_HEAD)
    content, kind = static.pop("/index.html")
    return static | {"/": (head + content, kind)}


def _files_in(package):
    return {
        f"/{file.name}": (file.read_bytes(), _KINDS[Path(file.name).suffix])
        for file in (resources.files(package) / "static").iterdir()
        if Path(file.name).suffix in _KINDS
    }


class PageSession(Protocol):
    """What answers the requests of a page."""

    def answer(self, route: str, request: Any) -> Any:
        """What is sent back as JSON; see `ViewerSession.answer`."""


class PageServer(http.server.ThreadingHTTPServer):
    """Serves a page and its session on this computer's loopback address.

    Args:
        session: `ViewerSession` or another `PageSession`.
        port: TCP port; a free one if 0.
        static: The page's files, see `static_files`; those of the viewer if None.

    Raises:
        HandGeoError: If the port is taken, or may not be used.

    Example:
        ```python
        with PageServer(session) as server:
            server.start()
            webbrowser.open(server.url)
        ```
    """

    daemon_threads = True
    request_queue_size = 128  # connections that may wait to be accepted

    def __init__(self, session: PageSession, port: int = 0, static: Any = None) -> None:
        self.session = session
        self.static = static_files(__package__) if static is None else static
        self._thread = None
        self._slots = threading.BoundedSemaphore(_MOST_CONNECTIONS)
        self._deadlines = {}
        try:
            super().__init__((_LOOPBACK, port), _Handler)
        except OSError as reason:
            raise HandGeoError(
                f"--port={port}: cannot be used ({reason.strerror}); choose another "
                "port, or leave it out for a free one."
            ) from reason

    @property
    def url(self) -> str:
        """Address of the page."""
        return f"http://{_LOOPBACK}:{self.server_port}/"

    @property
    def hosts(self) -> Any:
        """What a browser on this computer may call the server.

        Other names that lead here are those of strangers' pages (DNS rebinding).
        """
        return {f"{name}:{self.server_port}" for name in (_LOOPBACK, "localhost")}

    def start(self) -> None:
        """Serves in the background until the `with` block ends."""
        self._thread = threading.Thread(target=self.serve_forever, daemon=True)  # type: ignore[assignment]
        self._thread.start()  # type: ignore[attr-defined]

    def __exit__(self, *exception: Any) -> None:
        if self._thread is not None:
            self.shutdown()
            self._thread.join()
        super().__exit__(*exception)

    def process_request(self, request: Any, client_address: Any) -> None:
        """Gives the connection a thread, if there are not too many."""
        if self._slots.acquire(blocking=False):
            super().process_request(request, client_address)
            return
        with contextlib.suppress(OSError):
            request.send(_BUSY, socket.MSG_DONTWAIT)
        self.shutdown_request(request)

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        """Handles the connection, in its thread."""
        try:
            super().process_request_thread(request, client_address)
        finally:
            self._slots.release()

    @contextlib.contextmanager
    def time_limit(self, connection: Any) -> Iterator[Any]:
        """Context at whose time limit the connection is cut off."""
        self._deadlines[connection] = time.monotonic() + _SECONDS
        try:
            yield
        finally:
            self.lift_time_limit(connection)

    def lift_time_limit(self, connection: Any) -> None:
        """Lets a connection take its time again."""
        self._deadlines.pop(connection, None)

    def service_actions(self) -> None:
        """Cuts off who is too slow; the server calls it twice a second."""
        now = time.monotonic()
        for connection, deadline in list(self._deadlines.items()):
            if now > deadline:
                with contextlib.suppress(OSError):
                    connection.shutdown(socket.SHUT_RDWR)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Says nothing of browsers that hang up; prints all else."""
        if not isinstance(sys.exc_info()[1], (ConnectionError, TimeoutError)):
            super().handle_error(request, client_address)


class _Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_version, sys_version = "hand-geo", ""
    timeout = _SECONDS
    # Otherwise the kernel waits before it sends small answers.
    disable_nagle_algorithm = True

    def handle_one_request(self):
        with self.server.time_limit(self.connection):
            super().handle_one_request()

    def parse_request(self):
        is_good = super().parse_request()
        self.server.lift_time_limit(self.connection)  # the models take their time
        return is_good

    def do_GET(self):
        self._respond(self._file)

    def do_POST(self):
        self._respond(self._answer)

    def _respond(self, make):
        try:
            self._check_sender()
            body, kind = make()
            status = HTTPStatus.OK
        except RequestError as error:
            status, message = error.status, str(error)
        except (ConnectionError, TimeoutError):
            raise
        except Exception:  # a bug, for whoever started the server to see
            traceback.print_exc()
            status = HTTPStatus.INTERNAL_SERVER_ERROR
            message = "Something went wrong; the terminal tells more."
        if status != HTTPStatus.OK:
            body, kind = json.dumps({"error": message}).encode(), "application/json"
            # Part of the request may still be unread.
            self.close_connection = True
        self._send(status, body, kind)

    def _check_sender(self):
        host = self.headers.get("Host", "").lower()
        origin = self.headers.get("Origin")
        if host not in self.server.hosts or origin not in (None, f"http://{host}"):
            raise RequestError(
                f"Open this page as {self.server.url}.", HTTPStatus.FORBIDDEN
            )

    def _file(self):
        if self.path not in self.server.static:
            raise RequestError("There is no such address.", HTTPStatus.NOT_FOUND)
        return self.server.static[self.path]

    def _answer(self):
        if not self.path.startswith(_API):
            raise RequestError("There is no such address.", HTTPStatus.NOT_FOUND)
        # Pages of other sites cannot send this type without asking first.
        if self.headers.get_content_type() != "application/json":
            raise RequestError(
                "The request must be application/json.",
                HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
            )
        request = self._read_json()
        answer = self.server.session.answer(self.path[len(_API) :], request)
        return json.dumps(answer).encode(), "application/json"

    def _read_json(self):
        length = self.headers.get("Content-Length", "")
        if not (length.isascii() and length.isdecimal()):
            raise RequestError(
                "The request must tell its length.", HTTPStatus.LENGTH_REQUIRED
            )
        if len(length) > 12 or int(length) > MAX_BODY:
            raise RequestError(
                f"The request is larger than {MAX_BYTES // 2**20} MiB.",
                HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
            )
        try:
            with self.server.time_limit(self.connection):
                return json.loads(self.rfile.read(int(length)))
        except (ValueError, RecursionError) as reason:
            raise RequestError("The request is no JSON.") from reason

    def _send(self, status, body, kind):
        with self.server.time_limit(self.connection):
            self._send_in_time(status, body, kind)

    def _send_in_time(self, status, body, kind):
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        for name, value in _HEADERS.items():
            self.send_header(name, value)
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *message):
        """Keeps the terminal quiet."""
