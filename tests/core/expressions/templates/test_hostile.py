"""Template injections from the wild and bombs of our own: refused, or rendered harmlessly and soon."""

import time

import pytest

from core.expressions import templates
from core.expressions.scope import Scope
from core.expressions.templates import TemplateError
from tests import cases
from tests.documentation import page

SCOPE = Scope(fallback={"text": "a" * 100_000, "short": "a" * 2000, "items": ["x" * 100] * 5000})

BOMBS = [
    '{{ "x" * 10**8 }}',
    '{{ "a" | center(10**9) }}',
    '{{ "%1000000000d" | format(1) }}',
    "{{ range(99999999) }}",
    "{{ lipsum(n=10**6) }}",
    "{{ '{:>1000000000}'.format('a') }}",
    "{{ text | replace('a', text) }}",
    "{{ text | replace('', text) }}",
    "{{ items | join(text) }}",
    "{{ items | join(text | truncate(90000)) }}",
    "{{ text | split('a') | json }}",
    "{{ 9 * 9 * 999999999999999999 * 999999999999999999 }}",
    "{{ now | date('%1000000000Y') }}",
    "{{ " + "[" * 30 + "text" + "]" * 30 + " | json }}",
    "{{ [" + "text," * 200 + "] }}",
    "{{ [" + "items," * 200 + "] }}",
    "{{ [" + "items," * 200 + "] | json }}",
    "{{ text }}" * 100,
    "{{ short | regex_find('(a+)+$') }}" * 100,
    "{{ short | regex_find('(a*)*b') }}" * 100,
    "{{ text" + " | upper | lower" * 14 + " }}",
    "{{ text | truncate(10**9) }}",
    "{{ 1.5 | round(10**9) }}",
    "{{ 1e308 | currency }}",
    "{{ 1e308 | int }}",
]


def outcome(source: str) -> str:
    if templates.check_structure(source, path=""):
        return "refused"
    try:
        return str(templates.render_structure(source, SCOPE))
    except TemplateError:
        return "failed"


def test_injections_from_the_wild_are_refused_or_harmless() -> None:
    payloads = [each["payload"] for each in cases.load("hostile/template_injection.json")["payloads"]]

    started = time.perf_counter()
    outcomes = {payload: outcome(payload) for payload in payloads}

    assert time.perf_counter() - started < 5
    rendered = {
        payload: text for payload, text in outcomes.items() if "{{" in payload and text not in {"refused", "failed"}
    }
    # What renders is text and sums that its author could have written out; nothing of Python is in it.
    assert set(rendered.values()) == {"<script>alert(3)</script>", "16[[5*5]]"}
    figure = f"{len(payloads)} of {len(payloads)} payloads"
    print(f"templates: {figure} refused or harmless")
    assert figure in page("docs/security.md")


@pytest.mark.parametrize("source", BOMBS, ids=range(len(BOMBS)))
def test_a_bomb_ends_soon_and_small(source: str) -> None:
    started = time.perf_counter()

    text = outcome(source)

    assert time.perf_counter() - started < 3
    assert len(text) <= 256 * 1024
