"""The service over HTTP, to try things out: `python -m examples.streaming.service --port 8090 --token dev-token`."""

import argparse
import json
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import unquote, urlsplit

from examples.streaming.store import RefusedError, Store

MAX_BODY_BYTES = 64 * 1024


class StreamingServer(ThreadingHTTPServer):
    """A server with a store; every request but that for its health carries the token."""

    daemon_threads = True

    def __init__(self, address: tuple[str, int], *, token: str) -> None:
        super().__init__(address, Handler)
        self.store = Store()
        self.token = token


class Handler(BaseHTTPRequestHandler):
    """One request."""

    server: StreamingServer

    def do_GET(self) -> None:
        """Read."""
        self._answer()

    def do_POST(self) -> None:
        """Make something."""
        self._answer()

    def do_PATCH(self) -> None:
        """Change something."""
        self._answer()

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  as the base names it
        """Nothing: headers and paths are whoever calls' business."""

    def _answer(self) -> None:
        try:
            status, body = self._answered()
        except RefusedError as error:
            status, body = error.answer
        raw = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(raw)))
        self.end_headers()
        self.wfile.write(raw)

    def _answered(self) -> tuple[int, dict[str, Any]]:
        path = unquote(urlsplit(self.path).path)
        body = self._body()
        if self.headers.get("Authorization") != f"Bearer {self.server.token}":
            raise RefusedError(401, "unauthorized", "Send the token as `Authorization: Bearer ...`.")
        if path == "/health":
            return 200, {"status": "ok"}
        return self.server.store.once(self.headers.get("Idempotency-Key"), self.command, path, body)

    def _body(self) -> dict[str, Any]:
        try:
            length = int(self.headers.get("Content-Length") or 0)
            if not 0 <= length <= MAX_BODY_BYTES:
                raise RefusedError(413, "too_large", f"A body has at most {MAX_BODY_BYTES:,} bytes.")
            body = json.loads(self.rfile.read(length) or b"{}")
        except ValueError:
            raise RefusedError(400, "malformed", "Expected a JSON object.") from None
        if not isinstance(body, dict):
            raise RefusedError(400, "malformed", "Expected a JSON object.")
        return body


def main() -> None:
    """Serve until it is stopped."""
    parser = argparse.ArgumentParser(description="Streams, clips, markers and jobs, in memory.")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8090)
    parser.add_argument("--token", default="dev-token")
    options = parser.parse_args()
    with StreamingServer((options.host, options.port), token=options.token) as server:
        print(f"The streaming service is at http://{options.host}:{server.server_address[1]}", flush=True)
        server.serve_forever()


if __name__ == "__main__":
    main()
