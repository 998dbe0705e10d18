from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core import documents
from core.errors import MalformedError
from tests import cases
from triggers.engine import bodies

FORM = bodies.FORM


@pytest.mark.parametrize(
    ("raw", "content_type", "value"),
    [
        (b'{"a": 1}', "application/json", {"a": 1}),
        (b"[1]", "Application/JSON; charset=utf-8", [1]),
        (b'{"a": 1}', "application/vnd.api+json", {"a": 1}),
        (b"a=1&b=%C3%AB&a=2&c=", FORM, {"a": ["1", "2"], "b": "ë", "c": ""}),
        (b"payload=%7B%22a%22%3A1%7D", FORM, {"a": 1}),
        (b"payload=text", FORM, {"payload": "text"}),
        (b"payload=%7B%7D&other=1", FORM, {"payload": "{}", "other": "1"}),
        ("<a>ë</a>".encode(), "application/xml", "<a>ë</a>"),
        (b"text", "", "text"),
        (b"\x00text", "text/plain", {"base64": "AHRleHQ="}),
        (b"\xff\xfe", "image/png", {"base64": "//4="}),
        (b"", "application/json", {}),
    ],
)
def test_a_body_is_read_by_its_content_type(raw: bytes, content_type: str, value: Any) -> None:
    assert bodies.parse(raw, content_type=content_type, max_bytes=1000) == value


@pytest.mark.parametrize(
    ("raw", "content_type"),
    [(b"{", "application/json"), (b"a=%00", FORM), (b"a=%ff", FORM), (b"\xff", FORM), (b"payload=%7B", FORM)],
)
def test_json_and_forms_that_are_none_are_refused(raw: bytes, content_type: str) -> None:
    with pytest.raises(MalformedError) as raised:
        bodies.parse(raw, content_type=content_type, max_bytes=1000)

    assert (raised.value.status, raised.value.code) == (400, "malformed")


@given(raw=st.binary(max_size=300), content_type=st.sampled_from(["application/json", FORM, "text/plain", "", "x/y"]))
def test_any_bytes_are_read_or_refused_and_can_be_stored(raw: bytes, content_type: str) -> None:
    try:
        value = bodies.parse(raw, content_type=content_type, max_bytes=1000)
    except MalformedError:
        return
    assert not documents.UNSTORABLE.search(str(value))


@pytest.mark.parametrize("content_type", [FORM, "text/plain"])
def test_naughty_strings_are_read_or_refused(content_type: str) -> None:
    for text in cases.load("hostile/blns.json"):
        try:
            value = bodies.parse(text.encode("utf-8", "surrogatepass"), content_type=content_type, max_bytes=100_000)
        except MalformedError:
            continue
        assert not documents.UNSTORABLE.search(str(value)), text
