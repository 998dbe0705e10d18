from typing import Any

import pytest

from tests.workflows.types.turns import control, problems, take, turn
from workflows.types.base import Done

CONTRACT = {"value": "{{ plan }}", "cases": {"gold": "gold", "big": {"operator": "gte", "value": 100}}}


@pytest.mark.parametrize(
    ("plan", "port"),
    [("gold", "gold"), (100, "big"), ("100", "big"), (99, "default"), ("silver", "default"), (None, "default")],
)
def test_the_case_that_the_value_meets_is_its_port(plan: Any, port: str) -> None:
    assert take("switch", CONTRACT, turn(plan=plan)) == Done({"case": port}, port)


def test_templates_in_cases_are_rendered() -> None:
    params = {"value": 80, "cases": {"at_limit": "{{ vars.limit }}"}}

    assert take("switch", params) == Done({"case": "at_limit"}, "at_limit")


def test_a_case_that_cannot_be_rendered_is_not_met_and_stops_no_other() -> None:
    params = {"value": 80, "cases": {"a": "{{ nothing }}", "b": 80}}

    assert take("switch", params) == Done({"case": "b"}, "b")


@pytest.mark.parametrize("names", [("a", "b", "zz"), ("zz", "b", "a")])
def test_in_a_map_plain_values_come_first_and_then_names_decide(names: tuple[str, ...]) -> None:
    cases: dict[str, Any] = {"a": {"operator": "gt", "value": 1}, "b": {"operator": "gt", "value": 2}, "zz": 5}
    params = {"value": "{{ n }}", "cases": {name: cases[name] for name in names}}

    ports = [step.port for n in (5, 4) if isinstance(step := take("switch", params, turn(n=n)), Done)]

    assert ports == ["zz", "a"]


def test_a_list_is_tried_as_it_stands() -> None:
    cases = [
        {"port": "large", "operator": "gte", "value": 100},
        {"port": "any", "operator": "exists"},
        {"port": "exact", "value": 7},
    ]

    ports = [take("switch", {"value": value, "cases": cases}) for value in (100, 7)]

    assert ports == [Done({"case": "large"}, "large"), Done({"case": "any"}, "any")]


def test_an_object_is_compared_as_a_whole_unless_it_names_an_operator() -> None:
    params = {"value": {"a": 1}, "cases": {"same": {"a": 1}}}

    assert take("switch", params) == Done({"case": "same"}, "same")


def test_its_ports_are_the_cases_and_default_and_none_is_meant_by_a_bare_need() -> None:
    switch = control("switch")

    assert switch.ports(CONTRACT) == ("gold", "big", "default")
    assert switch.ports({"cases": [{"port": "b"}, {"port": "a"}, {"port": "b"}]}) == ("b", "a", "default")
    assert switch.has_default_port is False


@pytest.mark.parametrize("cases", [None, 5, "{{ x }}", [1, {"port": ["x"]}, {}], {"a b": 1}])
def test_of_what_is_no_case_there_is_no_port(cases: Any) -> None:
    assert control("switch").ports({"cases": cases}) == ("default",)


@pytest.mark.parametrize(
    ("cases", "found"),
    [
        ({"a": "{{ vars.limit }}", "b": {"operator": "exists"}, "c": None}, []),
        ({}, [("", "invalid_parameter")]),
        ("{{ cases }}", [("", "invalid_parameter")]),
        (["{{ case }}", 5], [("/0", "invalid_case"), ("/1", "invalid_case")]),
        (5, [("", "invalid_parameter")]),
        ({"error": 1}, [("/error", "invalid_case")]),
        ({"default": 1}, [("/default", "invalid_case")]),
        ({"a b": 1}, [("/a b", "invalid_case")]),
        ({"a\n": 1}, [("/a\n", "invalid_case")]),
        ([{"value": 1}], [("/0", "invalid_case")]),
        ([{"port": ["a"], "value": 1}], [("/0", "invalid_case")]),
        ([{"port": "a", "value": 1}, {"port": "a", "value": 2}], [("/1", "duplicate_case")]),
        ({"a": {"operator": "gte", "value": 1, "note": "x"}}, [("/a/note", "unknown_key")]),
        ({"a": {"operator": "resembles", "value": 1}}, [("/a/operator", "unknown_operator")]),
        ({"a": {"operator": "gte"}}, [("/a", "missing_value")]),
        ({"a": {"operator": "in", "value": 1}}, [("/a/value", "invalid_value")]),
        ([{"port": "a", "operator": "in", "value": 1}], [("/0/value", "invalid_value")]),
        ({"a": {"deep": ["{{ 1 + }}"]}}, [("/a/deep/0", "invalid_template")]),
        ({"a": "{{ secrets.token }}"}, [("/a", "secret_not_allowed")]),
        ({f"c{number}": number for number in range(101)}, [("", "invalid_parameter")]),
    ],
)
def test_mistakes_are_found_where_they_stand(cases: Any, found: list[tuple[str, str]]) -> None:
    expected = [(f"/params/cases{pointer}", code) for pointer, code in found]

    assert problems("switch", {"value": "{{ x }}", "cases": cases}) == expected
