"""Control action types that exist in tests only, one for each thing that a definition can ask of a type."""

from collections.abc import Mapping
from typing import Any, ClassVar

from pydantic import Field

from actions.base import ActionCall, ActionParams, ActionResult, ActionType, Effects
from actions.registry import register
from core import pointers
from core.errors import Problem
from core.expressions import conditions
from workflows.types.base import ControlType, Done, Step, Turn

Json = dict[str, Any]


class Nothing(ActionParams):
    """No parameters."""


class Value(ActionParams):
    """A value, which may be a template."""

    value: Any = None


class _Control(ControlType[Any]):
    title = description = "For tests"
    icon = "test"
    params_model: ClassVar[type[ActionParams]] = Nothing

    def take(self, params: Any, turn: Turn) -> Step:
        return Done()


class Ports(_Control):
    """Fires one of two ports."""

    key = "test_ports"
    params_model = Value

    def ports(self, params: Mapping[str, Any]) -> tuple[str, ...]:
        return ("yes", "no")


class ChoiceParams(ActionParams):
    """Cases by name."""

    cases: dict[str, Any] = Field(default_factory=dict)


class Choice(_Control):
    """Fires a port that must be named."""

    key = "test_choice"
    params_model = ChoiceParams
    as_written = frozenset({"cases"})
    has_default_port = False

    def ports(self, params: Mapping[str, Any]) -> tuple[str, ...]:
        cases = params.get("cases")
        return (*(cases if isinstance(cases, dict) else ()), "default")


class GroupParams(ActionParams):
    """Lists of actions by name."""

    groups: dict[str, list[Any]] = Field(default_factory=dict)
    note: str = ""


class Group(_Control):
    """Holds lists of actions."""

    key = "test_group"
    params_model = GroupParams
    as_written = frozenset({"groups"})

    def bodies(self, params: Mapping[str, Any]) -> Mapping[str, Any]:
        groups = params.get("groups")
        return {pointers.join("/groups", name): groups[name] for name in groups} if isinstance(groups, dict) else {}


class EachParams(ActionParams):
    """What is done with every item."""

    actions: list[Any]


class Each(_Control):
    """Holds one list of actions, for every item."""

    key = "test_each"
    params_model = EachParams
    as_written = frozenset({"actions"})
    requires_for_each = True

    def bodies(self, params: Mapping[str, Any]) -> Mapping[str, Any]:
        return {"/actions": params["actions"]} if "actions" in params else {}


class End(_Control):
    """Nothing comes after it."""

    key = "test_end"

    def ports(self, params: Mapping[str, Any]) -> tuple[str, ...]:
        return ()


class WhenParams(ActionParams):
    """A condition."""

    when: Any


class When(_Control):
    """Reads a condition itself."""

    key = "test_when"
    params_model = WhenParams
    as_written = frozenset({"when"})

    def conditions(self, params: Mapping[str, Any]) -> Mapping[str, Any]:
        return {"/when": params["when"]} if "when" in params else {}

    def check(self, params: Mapping[str, Any], *, path: str) -> list[Problem]:
        return conditions.check(params["when"], path=f"{path}/when") if "when" in params else []


class StartParams(ActionParams):
    """Which workflow."""

    workflow: str


class Start(_Control):
    """Starts another workflow."""

    key = "test_start"
    params_model = StartParams

    def starts(self, params: Mapping[str, Any]) -> Mapping[str, str]:
        name = params.get("workflow")
        return {"/workflow": name} if isinstance(name, str) else {}


class EmitParams(ActionParams):
    """Which event."""

    event: str


class Emit(ActionType[EmitParams]):
    """Sends an event."""

    key = "test_emit"
    title = description = "For tests"
    category = icon = "test"
    effects = Effects.NONE
    params_model = EmitParams

    def emits(self, params: Mapping[str, Any]) -> tuple[str, ...]:
        event = params.get("event")
        return (event,) if isinstance(event, str) else ()

    def perform(self, params: EmitParams, call: ActionCall) -> ActionResult:
        return ActionResult()


for _type in (Ports(), Choice(), Group(), Each(), End(), When(), Start(), Emit()):
    register(_type)
