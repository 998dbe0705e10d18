from typing import Any

import pytest

from core.expressions.templates import TemplateError
from tests.core.expressions.templates.filters.checking import apply


@pytest.mark.parametrize(
    ("value", "filters", "result"),
    [
        (["a", 1, True, None], "join(', ')", "a, 1, true, "),
        (["a", "b"], "join", "ab"),
        ([], "join(',')", ""),
        ([1, 2], "length", 2),
        ({"a": 1}, "length", 1),
        ("abc", "length", 3),
        ([1, 2], "first", 1),
        ([1, 2], "last", 2),
        ("abc", "last", "c"),
        ([], "first", None),
        ([], "last | default(0)", 0),
    ],
)
def test_a_list_is_read(value: Any, filters: str, result: Any) -> None:
    assert apply(filters, value) == result


@pytest.mark.parametrize(
    ("value", "filters", "reason"),
    [
        ("abc", "join(',')", "`join` needs a list, not string"),
        ([["a"]], "join(',')", "`join` needs text, not list"),
        (["a" * 1000] * 300, "join", "`join` would give more than 262,144 characters"),
        (5, "length", "`length` needs a list, an object or text, not number"),
        ({"a": 1}, "first", "`first` needs a list or text, not object"),
    ],
)
def test_what_is_no_list_is_refused(value: Any, filters: str, reason: str) -> None:
    with pytest.raises(TemplateError) as failed:
        apply(filters, value)
    assert reason in failed.value.detail
