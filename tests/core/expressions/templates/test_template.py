import contextlib
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given

from core.errors import Problem
from core.expressions import scope, templates
from core.expressions.templates import InvalidTemplateError, TemplateError, TooMuchOutputError, UnknownPathError
from tests.core.expressions.strategies import json_objects, template_sources

NOW = datetime(2026, 11, 21, 10, 30, tzinfo=UTC)
LEAD = {
    "id": 7,
    "name": "Ann",
    "items": ["a", "b"],
    "score": 3.0,
    "vip": True,
    "nothing": None,
    "owner": {"x y": 1},
    "_id": "k",
    "created": "2026-11-01T08:00:00Z",
}
SCOPE = scope.build(
    now=NOW, zone="Europe/Amsterdam", event={"id": "e1", "data": {"lead": LEAD}}, vars={"url": "https://crm"}
)


def rendered(source: str) -> Any:
    return templates.compile(source).render(SCOPE)


@pytest.mark.parametrize(
    ("source", "value"),
    [
        pytest.param("{{ lead.id }}", 7, id="number"),
        pytest.param("{{lead.items}}", ["a", "b"], id="a key, never the method of dict"),
        pytest.param("{{ lead }}", LEAD, id="object"),
        pytest.param("{{ lead.nothing }}", None, id="null"),
        pytest.param("{{ lead.vip }}", True, id="boolean"),
        pytest.param("{{ lead._id }}", "k", id="key with underscore"),
        pytest.param('{{ lead.owner["x y"] + 1 }}', 2, id="quoted key and arithmetic"),
        pytest.param("{{ lead.items.1 }}{{ lead.items[0] }}", "ba", id="indexes"),
        pytest.param("{{today+2}}", "2026-11-23", id="days from today"),
        pytest.param("{{today-30}}", "2026-10-22", id="days before today"),
        pytest.param("{{now}}", "2026-11-21T11:30:00+01:00", id="now in the zone"),
        pytest.param("at {{now}}", "at 2026-11-21T11:30:00+01:00", id="now in text"),
        pytest.param("{{ vars.url }}/leads", "https://crm/leads", id="reserved name"),
        pytest.param("{{ event.data.lead.id }}", 7, id="event"),
        pytest.param("{{ lead.score }} ", "3.0 ", id="floats as in JSON"),
        pytest.param("<{{ lead.nothing }}|{{ lead.vip }}|{{ lead.items }}>", '<|true|["a","b"]>', id="values in text"),
        pytest.param("{{ lead.name if lead.vip else 1 }}", "Ann", id="choice"),
        pytest.param("{{ lead.name if not lead.vip }}", None, id="choice without else"),
        pytest.param("{{ lead.id > 5 and lead.name == 'Ann' or false }}", True, id="comparison"),
        pytest.param("{{ 'a' in lead.items }}", True, id="in"),
        pytest.param("{{ lead.none is defined }}", False, id="defined"),
        pytest.param("{{ lead.nothing is none }}", True, id="none"),
        pytest.param(
            "{{ [lead.id, {'name': lead.name}, (1, today)] }}", [7, {"name": "Ann"}, [1, "2026-11-21"]], id="built"
        ),
        pytest.param('{{ "{{" }} {{ "{%" }}', "{{ {%", id="literal braces"),
        pytest.param("{# not a comment #}{{ 1 }}", "{# not a comment #}1", id="comments are text"),
        pytest.param("{{ 1 }}\n", "1\n", id="a line break at the end stays"),
        pytest.param("no expression", "no expression", id="plain text"),
        pytest.param("", "", id="empty"),
    ],
)
def test_a_template_renders(source: str, value: Any) -> None:
    assert rendered(source) == value


@pytest.mark.parametrize(
    ("source", "path"),
    [
        ("{{ nowhere }}", "nowhere"),
        ("{{ lead.owner.email }}", "lead.owner.email"),
        ("Dear {{ lead.boss.name.first }}", "lead.boss.name.first"),
        ("{{ lead.items[5].sku }}", "lead.items.5.sku"),
        ("{{ lead.name.upper }}", "lead.name.upper"),
        ("{{ lead.email | upper | trim }}", "lead.email"),
        ("{{ lead.extra + 1 }}", "lead.extra"),
        ("{{ 1 if lead.extra else 2 }}", "lead.extra"),
        ("{{ lead.extra == 1 }}", "lead.extra"),
        ("{{ lead.name | replace('a', lead.extra) }}", "lead.extra"),
        ("{{ [lead.id, lead.extra] | join }}", "lead.extra"),
        ("{{ {'a': lead.extra} }}", "lead.extra"),
        ("{{ lead.email | default(lead.extra) }}", "lead.extra"),
        ("{{ item.sku }}", "item.sku"),
    ],
)
def test_an_unknown_path_is_named_whole(source: str, path: str) -> None:
    with pytest.raises(UnknownPathError) as failed:
        rendered(source)

    assert failed.value.path == path
    assert failed.value.template == source
    assert failed.value.detail == (
        f"In the template `{source}`: there is nothing at `{path}`; correct the path, or write `{path} | default(...)`"
    )


@pytest.mark.parametrize(
    ("source", "value"),
    [
        ('{{ lead.email | default("-") }}', "-"),
        ('{{ lead.boss.email | upper | default("-") }}', "-"),
        ("{{ (lead.extra + 1) | default(0) }}", 0),
        ("{{ lead.nothing | default(0) }}", 0),
        ("{{ lead.email | default }}", ""),
        ("{{ lead.email | default(lead.name) }}", "Ann"),
        ('{{ lead.name | default("-") }}', "Ann"),
        ('{{ "" | default("-") }}', ""),
        ('{{ "" | default("-", true) }}', "-"),
    ],
)
def test_default_rescues_what_is_missing_or_null(source: str, value: Any) -> None:
    assert rendered(source) == value


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        (
            '{{ "x" * 10 }}',
            "`*` works on numbers and dates, not on string and number; turn text into a number with `| number`",
        ),
        ("{{ lead.id / 0 }}", "`/` divides by zero"),
        ("{{ lead.name > 3 }}", "values of these types cannot be compared"),
        ("{{ lead | upper }}", "`upper` needs text, not object"),
        ("{{ 9999999999 * 9999999999 }}", "the result of `*` is too large"),
    ],
)
def test_what_cannot_be_computed_is_an_error_with_the_template(source: str, reason: str) -> None:
    with pytest.raises(TemplateError) as failed:
        rendered(source)

    assert failed.value.detail == f"In the template `{source}`: {reason}"


def test_a_long_template_is_shortened_in_its_error() -> None:
    with pytest.raises(UnknownPathError, match="x…`: there is nothing at `nowhere`"):
        rendered("x" * 1000 + "{{ nowhere }}")


@pytest.mark.parametrize(
    "source", ["{{ big }}", "{{ big }}{{ big }}", "{{ [big, big] }}", "{{ wide }}", "{{ [wide, wide] | json }}"]
)
def test_output_is_bounded(source: str) -> None:
    large = scope.Scope(
        fallback={"big": "x" * 140_000 + "y" * (130_000 if source == "{{ big }}" else 0), "wide": [[1] * 600] * 600}
    )

    with pytest.raises(TemplateError):
        templates.compile(source).render(large)


def test_too_much_text_has_its_own_error() -> None:
    with pytest.raises(TooMuchOutputError, match="more than 262,144 characters are rendered"):
        templates.compile("{{ big }}{{ big }}").render(scope.Scope(fallback={"big": "x" * 140_000}))


def test_what_is_rendered_is_a_copy() -> None:
    rendered("{{ lead.items }}").append("c")

    assert LEAD["items"] == ["a", "b"]


def test_a_template_is_compiled_once() -> None:
    assert templates.compile("{{ lead.id }}") is templates.compile("{{ lead.id }}")


def test_an_invalid_template_is_refused_with_its_problems() -> None:
    with pytest.raises(InvalidTemplateError) as refused:
        templates.compile("{{ lead.items() }}")

    sentence = "Nothing can be called in a template; use a filter: `{{ name | upper }}`."
    assert refused.value.problems == (Problem("", "forbidden", sentence),)


def test_a_path_that_is_too_long_is_a_problem() -> None:
    [problem] = templates.check("{{ a" + ".b" * 40 + " }}", path="/params/url")

    assert (problem.path, problem.code) == ("/params/url", "too_deep")


@given(template_sources(), json_objects)
def test_any_text_is_refused_or_renders_or_fails_with_a_template_error(source: str, data: dict[str, Any]) -> None:
    if templates.check(source, path=""):
        return
    with contextlib.suppress(TemplateError):
        templates.compile(source).render(scope.build(now=NOW, event={"data": data}))
