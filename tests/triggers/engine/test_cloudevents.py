from typing import Any

import pytest

from core.errors import InvalidError
from tests import cases
from triggers.engine import cloudevents

MINIMAL = {"specversion": "1.0", "id": "7", "source": "/shop", "type": "order.paid"}


def test_the_conformance_cases_are_read_and_refused_as_they_say() -> None:
    for case in cases.load("cloudevents/valid-events.json")["tests"]:
        assert cloudevents.read(case["event"]).id == case["event"]["id"]
    for case in cases.load("cloudevents/invalid-events.json")["tests"]:
        with pytest.raises(InvalidError):
            cloudevents.read(case["event"])


@pytest.mark.parametrize(
    ("media_type", "body", "data"),
    [("application/json", b'{"n": 1}', {"n": 1}), ("text/plain", b"hello", "hello"), ("image/png", b"\xff", "/w==")],
)
def test_both_modes_read_the_same(media_type: str, body: bytes, data: Any) -> None:
    encoded = {"application/json": "eyJuIjogMX0=", "text/plain": "aGVsbG8=", "image/png": "/w=="}[media_type]
    structured = cloudevents.read({**MINIMAL, "datacontenttype": media_type, "data_base64": encoded})

    binary = cloudevents.read_binary(MINIMAL, body, content_type=media_type, where={})

    assert binary == structured
    assert binary.data == data


def test_problems_are_told_at_the_places_where_attributes_stood() -> None:
    with pytest.raises(InvalidError) as raised:
        cloudevents.read_binary(
            {**MINIMAL, "type": "a b", "time": "noon"}, b"", content_type="", where={"type": "/headers/ce_type"}
        )

    assert [problem.path for problem in raised.value.problems] == ["/headers/ce_type", "/time"]
