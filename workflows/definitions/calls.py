"""What is wrong with a type and its parameters, of an action or of what makes one undone, and with what that starts."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from actions import checking
from actions.base import ActionType
from actions.registry import action_types
from core import pointers, validation
from core.errors import Problem
from core.expressions import conditions, templates
from triggers.engine import patterns
from workflows.definitions import permissions, references
from workflows.definitions.references import Known, Names
from workflows.types.base import ControlType

Json = dict[str, Any]

MAX_GUESSED = 1000  # names among which the one that was meant is looked for


@dataclass(frozen=True)
class Setting:
    """What the whole document says that matters to each of its actions.

    `itself` are the names of the workflow; `listens_to` the patterns of the event types that start it.
    """

    known: Known
    itself: frozenset[str] = frozenset()
    listens_to: tuple[str, ...] = ()

    @cached_property
    def workflows(self) -> frozenset[str]:
        return frozenset(name.lower() for name in self.known.workflows())


def check(part: Mapping[str, Any], *, path: str, names: Names, setting: Setting) -> Iterator[Problem]:
    """Every problem of `type` and `params` of a part, at `path`. What the shape's check says is left to it."""
    name, params = part.get("type"), part.get("params", {})
    if not isinstance(name, str) or not isinstance(params, dict):
        return
    action_type = action_types.find(name)
    if action_type is None:
        have = sorted(action_types.keys())
        guess = validation.did_you_mean(name, have) or f" There are {', '.join(have)}."
        yield Problem(f"{path}/type", "unknown_action_type", f"There is no action type {name!r}.{guess}")
        yield from check_templates(params, path=f"{path}/params", names=names)
        return
    for problem in checking.check_params(action_type, params, path=f"{path}/params"):
        yield _beside(problem, part) or problem
    rendered = checking.with_defaults(action_type, params)
    rendered = {key: value for key, value in rendered.items() if key not in action_type.as_written}
    seen = replace(names, has_secrets=names.has_secrets and not action_type.keeps_params)
    yield from check_templates(rendered, path=f"{path}/params", names=seen)
    yield from _as_written(action_type, params, path=f"{path}/params", names=replace(names, has_secrets=False))
    yield from permissions.check(action_type, params, path=path, known=setting.known)
    yield from _feeding(action_type, params, path=f"{path}/params", setting=setting)


def _beside(problem: Problem, part: Mapping[str, Any]) -> Problem | None:
    """The problem as a parameter that the part has at another place, where the same name means something else."""
    name = pointers.split(problem.path)[-1]
    if problem.code != "missing_parameter" or name != "if" or name not in part:
        return None
    message = f"{problem.message} The `if` beside `params` decides whether the action is done at all."
    return replace(problem, message=message)


def check_templates(value: Any, *, path: str, names: Names) -> Iterator[Problem]:
    """Every problem of the templates in a value: their form, or else the names in them."""
    found = templates.check_structure(value, path=path)
    yield from found or references.check(value, path=path, names=names)


def check_workflow(name: str, *, path: str, setting: Setting) -> Iterator[Problem]:
    """What is wrong with the name of a workflow that is to be started; nothing is known of a template."""
    if templates.is_template(name):
        return
    if name.lower() in setting.itself:
        yield Problem(path, "feeds_itself", f"{name!r} is this workflow: it would start itself without end.")
    elif name.lower() not in setting.workflows:
        have = setting.known.workflows()
        guess = validation.did_you_mean(name, have) if len(have) <= MAX_GUESSED else ""
        yield Problem(path, "unknown_workflow", f"The workspace has no workflow {name!r}.{guess}")


def _as_written(
    action_type: ActionType[Any], params: Mapping[str, Any], *, path: str, names: Names
) -> Iterator[Problem]:
    """Names in the parameters that the type reads as they are written. Nested actions are checked as actions."""
    decided = action_type.conditions(params)
    for pointer, document in decided.items():
        if not conditions.check(document, path=""):  # else the type's own check says what is wrong
            yield from references.check_conditions(document, path=f"{path}{pointer}", names=names)
    bodies = action_type.bodies(params) if isinstance(action_type, ControlType) else {}
    read = {pointers.split(pointer)[0] for pointer in (*decided, *bodies)}
    others = {key: value for key, value in params.items() if key in action_type.as_written - read}
    yield from check_templates(others, path=path, names=names)


def _feeding(
    action_type: ActionType[Any], params: Mapping[str, Any], *, path: str, setting: Setting
) -> Iterator[Problem]:
    """What would start the workflow that it is part of."""
    if isinstance(action_type, ControlType):
        for pointer, name in action_type.starts(params).items():
            yield from check_workflow(name, path=f"{path}{pointer}", setting=setting)
    for event_type in action_type.emits(params):
        if not (templates.is_template(event_type) or patterns.is_name(event_type)):
            message = f"{event_type[:100]!r} is no type of an event: write names joined by dots, like lead.created."
            yield Problem(path, "invalid_event_type", message)
        pattern = next((each for each in setting.listens_to if patterns.matches(each, event_type)), None)
        if pattern is not None:
            message = f"It sends {event_type!r}, and the trigger on {pattern!r} starts this workflow again for it."
            yield Problem(path, "feeds_itself", message)
