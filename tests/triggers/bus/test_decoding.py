import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import InvalidError
from tests import cases
from triggers.bus import decoding, mapping
from triggers.bus.decoding import Message, Poison
from triggers.bus.mapping import Route
from triggers.engine.incoming import IncomingEvent

PLAIN = Route(queue="orders", workspace="acme")


def decoded(body: Any, route: Route = PLAIN, *, content_type: str = "", **headers: str) -> IncomingEvent | Poison:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return decoding.decode(Message("orders", raw, named, content_type, id="m1"), route, max_bytes=10_000)


def event(*args: Any, **kwargs: Any) -> IncomingEvent:
    found = decoded(*args, **kwargs)
    assert isinstance(found, IncomingEvent), found
    return found


def test_the_short_form_says_its_type() -> None:
    found = event({"type": "order.paid", "data": {"n": 1}, "id": "7", "source": "shop", "subject": "x"})

    assert found == IncomingEvent("order.paid", {"n": 1}, id="7", source="shop", subject="x")


def test_without_an_id_the_message_has_one_and_the_queue_is_the_source() -> None:
    found = event({"type": "order.paid"})

    assert (found.id, found.source, found.data) == ("m1", "bus/orders", {})


def test_any_json_is_data_where_the_queue_has_a_type() -> None:
    route = Route(queue="orders", workspace="acme", type="order.paid")

    assert event({"type": "invoice", "n": 1}, route).data == {"type": "invoice", "n": 1}
    assert event([1, 2], route).data == {"value": [1, 2]}


def test_paths_say_where_things_stand() -> None:
    route = Route(
        queue="orders", workspace="acme", type_field="meta.kind", id_field="meta.id", data_field="body", source="s"
    )

    found = event({"meta": {"kind": "order.paid", "id": 7}, "body": {"n": 1}}, route)

    assert (found.type, found.id, found.data, found.source) == ("order.paid", "7", {"n": 1}, "s")


def test_a_structured_cloud_event_is_read() -> None:
    body = {"specversion": "1.0", "id": "7", "source": "/shop", "type": "order.paid", "data": {"n": 1}, "traceid": "t"}

    found = event(body)

    assert (found.id, found.source, found.data, found.extensions) == ("7", "/shop", {"n": 1}, {"traceid": "t"})


@pytest.mark.parametrize("prefix", ["ce-", "ce_", "CE-", "cloudEvents:", "cloudEvents_"])
def test_a_binary_cloud_event_is_read(prefix: str) -> None:
    attributes = {
        "specversion": "1.0",
        "id": "7",
        "source": "/shop",
        "type": "order.paid",
        "time": "2026-01-31T09:30:00Z",
    }
    headers = {f"{prefix}{name}": value for name, value in attributes.items()}

    message = Message("orders", b'{"n": 1}', headers, "application/json", id="m1")
    found = decoding.decode(message, PLAIN, max_bytes=1000)

    assert isinstance(found, IncomingEvent)
    assert (found.type, found.id, found.source, found.data) == ("order.paid", "7", "/shop", {"n": 1})
    assert found.time is not None
    assert found.time.isoformat() == "2026-01-31T09:30:00+00:00"


def test_of_the_conformance_cases_the_valid_ones_are_read_and_the_others_are_poison() -> None:
    for case in cases.load("cloudevents/valid-events.json")["tests"]:
        assert isinstance(decoded(case["event"]), IncomingEvent), case["id"]
    for case in cases.load("cloudevents/invalid-events.json")["tests"]:
        if "specversion" in case["event"]:
            assert isinstance(decoded(case["event"]), Poison), case["id"]


def test_a_wrong_attribute_is_told_by_its_header() -> None:
    headers = {"ce_specversion": "1.0", "ce_id": "7", "ce_type": "order paid"}

    found = decoding.decode(Message("orders", b"", headers, id="m1"), PLAIN, max_bytes=1000)

    assert isinstance(found, Poison)
    assert "/headers/ce_type: Expected letters" in found.reason
    assert "/source: 'source' is missing" in found.reason


def test_bytes_of_a_binary_cloud_event_are_kept_as_base64() -> None:
    headers = {"ce-specversion": "1.0", "ce-id": "7", "ce-source": "s", "ce-type": "order.scanned"}

    found = decoding.decode(Message("orders", b"\xff\x00", headers, "image/png"), PLAIN, max_bytes=1000)

    assert isinstance(found, IncomingEvent)
    assert (found.data, found.extensions) == (
        {"value": "/wA="},
        {"datacontenttype": "image/png", "datacontentencoding": "base64"},
    )


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", "says no type"),
        (b"{", "This is not JSON"),
        (b"\xff\xfe", "not UTF-8"),
        (b'{"type": "a", "data": {"x": NaN}}', "NaN is not a JSON number"),
        (b'{"type": "a", "data": {"x": "\\u0000"}}', "cannot be stored"),
        (b"[" * 5000, "nested too deeply"),
        (b'{"type": "a", "data": "' + b"x" * 10_000 + b'"}', "at most 10,000 are accepted"),
        ({"type": "two words"}, "no type of an event"),
        ({"type": 7}, "says no type"),
        ({"n": 1}, "says no type"),
        ({"type": "a", "payload": {}}, "not payload"),
        ({"type": "a", "id": {}}, "'id' is text"),
        ({"type": "a", "time": "lunchtime"}, "not ISO 8601"),
        ({"type": "a", "time": 7}, "not ISO 8601"),
        ({"specversion": "0.3", "id": "1", "source": "s", "type": "a"}, "/specversion: "),
        ({"specversion": "1.0", "source": "s", "type": "a"}, "/id: 'id' is missing"),
        (
            {"specversion": "1.0", "id": "1", "source": "s", "type": "a", "data": 1, "data_base64": "eA=="},
            "There is `data` too",
        ),
        (
            {"specversion": "1.0", "id": "1", "source": "s", "type": "a", "data_base64": "?"},
            "This is not base64",
        ),
    ],
    ids=lambda value: str(value)[:40],
)
def test_what_is_no_event_is_poison_with_a_reason(body: Any, reason: str) -> None:
    found = decoded(body)

    assert isinstance(found, Poison)
    assert reason in found.reason


@given(st.binary(max_size=200), st.sampled_from(["", "application/json", "text/plain"]), st.booleans())
def test_any_bytes_are_an_event_or_poison(body: bytes, content_type: str, is_binary: bool) -> None:
    headers = {"ce-specversion": "1.0", "ce-id": "1", "ce-source": "s", "ce-type": "a"} if is_binary else {}

    found = decoding.decode(Message("orders", body, headers, content_type, id="m"), PLAIN, max_bytes=100)

    assert isinstance(found, IncomingEvent | Poison)


def test_a_map_is_a_list_of_queues() -> None:
    text = b"""
- { queue: orders, workspace: acme, type: order.paid }
- { topic: leads, workspace: beta, type_field: kind, id_field: id, data_field: body, source: crm }
"""
    assert mapping.parse(text) == (
        Route(queue="orders", workspace="acme", type="order.paid"),
        Route(queue="leads", workspace="beta", type_field="kind", id_field="id", data_field="body", source="crm"),
    )


@pytest.mark.parametrize(
    ("text", "path"),
    [
        (b"[]", "/routes"),
        (b"- {queue: a}", "/routes/0/workspace"),
        (b"- {queue: a, workspace: w, type: two words}", "/routes/0/type"),
        (b"- {queue: a, workspace: w, id_field: 'a..b'}", "/routes/0/id_field"),
        (b"- {queue: a, workspace: w, type: a, type_field: b}", "/routes/0"),
        (b"- {queue: a, workspace: w, nope: 1}", "/routes/0/nope"),
    ],
    ids=str,
)
def test_a_map_that_is_none_is_refused_where_it_is_wrong(text: bytes, path: str) -> None:
    with pytest.raises(InvalidError) as caught:
        mapping.parse(text)

    assert [problem.path for problem in caught.value.problems] == [path]


def test_a_queue_stands_in_a_map_once() -> None:
    with pytest.raises(InvalidError, match="stands in the map twice"):
        mapping.parse(b"- {queue: a, workspace: w}\n- {queue: a, workspace: w}")
