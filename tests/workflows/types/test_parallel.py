from typing import Any

import pytest

from tests.workflows.types.turns import control, problems, take
from workflows.types.base import Expand

LOG = {"id": "log", "type": "log_event", "params": {"message": "{{ anything }}"}}


def test_its_branches_start() -> None:
    assert take("parallel", {"branches": {"a": [LOG], "b": [LOG]}}) == Expand()


def test_its_bodies_are_its_branches_by_where_they_stand() -> None:
    bodies = control("parallel").bodies({"branches": {"a": [LOG], "b/c": [], "no": 5, "not": "{{ x }}"}})

    assert bodies == {"/branches/a": [LOG], "/branches/b~1c": []}


@pytest.mark.parametrize("params", [{}, {"branches": None}, {"branches": [LOG]}, {"branches": "{{ x }}"}])
def test_what_has_no_branches_has_no_bodies(params: dict[str, Any]) -> None:
    assert control("parallel").bodies(params) == {}


@pytest.mark.parametrize(
    ("branches", "found"),
    [
        ({"a": [LOG]}, []),
        ({}, [("", "invalid_parameter")]),
        ({"a": []}, [("/a", "invalid_parameter")]),
        ({"a b": [LOG]}, [("/a b", "invalid_parameter")]),
        ({"a": LOG}, [("/a", "invalid_parameter")]),
        ({"a": ["log"]}, [("/a/0", "invalid_parameter")]),
        ("{{ x }}", [("", "invalid_parameter")]),
        ({"a": "{{ x }}"}, [("/a", "invalid_parameter")]),
        ({"a": ["{{ x }}"]}, [("/a/0", "invalid_parameter")]),
        ({f"b{number}": [LOG] for number in range(51)}, [("", "invalid_parameter")]),
    ],
)
def test_mistakes_are_found_where_they_stand(branches: Any, found: list[tuple[str, str]]) -> None:
    expected = [(f"/params/branches{pointer}", code) for pointer, code in found]

    assert problems("parallel", {"branches": branches}) == expected
