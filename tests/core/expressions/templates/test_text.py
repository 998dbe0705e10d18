from datetime import UTC, date, datetime
from typing import Any

import pytest

from core.expressions.templates import TemplateError, text


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (None, ""),
        ("é", "é"),
        (True, "true"),
        (3.0, "3.0"),
        (10**18, "1000000000000000000"),
        ([1, "é", None], '[1,"é",null]'),
        ({"on": date(2026, 1, 31)}, '{"on":"2026-01-31"}'),
        (datetime(2026, 1, 31, 9, tzinfo=UTC), "2026-01-31T09:00:00Z"),
    ],
)
def test_a_value_reads_as_json_but_for_text_null_and_dates(value: Any, written: str) -> None:
    assert text.write(value) == written


def test_too_long_a_json_is_refused() -> None:
    with pytest.raises(TemplateError, match="longer than 262,144 characters"):
        text.write_json([["x" * 1000] * 1000] * 1000)


def test_too_deep_a_json_is_refused() -> None:
    value: Any = 1
    for _ in range(5000):
        value = [value]

    with pytest.raises(TemplateError, match="nested too deeply"):
        text.write_json(value)
    assert text.excerpt(value, characters=100_000) == "…"


def test_what_is_no_json_is_refused() -> None:
    with pytest.raises(TemplateError, match="a set cannot be written"):
        text.write_json({1})


@pytest.mark.parametrize(
    ("value", "excerpt"), [("x" * 11, "x" * 9 + "…"), ("x" * 10, None), ([1] * 10, "[1,1,1,1,…"), (5, None)]
)
def test_an_excerpt_is_the_beginning_of_what_is_long(value: Any, excerpt: str | None) -> None:
    assert text.excerpt(value, characters=10) == excerpt
