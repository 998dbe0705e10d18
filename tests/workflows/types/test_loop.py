from typing import Any

import pytest

from tests.workflows.types.turns import control, problems, take
from workflows.types.base import Expand

LOG = {"id": "log", "type": "log_event", "params": {"message": "{{ item }}"}}


def test_its_body_starts() -> None:
    assert take("loop", {"actions": [LOG]}) == Expand()


def test_its_body_is_its_actions_and_it_needs_a_list_to_loop_over() -> None:
    loop = control("loop")

    assert loop.bodies({"actions": [LOG]}) == {"/actions": [LOG]}
    assert loop.bodies({"actions": "{{ x }}"}) == loop.bodies({}) == {}
    assert loop.requires_for_each is True


@pytest.mark.parametrize(
    ("params", "found"),
    [
        ({"actions": [LOG]}, []),
        ({}, [("/params/actions", "missing_parameter")]),
        ({"actions": []}, [("/params/actions", "invalid_parameter")]),
        ({"actions": "{{ x }}"}, [("/params/actions", "invalid_parameter")]),
        ({"actions": [LOG, "{{ x }}"]}, [("/params/actions/1", "invalid_parameter")]),
        ({"actions": [LOG], "items": []}, [("/params/items", "unknown_parameter")]),
    ],
)
def test_mistakes_are_found_where_they_stand(params: dict[str, Any], found: list[tuple[str, str]]) -> None:
    assert problems("loop", params) == found
