"""YAML that is written, and streams of it: `documents.dump_yaml`, `documents.parse_yaml_stream`."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core import documents
from core.errors import MalformedError, TooLargeError

ODD = [
    "NO",
    "~",
    "1e5",
    "<<",
    "=",
    "---",
    "2026-01-31",
    "012",
    "12:30",
    ".5",
    "- a",
    "a: b",
    "x\n\n",
    "\x85",
    "{{ a }}",
]
characters = st.characters(exclude_categories=["Cs"], exclude_characters="\0")
texts = st.text(characters, max_size=20) | st.sampled_from(ODD)
values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=8,
)


@given(values)
def test_what_is_written_is_read_as_the_same_in_the_same_order(value: Any) -> None:
    read = documents.parse_yaml(documents.dump_yaml(value).encode(), max_bytes=100_000)

    assert json.dumps(read) == json.dumps(value)


def test_what_stands_twice_is_written_twice() -> None:
    shared = ["x"]

    assert documents.dump_yaml({"a": shared, "b": shared}) == "a:\n- x\nb:\n- x\n"


def test_a_stream_has_its_documents_in_order_without_empty_ones() -> None:
    assert documents.parse_yaml_stream(b"---\na: 1\n---\n---\n- 2\n", max_bytes=100, max_documents=2) == [{"a": 1}, [2]]


def test_a_stream_is_bounded_and_as_strict_as_a_document() -> None:
    with pytest.raises(TooLargeError, match="more than 2 documents"):
        documents.parse_yaml_stream(b"1\n---\n2\n---\n3", max_bytes=100, max_documents=2)
    with pytest.raises(MalformedError, match="anchors"):
        documents.parse_yaml_stream(b"a: 1\n---\n&a b", max_bytes=100, max_documents=2)
