from typing import Any

import pytest

from core.expressions import templates
from workflows.services.templates import filling, parameter
from workflows.services.templates.parameter import Kind, Parameter, Written


def known(**kinds: Kind) -> dict[str, Parameter]:
    return {name: parameter.made(name, Written(kind=kind, title=name)) for name, kind in kinds.items()}


@pytest.mark.parametrize(
    ("document", "values", "filled"),
    [
        ({"limit": "${n}"}, {"n": 3}, {"limit": 3}),  # a number stays one
        ({"to": "${to}"}, {"to": ["a", "b"]}, {"to": ["a", "b"]}),
        ({"on": "${yes}"}, {"yes": True}, {"on": True}),
        ({"text": "More than ${n} of {{ item }}"}, {"n": 1.5}, {"text": "More than 1.5 of {{ item }}"}),
        ({"until": "{{ today + ${n} }}"}, {"n": 7}, {"until": "{{ today + 7 }}"}),
        ({"channel": "${c}", "text": "x"}, {"c": None}, {"text": "x"}),  # optional: the key goes with it
        (["${c}", "x"], {"c": None}, ["x"]),
        ({"text": "${a}"}, {"a": "${b}", "b": "x"}, {"text": "${b}"}),  # put in once
        ({"text": "${a} ${b}"}, {"a": "x"}, {"text": "x ${b}"}),  # without a value it stays
        ({"sql": 'a"}\n- b: ${x}'}, {"x": "1\n- c: d"}, {"sql": 'a"}\n- b: 1\n- c: d'}),  # text stays one text
    ],
)
def test_values_are_put_in_as_they_are(document: Any, values: dict[str, Any], filled: Any) -> None:
    assert filling.fill(document, values) == filled


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("${nope}", "There is no parameter 'nope'."),
        ("${Text}", "`${` begins a place"),
        ("{${text}", "A place stands beside a brace"),
        ("${text}}", "A place stands beside a brace"),
        ("${text}${number}", "A place stands beside a brace or another place"),
        ("{{ a + ${text} }}", "'text' stands in an expression"),
        ("{{ a + ${number} }}", "'number' stands in an expression"),  # 1e30 would be read otherwise
        ("To ${texts}", "'texts' is no text (list)"),
        ("Is ${boolean}", "'boolean' is no text (boolean)"),
        ("{{ '}}' }} ${text}", ""),
        ("{{ a }} ${text} {{ b }}", ""),
        ("{{ secrets.${secret} }}", ""),
        ("{{ a + ${integer} }}", ""),
    ],
)
def test_places_where_a_value_could_be_read_as_something_else_are_refused(text: str, message: str) -> None:
    parameters = known(
        text=Kind.TEXT, number=Kind.NUMBER, texts=Kind.LIST, boolean=Kind.BOOLEAN, secret=Kind.SECRET,
        integer=Kind.INTEGER,
    )  # fmt: skip

    found = [each.message for each in filling.check({"a": text}, parameters) if each.code == "invalid_place"]

    assert [each[: len(message)] for each in found] == ([message] if message else [])


def test_an_optional_parameter_has_a_place_of_its_own_and_keys_have_none() -> None:
    optional = {"o": parameter.made("o", Written(title="o", optional=True))}

    found = [*filling.check({"a": "x ${o}", "${o}": 1}, optional)]

    assert [each.path for each in found] == ["/a", "/${o}"]
    assert "optional" in found[0].message
    assert found[1].message == "A place is a value; keys have none."


def test_a_parameter_without_a_place_is_told() -> None:
    [found] = filling.check({"a": 1}, known(text=Kind.TEXT))

    assert (found.path, found.code) == ("/parameters/text", "unused")


def test_no_value_that_is_accepted_makes_an_expression() -> None:
    """Values have no two braces in a row, and no brace stands beside a place: so none comes to be one."""
    hostile = ["{", "}", "{ secrets.X }", "{%", "a{", "}b", "{ {", "$", "${text}"]
    texts = ["a ${text} b", "${text} {{ a }} c", "x ${text}.${other} y"]

    for text in texts:
        for value in hostile:
            filled = filling.fill(text, {"text": value, "other": value})
            assert templates.count_characters(filled) == templates.count_characters(text), (text, value)
