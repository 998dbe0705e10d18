"""What definitions ask of every registered type: an answer to whatever people wrote."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from actions.base import ActionType
from actions.registry import action_types
from workflows.definitions import outline
from workflows.types.base import ControlType

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5) | st.just("{{ x }}"),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=8,
)
TYPES = [*{id(each): each for each in action_types}.values()]


@pytest.mark.parametrize("action_type", TYPES, ids=lambda each: str(each.key))
@settings(max_examples=30)
@given(data=st.data())
def test_a_type_answers_about_any_parameters(action_type: ActionType[Any], data: st.DataObject) -> None:
    names = [*action_type.params_model.model_fields, "x"]
    params = data.draw(st.dictionaries(st.sampled_from(names), VALUES, max_size=len(names)))

    ports = action_type.ports(params)
    texts = [*ports, *action_type.emits(params), *action_type.conditions(params)]
    if isinstance(action_type, ControlType):
        texts += [*action_type.bodies(params), *action_type.starts(params).values()]

    assert all(isinstance(text, str) for text in texts)
    assert all(problem.path.startswith("/here") for problem in action_type.check(params, path="/here"))
    assert outline.build([{"id": "a", "type": action_type.key, "params": params}]).places[0].key == "a"
