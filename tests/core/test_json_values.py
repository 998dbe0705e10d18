import json
from collections import OrderedDict
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from enum import Enum, IntEnum
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core import documents, json_values
from core.errors import InvalidError


class Colour(Enum):
    RED = "red"


class Rank(IntEnum):
    HIGH = 3


class Strange:
    def __str__(self) -> str:
        return "strange\0"


NESTED = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.decimals() | st.dates() | st.binary(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text() | st.integers(), inner, max_size=4),
    max_leaves=12,
)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (Decimal("9.50"), "9.50"),
        (date(2026, 1, 31), "2026-01-31"),
        (datetime(2026, 1, 31, 9, 30, tzinfo=UTC), "2026-01-31T09:30:00+00:00"),
        (time(9, 30), "09:30:00"),
        (timedelta(minutes=1.5), 90.0),
        (UUID(int=1), "00000000-0000-0000-0000-000000000001"),
        (Colour.RED, "red"),
        (Rank.HIGH, 3),
        (b"\0\xff", "AP8="),
        (memoryview(b"ab"), "YWI="),
        (OrderedDict({1: (Colour.RED,)}), {"1": ["red"]}),
        ({"b", "a"}, ["a", "b"]),
        (True, True),
    ],
    ids=lambda value: type(value).__name__,
)
def test_what_programs_and_databases_have_becomes_json(value: Any, expected: Any) -> None:
    assert json_values.convert(value, unknown=json_values.refuse) == expected


@pytest.mark.parametrize(
    "value",
    [Strange(), "a\0b", "\ud800", float("nan"), float("inf"), 2**63, Decimal("NaN"), {"a\0": 1}],
    ids=lambda value: "strange" if isinstance(value, Strange) else ascii(value),
)
def test_what_json_cannot_say_is_refused_or_said_as_text(value: Any) -> None:
    with pytest.raises(InvalidError) as caught:
        json_values.convert({"a": [value]}, unknown=json_values.refuse)

    assert caught.value.problems[0].path == "/a/0"
    assert caught.value.problems[0].code == "not_json"
    text = json.dumps(json_values.convert({"a": [value]}, unknown=json_values.as_text))
    assert documents.parse_json(text.encode(), max_bytes=1000)["a"]


def test_what_is_nested_too_deeply_is_refused() -> None:
    deep: Any = 1
    for _ in range(70):
        deep = [deep]

    with pytest.raises(InvalidError):
        json_values.convert(deep, unknown=json_values.refuse)


@given(NESTED)
def test_what_is_converted_as_text_can_always_be_read_strictly(value: Any) -> None:
    text = json.dumps(json_values.convert(value, unknown=json_values.as_text), allow_nan=False)

    documents.parse_json(text.encode(), max_bytes=10**7)
