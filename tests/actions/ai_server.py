"""A real server on loopback that speaks chat completions: it answers what it is told to, and keeps what came."""

import json
import threading
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Json = dict[str, Any]
API_KEY = "sk-test-4f9a1c77d2"
MODEL = "small-1"


@dataclass(frozen=True)
class Answer:
    """What is sent for one question: a status, headers and bytes, after a wait for `after`."""

    status: int
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)
    after: threading.Event | None = None


@dataclass
class AiServer:
    """Scripted answers in `answers`; `asked` are the bodies that came, `headers` theirs, by lower-case name."""

    answers: deque[Answer] = field(default_factory=deque)
    asked: list[Json] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    on_question: Callable[[Json], None] = lambda _: None
    is_over: threading.Event = field(default_factory=threading.Event)
    port: int = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/v1"

    def says(self, text: Any, *, tokens: tuple[int, int] | None = (100, 20), finish: str = "stop") -> "AiServer":
        """Answer with text, or with a value as JSON; `tokens` are those read and written."""
        content = text if isinstance(text, str) else json.dumps(text)
        return self._message({"role": "assistant", "content": content}, tokens, finish)

    def calls(self, *tools: tuple[str, Any], tokens: tuple[int, int] | None = (100, 20)) -> "AiServer":
        """Answer with tool calls: names with arguments, which are text or a value as JSON."""
        calls = [
            {"id": f"call-{number}", "type": "function", "function": {"name": name, "arguments": _text(arguments)}}
            for number, (name, arguments) in enumerate(tools)
        ]
        return self._message({"role": "assistant", "content": None, "tool_calls": calls}, tokens, "tool_calls")

    def declines(self, reason: str) -> "AiServer":
        return self._message({"role": "assistant", "content": None, "refusal": reason}, (100, 5), "stop")

    def fails(self, status: int, message: str = "no", *, code: str = "", **headers: str) -> "AiServer":
        """Answer with an error as OpenAI words them."""
        body = {"error": {"message": message, "type": "error", "code": code or None}}
        return self.sends(json.dumps(body).encode(), status=status, **headers)

    def sends(self, body: bytes, *, status: int = 200, **headers: str) -> "AiServer":
        """Answer with these bytes, whatever they are."""
        self.answers.append(Answer(status, body, {name.replace("_", "-"): text for name, text in headers.items()}))
        return self

    def hangs(self) -> "AiServer":
        """Answer nothing until the test is over."""
        self.answers.append(Answer(200, b"{}", after=self.is_over))
        return self

    def _message(self, message: Json, tokens: tuple[int, int] | None, finish: str) -> "AiServer":
        usage = (
            {"prompt_tokens": tokens[0], "completion_tokens": tokens[1], "total_tokens": sum(tokens)}
            if tokens
            else None
        )
        choice = {"index": 0, "message": message, "finish_reason": finish}
        body = {"id": "chat-1", "object": "chat.completion", "model": MODEL, "choices": [choice], "usage": usage}
        return self.sends(json.dumps(body).encode())

    def answer(self, path: str, headers: Mapping[str, str], body: bytes) -> Answer:
        """What a request is answered with."""
        if headers.get("authorization") != f"Bearer {API_KEY}":
            return _error(401, "Incorrect API key provided.", "invalid_api_key")
        if path == "/v1/models":
            models = [{"id": MODEL, "object": "model"}, {"id": "large-1", "object": "model"}]
            return Answer(200, json.dumps({"object": "list", "data": models}).encode())
        if path != "/v1/chat/completions":
            return _error(404, "Unknown request URL.", "unknown_url")
        self.asked.append(json.loads(body))
        self.headers.append(dict(headers))
        self.on_question(self.asked[-1])
        return self.answers.popleft() if self.answers else _error(400, "the script is over", "script_is_over")


def _text(arguments: Any) -> str:
    return arguments if isinstance(arguments, str) else json.dumps(arguments)


def _error(status: int, message: str, code: str) -> Answer:
    return Answer(status, json.dumps({"error": {"message": message, "code": code}}).encode())


def start() -> tuple[AiServer, ThreadingHTTPServer]:
    """A running server, and what ends it (`stop`)."""
    script = AiServer()

    class Handler(BaseHTTPRequestHandler):
        def _answer(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length", 0)))
            headers = {name.lower(): value for name, value in self.headers.items()}
            found = script.answer(self.path, headers, body)
            if found.after is not None:
                found.after.wait(10)
            self.send_response(found.status)
            for name, value in {"content-type": "application/json", **found.headers}.items():
                self.send_header(name, value)
            self.send_header("content-length", str(len(found.body)))
            self.end_headers()
            self.wfile.write(found.body)

        do_GET = do_POST = _answer  # noqa: N815

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    script.port = server.server_address[1]
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    return script, server


def stop(script: AiServer, server: ThreadingHTTPServer) -> None:
    """End it, with whatever still waits."""
    script.is_over.set()
    server.shutdown()
    server.server_close()
