"""The service itself: as a process, and when it is asked for what it does not do."""

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest
from django.conf import settings

from examples.streaming.service import StreamingServer
from tests import streaming


@pytest.fixture
def service() -> Iterator[StreamingServer]:
    with streaming.service() as found:
        yield found


def ask(port: int, path: str, *, raw: bytes | None = None, token: str = streaming.TOKEN, key: str = "") -> Any:
    """The status and the body of what is answered."""
    headers = {"Authorization": f"Bearer {token}", **({"Idempotency-Key": key} if key else {})}
    request = Request(f"http://127.0.0.1:{port}{path}", data=raw, headers=headers)
    try:
        with urlopen(request, timeout=5) as answer:
            return answer.status, json.load(answer)
    except HTTPError as error:
        return error.code, json.load(error)["error"]["code"]


def test_it_runs_as_a_process_of_its_own() -> None:
    command = [sys.executable, "-m", "examples.streaming.service", "--port", "0", "--token", "abcd"]
    with subprocess.Popen(command, cwd=settings.BASE_DIR, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        said = process.stdout.readline()
        try:
            port = int(re.fullmatch(r"The streaming service is at http://127\.0\.0\.1:(\d+)\n", said)[1])  # type: ignore[index]  # fails when it says something else
            assert ask(port, "/health", token="abcd") == (200, {"status": "ok"})
        finally:
            process.terminate()


@pytest.mark.parametrize(
    ("path", "raw", "answer"),
    [
        ("/nowhere", None, (404, "unknown_path")),
        ("/streams/none", None, (404, "unknown_stream")),
        ("/streams/stream-1/clips", b"{}", (422, "invalid_clip")),
        ("/streams/stream-1/clips", b"[1]", (400, "malformed")),
        ("/streams/stream-1/clips", b"{", (400, "malformed")),
        ("/streams/stream-1/clips", b" " * 70_000, (413, "too_large")),
    ],
)
def test_what_it_does_not_do_is_told(service: StreamingServer, path: str, raw: bytes | None, answer: Any) -> None:
    assert ask(service.server_address[1], path, raw=raw) == answer


def test_a_key_belongs_to_one_request(service: StreamingServer) -> None:
    port, path = service.server_address[1], "/streams/stream-1/markers"

    first = ask(port, path, raw=b'{"label": "a"}', key="k")

    assert ask(port, path, raw=b'{"label": "a"}', key="k") == first
    assert ask(port, path, raw=b'{"label": "b"}', key="k") == (422, "key_reused")
    assert len(ask(port, "/markers")[1]["results"]) == 1
