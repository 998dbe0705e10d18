import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.expressions import conditions, templates
from core.expressions.scope import Scope
from workflows.types import reading

NASTY = [
    "{{",
    "}}",
    "{{ x }}",
    "{{{{",
    "{{{",
    '{{ "a" }}',
    'a"b{{',
    "\\{{\\",
    "{{\r\n}}",
    "é{{😀",
    "{{\ue000%",
    "{{'\x01",
]


def read_back(value: object) -> object:
    return templates.render_structure(reading.literal(value), Scope())


@pytest.mark.parametrize("text", NASTY)
def test_text_with_braces_reads_nothing_and_says_what_it_said(text: str) -> None:
    assert read_back(text) == text
    assert templates.references_in(reading.literal(text)) == ()
    assert conditions.check({"field": "a", "operator": "eq", "value": reading.literal(text)}, path="") == []


@given(st.text(alphabet=st.sampled_from('{}"\\ x\n\r%#é\ue000'), max_size=40))
def test_any_text_says_what_it_said(text: str) -> None:
    assert read_back({"a": ["{{" + text, text]}) == {"a": ["{{" + text, text]}


@pytest.mark.parametrize("value", [None, True, 1.5, "plain", ["{", {"{{": 1}]])
def test_what_is_no_template_stays_as_it_is(value: object) -> None:
    assert reading.literal(value) == value
