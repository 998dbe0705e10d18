import pytest

from core.expressions import templates

FILTERS = (
    "currency, date, days_since, days_until, default, escape, first, int, join, json, last, length, lower, number, "
    "plus_days, plus_hours, plus_minutes, regex_find, replace, round, slug, split, string, title, trim, truncate, "
    "upper, urlencode"
)


def sentences(source: str) -> list[tuple[str, str]]:
    return [(problem.code, problem.message) for problem in templates.check(source, path="")]


@pytest.mark.parametrize(
    ("source", "sentence"),
    [
        ("{{ a.b() }}", "Nothing can be called in a template; use a filter: `{{ name | upper }}`."),
        ("{{ a ~ b }}", "`~` is not available; write the expressions one after the other: `{{ a }}{{ b }}`."),
        ("{{ 2 ** 9 }}", "`**` is not available."),
        ("{{ a[1:2] }}", "Slices are not available; use `first`, `last`, `truncate` or an index."),
        ("{{ +a }}", "`Pos` is not available in templates."),
        (
            "{{ a[-1] }}",
            'In brackets stands an index from 0 or a quoted key: `a[0]`, `a["key"]`; for the end use `last`.',
        ),
        (
            "{{ a[b] }}",
            'In brackets stands an index from 0 or a quoted key: `a[0]`, `a["key"]`; for the end use `last`.',
        ),
        (
            "{{ a[1.5] }}",
            'In brackets stands an index from 0 or a quoted key: `a[0]`, `a["key"]`; for the end use `last`.',
        ),
        ("{{ a is mapping }}", "`is mapping` is not available; there are defined, none, undefined."),
        ("{{ {1: 2} }}", 'The keys of an object are quoted text: `{"key": value}`.'),
        (
            "{% if a %}{{ a }}",
            'Statements ({% ... %}) are not available; use `{{ a if b else c }}`. A literal: {{ "{%" }}.',
        ),
        (r'{{ "\x00" }}', "The text has a character that cannot be stored (NUL or half a surrogate pair)."),
        (
            r'{{ a | replace("b", "\ud800") }}',
            "The text has a character that cannot be stored (NUL or half a surrogate pair).",
        ),
        ("{{ a | upper(*b) }}", "Write the arguments of `upper` out."),
        ("{{ a | upper(**b) }}", "Write the arguments of `upper` out."),
    ],
)
def test_a_construct_that_is_not_allowed_is_refused_with_a_sentence(source: str, sentence: str) -> None:
    assert sentences(source) == [("forbidden", sentence)]


@pytest.mark.parametrize(
    ("source", "code", "sentence"),
    [
        ("{{ a | uper }}", "unknown_filter", f"There is no filter `uper`, did you mean `upper`? There are {FILTERS}."),
        ("{{ a | attr('x') }}", "unknown_filter", f"There is no filter `attr`. There are {FILTERS}."),
        ("{{ a | upper(1) }}", "invalid_arguments", "`upper` does not take these arguments."),
        ("{{ a | replace('x') }}", "invalid_arguments", "`replace` does not take these arguments."),
        ("{{ a | truncate(size=3) }}", "invalid_arguments", "`truncate` does not take these arguments."),
        ("{{ a | days_until(today) }}", "invalid_arguments", "`days_until` does not take these arguments."),
        ("{{ a | days_until(today=today) }}", "invalid_arguments", "`days_until` does not take these arguments."),
        (
            "{{ a",
            "invalid_template",
            "The template cannot be read (line 1): unexpected end of template, expected 'end of print statement'.",
        ),
        (
            "{{ a b }}",
            "invalid_template",
            "The template cannot be read (line 1): expected token 'end of print statement', got 'b'.",
        ),
        ("{{ \ue000 }}", "invalid_template", "The character U+E000 cannot be used in a template."),
        ("x" * 16_385, "invalid_template", "A template may have at most 16,384 characters, this has 16,385."),
        (
            "{{ " + "9" * 5000 + " }}",
            "invalid_template",
            "The template cannot be read: it is nested too deeply or has too long a number.",
        ),
        (
            "{{ " + "(" * 5000,
            "invalid_template",
            "The template cannot be read: it is nested too deeply or has too long a number.",
        ),
        ("{{ " + "not " * 40 + "a }}", "too_deep", "The expression is nested more than 32 levels deep."),
        ("{{ a" + "+ 1" * 4000 + " }}", "too_deep", "The expression is nested more than 32 levels deep."),
        ("{{ a }}" * 501, "too_large", "The template has 501 parts; at most 500 are accepted."),
        ("{{ a['b c" + "x" * 500 + "'] }}", "invalid_path", "A path has 508 characters; at most 500 are accepted."),
    ],
)
def test_what_cannot_be_read_is_refused_with_a_sentence(source: str, code: str, sentence: str) -> None:
    assert (code, sentence) in sentences(source)


def test_every_problem_is_reported() -> None:
    assert [code for code, _ in sentences("{{ a() }} {{ b | nope }} {{ c ** 2 }}")] == [
        "forbidden",
        "unknown_filter",
        "forbidden",
    ]


@pytest.mark.parametrize(
    "source",
    [
        "{{ a.b.0['c d'] }}",
        "{{ a | default(b.c, true) }}",
        "{{ a | truncate(length=5, end='') }}",
        "{{ -a }}",
        "{{ not (a or b) }}",
    ],
)
def test_what_is_allowed_has_no_problems(source: str) -> None:
    assert sentences(source) == []
