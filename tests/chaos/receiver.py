"""Who the actions call: a server that keeps a ledger of every call, and is slow and unwilling by a seed.

Paths are `/<manner>/<run>/<action>/<iteration>`. Manners: `ok`; `slow` takes its time; `flaky` answers 503 to the first
one or two calls of a key; `refuse` answers 400 always.
"""

import threading
import time
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from random import Random

LONGEST_ANSWER_SECONDS = 1.0  # most take far less, some are there to be killed in the middle of
SLOW_SECONDS = 0.5
MOST_REFUSALS = 2


@dataclass(frozen=True, slots=True)
class Line:
    """A call as it arrived."""

    at: datetime
    manner: str
    run: str
    action: str
    iteration: str
    key: str
    attempt: int | None
    status: int


class Receiver:
    """Listens from the start of the `with` block to its end."""

    def __init__(self, *, seed: int) -> None:
        self.seed = seed
        self.lines: list[Line] = []
        self.seen: Counter[str] = Counter()
        self.lock = threading.Lock()
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self.server.daemon_threads = True

    def __enter__(self) -> "Receiver":
        threading.Thread(target=self.server.serve_forever, name="receiver", daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.server.shutdown()
        self.server.server_close()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.server_address[1]}"

    def note(self, path: str, key: str, attempt: str | None) -> tuple[int, float]:
        """Write the call down; returns the status to answer with, and after how many seconds."""
        manner, run, action, iteration = [*path.strip("/").split("/"), "", "", ""][:4]
        fate = Random(f"{self.seed} {action} {iteration} {key}")  # by the key, so that it does not depend on the order
        with self.lock:
            self.seen[key] += 1
            refusals = {"flaky": fate.randint(1, MOST_REFUSALS), "refuse": 1_000_000}.get(manner, 0)
            status = 200 if self.seen[key] > refusals else 400 if manner == "refuse" else 503
            number = int(attempt) if attempt else None
            self.lines.append(Line(datetime.now(UTC), manner, run, action, iteration, key, number, status))
        return status, SLOW_SECONDS if manner == "slow" else fate.random() ** 5 * LONGEST_ANSWER_SECONDS

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                self.rfile.read(int(self.headers.get("Content-Length") or 0))
                key, attempt = self.headers.get("Idempotency-Key", ""), self.headers.get("X-Attempt")
                status, seconds = receiver.note(self.path, key, attempt)
                time.sleep(seconds)
                try:
                    self.send_response(status)
                    self.send_header("Content-Type", "application/json")
                    self.send_header("Content-Length", "2")
                    self.end_headers()
                    self.wfile.write(b"{}")
                except OSError:  # who asked was killed
                    return

            def log_message(self, *_: object) -> None:
                """Nothing: the ledger has it."""

        return Handler
