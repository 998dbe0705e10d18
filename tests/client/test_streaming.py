"""Events and lines as they come, and what becomes of errors before them."""

import asyncio
from collections.abc import Iterator

import httpx
import pytest
from sequitur_client import AsyncClient, Client, Forbidden, StreamEvent, binding
from sequitur_client.calls import Call, Form
from sequitur_client.streaming import EventReader

STREAM = ": hello\nid: 7\nevent: run\ndata: {\ndata: }\n\ndata:x\n\nevent: empty\n\n"


def test_events_are_made_of_their_lines() -> None:
    reader = EventReader()

    found = [event for line in STREAM.split("\n") if (event := reader.take(line))]

    assert found == [StreamEvent("run", "{\n}", "7"), StreamEvent("message", "x", "7")]
    assert found[0].json() == {}


def watch() -> Call[Iterator[StreamEvent]]:
    return Call(operation="watch", method="GET", path="/s/", answers={200: str}, form=Form.EVENTS)


def test_both_clients_give_events_as_they_come() -> None:
    transport = httpx.MockTransport(lambda request: httpx.Response(200, text=STREAM))
    client, aclient = Client("http://x", "k", transport=transport), AsyncClient("http://x", "k", transport=transport)

    async def awaited() -> list[StreamEvent]:
        return [event async for event in binding.awaited_stream(watch)(aclient.events)]

    found = list(binding.streamed(watch)(client.events))

    assert [each.event for each in found] == ["run", "message"]
    assert asyncio.run(awaited()) == found


def test_a_refused_stream_is_an_error_like_any_other() -> None:
    def refuse(request: httpx.Request) -> httpx.Response:
        assert request.headers["Accept"] == "text/event-stream, application/json"
        return httpx.Response(403, json={"detail": "No.", "code": "forbidden", "errors": []})

    client = Client("http://testserver", "sq_x", transport=httpx.MockTransport(refuse))
    call: Call[httpx.Response] = Call(operation="s", method="GET", path="/s/", answers={200: str}, form=Form.EVENTS)

    with pytest.raises(Forbidden, match="403 forbidden: No"):
        client.call(call)
