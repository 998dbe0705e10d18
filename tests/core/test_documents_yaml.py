from contextlib import suppress
from time import process_time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core import documents
from core.errors import MalformedError, TooLargeError

MEGABYTE = 1024 * 1024


def read(text: str) -> Any:
    return documents.parse_yaml(text.encode(), max_bytes=MEGABYTE)


def refusal(text: str) -> str:
    with pytest.raises(MalformedError) as raised:
        read(text)
    return raised.value.detail


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("NO", "NO"),
        ("no", "no"),
        ("yes", "yes"),
        ("on", "on"),
        ("Off", "Off"),
        ("y", "y"),
        ("12:30", "12:30"),
        ("12:30:45", "12:30:45"),
        ("0123", "0123"),
        ("0x1F", "0x1F"),
        ("0o17", "0o17"),
        ("0b11", "0b11"),
        ("1_000", "1_000"),
        ("+1", "+1"),
        (".5", ".5"),
        ("1.", "1."),
        (".inf", ".inf"),
        (".nan", ".nan"),
        ("NaN", "NaN"),
        ("2026-01-31", "2026-01-31"),
        ("2026-01-31T09:30:00Z", "2026-01-31T09:30:00Z"),
        ("true", True),
        ("False", False),
        ("TRUE", True),
        ("tRue", "tRue"),
        ("null", None),
        ("~", None),
        ("", None),
        ("Null", None),
        ("nULL", "nULL"),
        ("0", 0),
        ("-12", -12),
        ("1.50", 1.5),
        ("1e3", 1000.0),
        ("-1.5E-2", -0.015),
        ("'1'", "1"),
        ('"true"', "true"),
        ("=", "="),
    ],
)
def test_plain_scalars_are_those_of_json_and_everything_else_is_text(text: str, value: Any) -> None:
    found = read(f"key: {text}")["key"]

    assert found == value
    assert type(found) is type(value)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("a: 1\nb:\n  - x\n  - y: [1, {z: 2}]\n", {"a": 1, "b": ["x", {"y": [1, {"z": 2}]}]}),
        ("text: |\n  one\n  two\n", {"text": "one\ntwo\n"}),
        ("text: >-\n  one\n  two\n", {"text": "one two"}),
        ("# nothing\n", None),
        ("", None),
        ("---\na: 1\n...\n", {"a": 1}),
        ("<<: {a: 1}\nb: 2", {"<<": {"a": 1}, "b": 2}),
        ("'1': x", {"1": "x"}),
        ("NO: x", {"NO": "x"}),
        ("- - - x", [[["x"]]]),
        ("%YAML 1.2\n---\na: 1", {"a": 1}),
    ],
)
def test_documents_are_read_by_the_rules_of_json(text: str, value: Any) -> None:
    assert read(text) == value


@pytest.mark.parametrize(
    ("text", "detail"),
    [
        ("a: &x 1\nb: *x", "Line 1: YAML anchors and aliases are not accepted."),
        ("b: *x", "Line 1: YAML anchors and aliases are not accepted."),
        ("a: 1\nb: &x [1]", "Line 2: YAML anchors and aliases are not accepted."),
        ("a: !!int '1'", "Line 1: YAML tags (tag:yaml.org,2002:int) are not accepted."),
        ("a: !!python/object/apply:os.system [ls]", None),
        ("a: !thing 1", "Line 1: YAML tags (!thing) are not accepted."),
        ("!!map {a: 1}", "Line 1: YAML tags (tag:yaml.org,2002:map) are not accepted."),
        ("a: ! x", "Line 1: YAML tags (!) are not accepted."),
        ("1: x", "Line 1: keys are text; write quotes around '1'."),
        ("a: 1\ntrue: x", "Line 2: keys are text; write quotes around 'True'."),
        ("~: x", "Line 1: keys are text; write quotes around 'None'."),
        ("? [a, b]\n: x", "Line 1: keys are text; write quotes around \"['a', 'b']\"."),
        ("? {a: b}\n: x", 'Line 1: a key cannot be an object; write quotes around a template: "{{ ... }}".'),
        ("a: 1\nb: {{ c }}", 'Line 2: a key cannot be an object; write quotes around a template: "{{ ... }}".'),
        (
            "a: 1\nb: {{ c }} and more\nd: 2",
            (
                "This is not YAML: while parsing a block mapping, did not find expected key at line 2, column 12. "
                'Write quotes around text with a template: "{{ ... }}".'
            ),
        ),
        (
            "a:\n\t- b",
            (
                "This is not YAML: while scanning for the next token, found character that cannot start any token "
                "at line 2, column 1. Indent with spaces; tabs are not accepted."
            ),
        ),
        ("a: 1\na: 2", "The key 'a' is given twice in one object."),
        ("a: 1\n'a': 2", "The key 'a' is given twice in one object."),
        ("{a: 1}\n---\n{b: 2}", None),
        ("a: \0", "This is not YAML: unacceptable character #x0000: control characters are not allowed."),
        ("a: [1", None),
        ("a:\n\t- x", None),
        ("a: b: c", "This is not YAML: mapping values are not allowed in this context at line 1, column 5."),
        ("'open", None),
        ("%TAG ! tag:x,2000:\n%TAG ! tag:x,2000:\n--- a", None),
        ('"\\ud800"', None),
        ('"\\xZZ"', None),
    ],
    ids=lambda value: repr(value)[:40],
)
def test_what_goes_beyond_json_is_refused_with_the_line(text: str, detail: str | None) -> None:
    found = refusal(text)

    assert detail is None or found == detail


def test_a_second_document_is_refused_in_words_that_say_so() -> None:
    detail = refusal("{a: 1}\n---\n{b: 2}")

    assert detail == (
        "This is not YAML: expected a single document in the stream, but found another document at line 2, column 1."
    )


def test_a_billion_laughs_are_refused_at_the_first_anchor() -> None:
    lines = [
        'a: &a ["lol", "lol"]',
        *(f"{chr(98 + n)}: &{chr(98 + n)} [*{chr(97 + n)}, *{chr(97 + n)}]" for n in range(9)),
    ]

    assert refusal("\n".join(lines)) == "Line 1: YAML anchors and aliases are not accepted."


@pytest.mark.parametrize(
    "raw",
    [
        pytest.param(b"[" + b"a," * 524_000 + b"a]", id="many scalars in brackets"),
        pytest.param(b"- a\n" * 262_000, id="many scalars in lines"),
        pytest.param(b"".join(b"k%d: 1\n" % number for number in range(80_000)), id="many keys"),
        pytest.param(b"- {}\n" * 200_000, id="many objects"),
        pytest.param(b"---\n" * 262_000, id="many documents"),
    ],
)
def test_more_parts_than_a_definition_has_are_too_large(raw: bytes) -> None:
    began = process_time()

    with pytest.raises(TooLargeError, match="The document has more than 50,000 parts") as raised:
        documents.parse_yaml(raw, max_bytes=MEGABYTE)

    assert raised.value.status == 413
    assert process_time() - began < 2


@pytest.mark.parametrize(
    "raw",
    [b"- " * 500_000, b"? " * 500_000, b"a: " * 300_000, b"#" * MEGABYTE, b" " * MEGABYTE, b"a\n" * 500_000,
     b"'" + b"''" * 500_000 + b"'", b"{" * 64 + b"a" * 1000 + b"}" * 64,
     b'"' + b"a" * 1_000_000 + b'": 1', b"|\n" + b" a\n" * 300_000,
     b"".join(b"k%d: 1\n" % n for n in range(20_000)) + b"z: 1\nz: 1\n", b"1" * 1_000_000 + b".x"],
    ids=lambda raw: repr(raw[:6]),
)  # fmt: skip
def test_a_megabyte_of_yaml_is_read_or_refused_within_seconds(raw: bytes) -> None:
    began = process_time()

    with suppress(MalformedError):
        documents.parse_yaml(raw, max_bytes=MEGABYTE)

    assert process_time() - began < 5


@given(st.from_regex(r"[-+.eE:_0-9xobnNaAyYtTfFrRuUlLsS~]{1,12}", fullmatch=True))
def test_a_plain_scalar_is_json_text_null_or_a_boolean(text: str) -> None:
    try:
        found = read(f"[{text}]")
    except MalformedError:
        return

    # A colon at the end makes a mapping of it, a dash before a blank a list.
    assert all(isinstance(each, str | int | float | dict) or each is None for each in found)
