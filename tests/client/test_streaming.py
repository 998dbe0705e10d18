"""Events and lines as they come, and what becomes of errors before them."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from typing import Any

import httpx
import pytest
from sequitur_client import AsyncClient, Client, ConnectionFailed, Forbidden, Retries, StreamEvent, binding, streaming
from sequitur_client.calls import Call, Form
from sequitur_client.streaming import EventReader

from tests.client.conftest import NO_PAUSE

DONE = 'event: end\ndata: {"reason": "done"}\n\n'
AGE = 'event: end\ndata: {"reason": "age"}\n\n'
STREAM = ": hello\nid: 7\nevent: run\ndata: {\ndata: }\n\ndata:x\n\nevent: empty\n\n"


def test_events_are_made_of_their_lines() -> None:
    reader = EventReader()

    found = [event for line in STREAM.split("\n") if (event := reader.take(line))]

    assert found == [StreamEvent("run", "{\n}", "7"), StreamEvent("message", "x", "7")]
    assert found[0].json() == {}


def watch() -> Call[Iterator[StreamEvent]]:
    return Call(operation="watch", method="GET", path="/s/", answers={200: str}, form=Form.EVENTS)


def asked(*answers: str | int | Exception) -> tuple[httpx.MockTransport, list[httpx.Request]]:
    """A server that answers so, in turn, and then no more; and what it was asked."""
    left, requests = list(answers), []

    def answer(request: httpx.Request) -> httpx.Response:
        requests.append(request)
        given = left.pop(0)
        if isinstance(given, Exception):
            raise given
        return httpx.Response(given) if isinstance(given, int) else httpx.Response(200, stream=Cut(given))

    return httpx.MockTransport(answer), requests


class Cut(httpx.SyncByteStream, httpx.AsyncByteStream):
    """A body; what ends in "CUT" breaks off there."""

    def __init__(self, text: str) -> None:
        self.text = text

    def __iter__(self) -> Iterator[bytes]:
        yield self.text.removesuffix("CUT").encode()
        if self.text.endswith("CUT"):
            raise httpx.ReadError("reset by peer")

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for part in self:
            yield part


def seen(transport: httpx.MockTransport, *, is_async: bool) -> list[StreamEvent]:
    if not is_async:
        return list(binding.streamed(watch)(Client("http://x", "k", transport=transport, retries=NO_PAUSE).events))

    async def collected() -> list[StreamEvent]:
        client = AsyncClient("http://x", "k", transport=transport, retries=NO_PAUSE)
        return [event async for event in binding.awaited_stream(watch)(client.events)]

    return asyncio.run(collected())


@pytest.mark.parametrize("is_async", [False, True])
def test_both_clients_give_events_as_they_come(is_async: bool) -> None:
    transport, _ = asked(STREAM + DONE)

    assert [each.event for each in seen(transport, is_async=is_async)] == ["run", "message", "end"]


@pytest.mark.parametrize("is_async", [False, True])
@pytest.mark.parametrize("broken", ["data: 2\nCUT", "data: 2\n", AGE])
def test_a_stream_that_breaks_off_goes_on_behind_the_last_event(broken: str, is_async: bool) -> None:
    transport, requests = asked("id: 7\ndata: 1\n\n" + broken, "data: 3\n\n" + DONE)

    found = seen(transport, is_async=is_async)

    assert [each.data for each in found[:-1]] == ["1", "3"]
    assert [each.headers.get("Last-Event-ID") for each in requests] == [None, "7"]


def test_what_was_asked_for_first_is_not_asked_for_again() -> None:
    transport, requests = asked("id: 8\ndata: 1\n\n", DONE)
    client = Client("http://x", "k", transport=transport, retries=NO_PAUSE)

    list(client.stream.stream(runs="1", last_event_id="6"))

    assert [each.headers["Last-Event-ID"] for each in requests] == ["6", "8"]
    assert [each.url.params["runs"] for each in requests] == ["1", "1"]


def test_a_stream_comes_back_when_the_server_asks_for_it() -> None:
    reading = streaming.reading(watch(), retries=Retries())

    reading.take("retry: 2500")

    assert reading.ended(200, None) == 2.5


def test_nothing_follows_what_was_told_before() -> None:
    transport, requests = asked("id: 7\ndata: 1\n\nCUT", 204)

    assert [each.data for each in seen(transport, is_async=False)] == ["1"]
    assert len(requests) == 2


def test_a_stream_that_tells_nothing_is_given_up() -> None:
    transport, requests = asked(*[": hello\n"] * 10)

    with pytest.raises(ConnectionFailed, match="watch: the stream ended 4 times and told nothing"):
        seen(transport, is_async=False)
    assert len(requests) == 4


def test_half_of_the_lines_is_an_error() -> None:
    transport, _ = asked('{"a": 1}\nCUT')
    client = Client("http://x", "k", transport=transport, retries=NO_PAUSE)
    lines: Iterator[Any] = binding.streamed(lambda: replace(watch(), form=Form.LINES))(client.events)

    assert next(lines) == {"a": 1}
    with pytest.raises(ConnectionFailed, match="reset by peer"):
        next(lines)


def test_a_refused_stream_is_an_error_like_any_other() -> None:
    def refuse(request: httpx.Request) -> httpx.Response:
        assert request.headers["Accept"] == "text/event-stream, application/json"
        return httpx.Response(403, json={"detail": "No.", "code": "forbidden", "errors": []})

    client = Client("http://testserver", "sq_x", transport=httpx.MockTransport(refuse))
    call: Call[httpx.Response] = Call(operation="s", method="GET", path="/s/", answers={200: str}, form=Form.EVENTS)

    with pytest.raises(Forbidden, match="403 forbidden: No"):
        client.call(call)
