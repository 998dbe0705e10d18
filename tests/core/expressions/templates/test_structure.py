from typing import Any

import pytest
from hypothesis import given

from core.errors import Problem
from core.expressions import templates
from core.expressions.scope import Scope
from tests.core.expressions.strategies import json_values

PARAMS = {
    "url": "{{ vars.url }}/leads",
    "json": {"id": "{{ lead.id }}", "tags": ["new", "{{ lead.tag | default('none') }}"], "{{ key }}": 1},
    "count": 3,
    "on": None,
}
SCOPE = Scope(names={"vars": {"url": "https://crm"}}, fallback={"lead": {"id": 7}})


def nested(levels: int) -> Any:
    value: Any = "{{ a }}"
    for _ in range(levels):
        value = [value]
    return value


def test_every_string_value_is_rendered_and_keys_stay() -> None:
    assert templates.render_structure(PARAMS, SCOPE) == {
        "url": "https://crm/leads",
        "json": {"id": 7, "tags": ["new", "none"], "{{ key }}": 1},
        "count": 3,
        "on": None,
    }


def test_each_problem_has_the_pointer_of_its_string() -> None:
    sentence = "`~` is not available; write the expressions one after the other: `{{ a }}{{ b }}`."

    assert templates.check_structure({"a/b": ["x", "{{ c ~ d }}"]}, path="/actions/0/params") == [
        Problem("/actions/0/params/a~1b/1", "forbidden", sentence)
    ]


def test_references_have_the_pointer_of_their_string() -> None:
    references = templates.references_in(PARAMS, path="/params")

    assert [(reference.pointer, str(reference.path), reference.is_optional) for reference in references] == [
        ("/params/url", "vars.url", False),
        ("/params/json/id", "lead.id", False),
        ("/params/json/tags/1", "lead.tag", True),
    ]


def test_references_of_what_does_not_compile_are_left_out() -> None:
    assert templates.references_in(["{{ a b }}", "{{ c }}"])[0].pointer == "/1"


@pytest.mark.parametrize(
    ("value", "has"),
    [("x", False), ("{{ a }}", True), ({"{{ a }}": 1}, False), ([{"a": ["{{ b }}"]}], True), (5, False)],
)
def test_templates_are_found_anywhere_but_in_keys(value: Any, has: bool) -> None:
    assert templates.has_templates(value) is has


def test_only_double_braces_make_a_template() -> None:
    assert [templates.is_template(text) for text in ("{{ a }}", "{ a }", "{% if %}", "")] == [True, False, False, False]


def test_parameters_that_are_nested_too_deeply_are_refused() -> None:
    assert [problem.code for problem in templates.check_structure(nested(65), path="")] == ["too_deep"]
    with pytest.raises(templates.TemplateError, match="more than 64 levels"):
        templates.render_structure(nested(65), SCOPE)


@given(json_values)
def test_parameters_without_templates_stay_as_they_are(value: Any) -> None:
    if not templates.has_templates(value):
        assert templates.render_structure(value, SCOPE) == value
        assert templates.check_structure(value, path="") == []
        assert templates.references_in(value) == ()
