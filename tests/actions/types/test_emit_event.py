from typing import Any

import pytest

from actions import checking
from actions.base import ActionCall, ActionFailedError, ActionResult, EmittedEvent
from actions.registry import action_types
from core.errors import Problem

EMIT = action_types.get("emit_event")


def perform(params: dict[str, Any], call: ActionCall) -> ActionResult:
    return EMIT.perform(checking.validated(EMIT, params), call)


def test_the_event_is_part_of_the_result(call: ActionCall) -> None:
    result = perform({"type": "lead.qualified", "data": {"lead": 7}}, call)

    assert result.output == {"id": "run:greet:0", "type": "lead.qualified"}
    assert result.events == (EmittedEvent("lead.qualified", {"lead": 7}, id="run:greet:0"),)


def test_all_of_an_event_can_be_said(call: ActionCall) -> None:
    params = {"event": "lead.qualified", "id": 7, "subject": "lead 7", "source": "crm"}

    result = perform(params, call)

    assert result.output["id"] == "7"
    assert result.events == (EmittedEvent("lead.qualified", id="7", subject="lead 7", source="crm"),)


@pytest.mark.parametrize(
    ("params", "emits"),
    [
        ({"type": "lead.qualified"}, ("lead.qualified",)),
        ({"event": "lead.qualified"}, ("lead.qualified",)),
        ({"type": "lead.{{ kind }}"}, ()),
        ({"type": 7}, ()),
        ({"type": ""}, ()),
        ({}, ()),
    ],
    ids=str,
)
def test_it_says_what_it_sends_as_far_as_that_is_known(params: dict[str, Any], emits: tuple[str, ...]) -> None:
    assert EMIT.emits(params) == emits


def test_without_a_type_it_is_refused(call: ActionCall) -> None:
    message = "'type' is required: The type of the event, such as lead.qualified."
    assert checking.check_params(EMIT, {}, path="/params") == [Problem("/params/type", "missing_parameter", message)]
    with pytest.raises(ActionFailedError, match="do not fit"):
        perform({"type": "a", "data": [1]}, call)


@pytest.mark.parametrize("events", [[EmittedEvent("a")], (1,), ("a",)], ids=str)
def test_a_result_with_other_events_is_refused_where_it_is_made(events: Any) -> None:
    with pytest.raises(TypeError, match="a tuple of EmittedEvent"):
        ActionResult(events=events)
