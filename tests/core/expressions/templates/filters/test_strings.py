from typing import Any

import pytest

from core.expressions.templates import TemplateError
from tests.core.expressions.templates.filters.checking import apply


@pytest.mark.parametrize(
    ("value", "filters", "result"),
    [
        ("Ann é", "upper", "ANN É"),
        ("ANN", "lower", "ann"),
        ("ann lee", "title", "Ann Lee"),
        (" ann\n", "trim", "ann"),
        (5, "upper", "5"),
        (None, "upper", ""),
        ("a-b-c", "replace('-', '+')", "a+b+c"),
        ("a,b,,c", "split(',')", ["a", "b", "", "c"]),
        (" a  b ", "split", ["a", "b"]),
        ("a long text", "truncate(6)", "a lon…"),
        ("a long text", "truncate(6, '')", "a long"),
        ("short", "truncate(5)", "short"),
        ("long", "truncate(1, '...')", "."),
        ("order #12 and #13", "regex_find('#[0-9]+')", "#12"),
        ("order", "regex_find('#[0-9]+')", None),
        ("order", "regex_find('#[0-9]+') | default('-')", "-"),
        (" Crème Brûlée & Co. ", "slug", "creme-brulee-co"),
        ("日本", "slug", ""),
        ("a b/é?&", "urlencode", "a%20b%2F%C3%A9%3F%26"),
        ("<a href='x'>&", "escape", "&lt;a href=&#x27;x&#x27;&gt;&amp;"),
    ],
)
def test_text_is_changed(value: Any, filters: str, result: Any) -> None:
    assert apply(filters, value) == result


@pytest.mark.parametrize(
    ("value", "filters", "reason"),
    [
        (["a"], "upper", "`upper` needs text, not list"),
        ("a", "replace('', 'b')", "`replace` needs a text to replace that is not empty"),
        ("a" * 100_000, "replace('a', 'bbb')", "`replace` would give more than 262,144 characters"),
        ("," * 20_000, "split(',')", "`split` would give more than 10,000 parts"),
        ("a", "truncate(-1)", "`truncate` needs a whole number from 0 to 262,144"),
        ("a", "regex_find('(')", "`regex_find` cannot use the pattern: unclosed group"),
        ("a" * 2001, "regex_find('a')", "`regex_find` cannot search: the text has 2,001 characters"),
    ],
)
def test_what_cannot_be_done_is_refused(value: Any, filters: str, reason: str) -> None:
    with pytest.raises(TemplateError) as failed:
        apply(filters, value)
    assert reason in failed.value.detail
