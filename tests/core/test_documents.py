import json
from collections.abc import Callable
from contextlib import suppress
from time import process_time
from typing import Any

import pytest
from django.db import connection
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from core import documents
from core.errors import MalformedError, TooLargeError

MEGABYTE = 1024 * 1024
Parse = Callable[..., Any]

both = pytest.mark.parametrize("parse", [documents.parse_json, documents.parse_yaml], ids=["json", "yaml"])


def nested(levels: int) -> bytes:
    return b"[" * levels + b"]" * levels


def refusal(parse: Parse, raw: bytes) -> str:
    with pytest.raises(MalformedError) as raised:
        parse(raw, max_bytes=MEGABYTE)
    return raised.value.detail


@both
@pytest.mark.parametrize(
    ("raw", "value"),
    [
        (b'{"a": [1, 2.5, "x", true, false, null, {}]}', {"a": [1, 2.5, "x", True, False, None, {}]}),
        (b'"text"', "text"),
        (b"[]", []),
        (b"-9223372036854775808", -(2**63)),
        (b"9223372036854775807", 2**63 - 1),
        (b"1e300", 1e300),
        (b"-0", 0),
        (b"0.1", 0.1),
        (b"1e-999", 0.0),
        (b"\xef\xbb\xbf[1]", [1]),
        ('"Ünïcödé 😀"'.encode(), "Ünïcödé 😀"),
        (rb'"\u00e9"', "é"),
        (b'{"": 1}', {"": 1}),
    ],
    ids=repr,
)
def test_what_is_valid_in_both_is_read_alike(parse: Parse, raw: bytes, value: Any) -> None:
    assert parse(raw, max_bytes=MEGABYTE) == value


def test_a_pair_of_surrogates_in_json_is_one_character() -> None:
    assert documents.parse_json(rb'"\ud83d\ude00"', max_bytes=100) == "😀"


@both
def test_64_levels_are_read_and_65_are_refused(parse: Parse) -> None:
    assert parse(nested(64), max_bytes=MEGABYTE) is not None

    assert refusal(parse, nested(65)) == "The document is nested too deeply; at most 64 levels are accepted."


@both
@pytest.mark.parametrize(
    "raw", [b"[" * 100_000, nested(100_000), b'{"a":' * 100_000, b'[{"a":' * 50_000], ids=lambda raw: raw[:8]
)
def test_depth_without_end_is_refused_by_us_and_not_by_the_interpreter(parse: Parse, raw: bytes) -> None:
    assert refusal(parse, raw) == "The document is nested too deeply; at most 64 levels are accepted."


@both
@pytest.mark.parametrize(
    ("raw", "detail"),
    [
        (b'{"a": 1, "b": 2, "a": 3}', "The key 'a' is given twice in one object."),
        (rb'{"a": 1, "\u0061": 3}', "The key 'a' is given twice in one object."),
        (b'[{"x": {"k": 1, "k": 1}}]', "The key 'k' is given twice in one object."),
        (b"9223372036854775808", "The number 9223372036854775808... does not fit into 64 bits; send it as text."),
        (b"-9223372036854775809", "The number -9223372036854775809... does not fit into 64 bits; send it as text."),
        (b"9" * 5000, f"The number {'9' * 30}... does not fit into 64 bits; send it as text."),
        (b"1e400", "The number 1e400 is too large; send it as text."),
        (b"-1e400", "The number -1e400 is too large; send it as text."),
        (b"\xff\xfe[\x001\x00]\x00", "The document is not UTF-8: byte 0 cannot be read."),
        (b'{"a": "\xc3\x28"}', "The document is not UTF-8: byte 7 cannot be read."),
        (b'"\xed\xa0\x80"', "The document is not UTF-8: byte 1 cannot be read."),
    ],
    ids=lambda value: repr(value)[:30],
)
def test_what_cannot_be_stored_or_compared_is_refused_with_a_sentence(parse: Parse, raw: bytes, detail: str) -> None:
    assert refusal(parse, raw) == detail


@pytest.mark.parametrize(
    ("raw", "detail"),
    [
        (b"", "This is not JSON: Expecting value at line 1, column 1."),
        (b"{", "This is not JSON: Expecting property name enclosed in double quotes at line 1, column 2."),
        (b'{"a":\n  1,}', None),
        (b"[1] [2]", "This is not JSON: Extra data at line 1, column 5."),
        (b"NaN", "NaN is not a JSON number."),
        (b"[-Infinity]", "-Infinity is not a JSON number."),
        (b"[01]", None),
        (b"'a'", None),
        (b'"a\nb"', None),
        (b'"a\0b"', None),
        ('"é"'.encode("utf-16-le"), None),
        (b"[1", None),
    ],
    ids=repr,
)
def test_what_is_not_json_is_refused_with_the_place(raw: bytes, detail: str | None) -> None:
    found = refusal(documents.parse_json, raw)

    assert detail is None or found == detail


@both
@pytest.mark.parametrize("raw", [rb'"\u0000"', rb'{"\u0000": 1}', rb'[["a\u0000"]]'], ids=repr)
def test_nul_is_refused_in_values_and_in_keys(parse: Parse, raw: bytes) -> None:
    assert refusal(parse, raw) == "The document has a character that cannot be stored (NUL or half a surrogate pair)."


@pytest.mark.parametrize("raw", [rb'"\ud800"', rb'"\udfff x"', rb'{"\ud800": 1}', rb'"\ude00\ud83d"'], ids=repr)
def test_half_a_pair_of_surrogates_is_refused(raw: bytes) -> None:
    detail = refusal(documents.parse_json, raw)

    assert detail == "The document has a character that cannot be stored (NUL or half a surrogate pair)."


@both
def test_the_limit_of_bytes_is_inclusive(parse: Parse) -> None:
    raw = b'"' + b"a" * 98 + b'"'

    assert parse(raw, max_bytes=100) == "a" * 98
    with pytest.raises(TooLargeError, match="The document has 100 bytes; at most 99 are accepted"):
        parse(raw, max_bytes=99)


def json_with_late_double() -> bytes:
    return ("{" + ",".join(f'"{number}":1' for number in range(80_000)) + ',"z":1,"z":1}').encode()


@pytest.mark.parametrize(
    "raw",
    [
        pytest.param(json_with_late_double(), id="a key given twice after 80,000 others"),
        pytest.param(b"[" + b"{}," * 349_000 + b"{}]", id="many objects"),
        pytest.param(b"[" + b"1," * 524_000 + b"1]", id="many numbers"),
        pytest.param(b"9" * MEGABYTE, id="a number of a million digits"),
        pytest.param(b"0." + b"9" * (MEGABYTE - 2), id="a fraction of a million digits"),
        pytest.param(b'"' + rb"\u0041" * 174_000 + b'"', id="escapes"),
        pytest.param(b"[" * MEGABYTE, id="depth"),
    ],
)
def test_a_megabyte_of_json_costs_seconds_at_worst(raw: bytes) -> None:
    assert len(raw) <= MEGABYTE
    began = process_time()

    with suppress(MalformedError):
        documents.parse_json(raw, max_bytes=MEGABYTE)

    assert process_time() - began < 5


hostile = st.sampled_from(
    ["{", "}", "[", "]", ":", ",", '"', "\\", "\\u0000", "\\ud800", "1", "-", "e", "E+", ".", "0", "NaN", "true",
     "null", "\0", "é", "\ufeff", "&a", "*a", "!!int", "!", "---", "...", "|", ">", "#", "'", "~", "<<",
     "=", "@", "`", "a",
     " ", "\n", "\t", "- ", "? ", ": ", "%YAML 1.1\n", "9" * 25]
)  # fmt: skip
almost = st.lists(hostile.map(str.encode) | st.just(b"\xff"), max_size=30).map(b"".join) | st.binary(max_size=60)


@both
@settings(max_examples=400, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(raw=almost)
def test_any_bytes_are_read_or_refused_with_our_errors(parse: Parse, raw: bytes) -> None:
    with suppress(MalformedError, TooLargeError):
        json.dumps(parse(raw, max_bytes=1000), allow_nan=False).encode()


values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63 - 1)
    | st.floats(-1e15, 1e15)  # jsonb gives larger ones back as whole numbers
    | st.text(max_size=10),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=4), inner, max_size=4),
    max_leaves=20,
)


@both
@settings(max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(value=values)
def test_what_is_read_can_be_stored_and_comes_back_equal(db: None, parse: Parse, value: Any) -> None:
    try:
        # YAML folds the line breaks of Unicode inside quotes, so it gets them escaped.
        text = json.dumps(value, ensure_ascii=parse is documents.parse_yaml)
        read = parse(text.encode("utf-8", "surrogatepass"), max_bytes=MEGABYTE)
    except MalformedError:
        assume(False)  # half a surrogate pair, NUL, and for YAML other characters that it does not allow

    with connection.cursor() as cursor:
        cursor.execute("SELECT %s::jsonb::text", [json.dumps(read)])
        (stored,) = cursor.fetchone()

    assert read == value
    assert json.loads(stored) == value
