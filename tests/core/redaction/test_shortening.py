import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.redaction.shortening import MARK, shorten, size_bytes

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=200),
    lambda inner: st.lists(inner, max_size=6) | st.dictionaries(st.text(max_size=30), inner, max_size=6),
    max_leaves=40,
)


def test_what_fits_is_left_as_it_is() -> None:
    value = {"status": 200, "body": "x" * 50}

    assert shorten(value, max_bytes=size_bytes(value)) is value


def test_a_long_text_is_cut_and_the_rest_stays() -> None:
    value = {"status": 200, "headers": {"a": "b"}, "body": "x" * 100_000}

    assert shorten(value, max_bytes=5000) == {"status": 200, "headers": {"a": "b"}, "body": "x" * 4096 + MARK}


def test_a_long_list_says_how_much_is_missing() -> None:
    assert shorten(list(range(5000)), max_bytes=1000)[-2:] == [199, f"{MARK} 4800 more"]


@pytest.mark.parametrize(
    ("value", "kind"), [({"a" * 200: ["b"] * 99} | {str(i): i for i in range(99)}, dict), (["x" * 99] * 99, list)]
)
def test_the_type_at_the_top_stays(value: Any, kind: type) -> None:
    assert isinstance(shorten(value, max_bytes=40), kind)


@given(json_values, st.integers(40, 3000))
def test_the_result_is_never_longer_than_asked(value: Any, max_bytes: int) -> None:
    shortened = shorten(value, max_bytes=max_bytes)

    assert size_bytes(shortened) <= max_bytes
    assert json.loads(json.dumps(shortened)) == shortened
