from typing import Any

import pytest

from actions import checking
from actions.base import ActionCall, ActionFailedError, ActionResult
from actions.registry import action_types


def perform(variables: dict[str, Any], call: ActionCall) -> ActionResult:
    action_type = action_types.get("set_variables")
    return action_type.perform(checking.validated(action_type, {"variables": variables}), call)


def test_values_are_handed_on_and_shown(call: ActionCall) -> None:
    result = perform({"score": 80, "lead": {"id": 7}}, call)

    assert result.variables == result.output == {"score": 80, "lead": {"id": 7}}


@pytest.mark.parametrize("name", ["a b", "1a", "", "a-b", "é", "x" * 101])
def test_a_name_that_templates_cannot_spell_is_refused(call: ActionCall, name: str) -> None:
    with pytest.raises(ActionFailedError, match="A name is letters"):
        perform({name: 1}, call)


@pytest.mark.parametrize("variables", [{}, {f"v{i}": i for i in range(101)}, {"a": "x" * 65_536}])
def test_too_little_and_too_much_are_refused(call: ActionCall, variables: dict[str, Any]) -> None:
    with pytest.raises(ActionFailedError) as raised:
        perform(variables, call)

    assert raised.value.code == "invalid_parameters"
