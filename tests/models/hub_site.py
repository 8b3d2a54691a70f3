"""A server on the loopback device that speaks the Hugging Face Hub's protocol."""

import contextlib
import hashlib
import http.server
import json
import threading

COMMIT = "0123456789abcdef0123456789abcdef01234567"


@contextlib.contextmanager
def serve(repositories):
    """Serves repositories.

    Args:
        repositories: dict from `user/name` to a dict from file name to bytes.

    Yields:
        The server, with `url` and `requests`, a list of paths.
    """

    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self):
            server.requests.append(self.path)
            path = self.path.partition("?")[0].lstrip("/")
            for name, files in repositories.items():
                if path.startswith(f"api/models/{name}"):
                    names = [{"rfilename": file} for file in files]
                    info = {"id": name, "sha": COMMIT, "siblings": names}
                    listing = [
                        {"type": "file", "path": f, "size": len(c), "oid": "0" * 40}
                        for f, c in files.items()
                    ]
                    content = listing if "/tree/" in path else info
                    return self.answer(json.dumps(content).encode())
                if path.startswith(f"{name}/resolve/"):
                    return self.answer(files[path.rsplit("/", 1)[-1]])
            self.send_response(404)
            self.send_header("X-Error-Code", "RepoNotFound")
            self.send_header("Content-Length", "0")
            self.end_headers()

        do_HEAD = do_GET

        def answer(self, content):
            self.send_response(200)
            self.send_header("ETag", f'"{hashlib.sha1(content).hexdigest()}"')
            self.send_header("X-Repo-Commit", COMMIT)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            if self.command == "GET":
                self.wfile.write(content)

        def log_message(self, *of):
            """Says nothing."""

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.url = f"http://127.0.0.1:{server.server_address[1]}"
    server.requests = []
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
