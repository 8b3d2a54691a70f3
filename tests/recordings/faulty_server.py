"""A web server on the loopback device that breaks in ways that a test asks for."""

import contextlib
import http.server
import re
import threading


class FaultySite:
    """What the server offers and how it misbehaves.

    Attributes:
        files: dict from path to bytes.
        etags: dict from path to version.
        break_after: dict from path to a list: the next answer stops after so many
            bytes of its body and closes the connection.
        statuses: dict from path to a list of status codes to answer first.
        ranges: Whether it understands the Range header.
        lengths: Whether it sends Content-Length.
        requests: list of `(method, path, first byte)` of all requests so far.
        headers: Headers of the last request.
    """

    def __init__(self, files):
        self.files = dict(files)
        self.etags, self.break_after, self.statuses = {}, {}, {}
        self.ranges = self.lengths = True
        self.requests, self.headers = [], {}
        self.url = None

    def gets(self, path):
        """First bytes of the GET requests of a path."""
        return [r[2] for r in self.requests if r[:2] == ("GET", path)]


@contextlib.contextmanager
def serve(site):
    """Serves a `FaultySite` on a free port of 127.0.0.1."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), _handler(site))
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    site.url = f"http://127.0.0.1:{server.server_port}"
    try:
        yield site
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _handler(site):
    class Handler(http.server.BaseHTTPRequestHandler):
        def log_message(self, *args):
            pass

        def do_HEAD(self):
            self._answer()

        def do_GET(self):
            body = self._answer()
            if body is None:
                return
            cuts = site.break_after.get(self.path)
            self.wfile.write(body[: cuts.pop(0)] if cuts else body)
            self.close_connection = True

        def _answer(self):
            first = re.findall(r"bytes=(\d+)-", self.headers.get("Range", ""))
            start = int(first[0]) if first and site.ranges else 0
            site.requests.append((self.command, self.path, start))
            site.headers = self.headers
            codes = site.statuses.get(self.path)
            content = site.files.get(self.path)
            if codes or content is None:
                self.send_error(codes.pop(0) if codes else 404)
                return None
            self.send_response(206 if start else 200)
            if start:
                span = f"bytes {start}-{len(content) - 1}/{len(content)}"
                self.send_header("Content-Range", span)
            if site.lengths:
                self.send_header("Content-Length", str(len(content) - start))
            if self.path in site.etags:
                self.send_header("ETag", site.etags[self.path])
            self.end_headers()
            return content[start:]

    return Handler
