"""What an agent may do: which action types, with which parameters fixed, and which ones the model fills in.

What the definition does not list does not exist for the model. Whatever it asks for, it never names a connection, a
host or a signing secret.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import AliasChoices, BaseModel, ConfigDict, Field
from pydantic.fields import FieldInfo

from actions import checking
from actions.base import ActionFailedError, ActionType, Effects, Inner
from actions.registry import action_types
from core import pointers, validation
from core.errors import Problem
from core.expressions import templates

Json = dict[str, Any]
MAX_TOOLS = 50
NAME = r"^[A-Za-z0-9_-]{1,64}$"
MAY_NAME_HOSTS = "allow_dynamic_host"  # the parameter of types whose `url` leads out


class ToolPart(BaseModel):
    """An action type as a tool."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    type: str = Field(description="The action type.")
    name: str | None = Field(None, pattern=NAME, description="What the model calls it; by default its type.")
    description: str = Field("", max_length=4000, description="When to use it, and for what.")
    params: dict[str, Any] = Field({}, description="Parameters that are fixed; the model gives the others.")
    fill: list[str] | None = Field(
        None, max_length=100, description="The parameters that the model gives; by default all that are not fixed."
    )
    allow_once: bool = Field(False, description="Allow it though its effect cannot be undone or repeated safely.")


@dataclass(frozen=True, slots=True)
class Tool:
    """A tool that was checked. `open` are the parameters that the model fills in."""

    part: ToolPart
    name: str
    action_type: ActionType[Any]
    open: frozenset[str]

    @property
    def is_once(self) -> bool:
        return self.action_type.effects_of(self.part.params) is Effects.ONCE

    def offer(self) -> Json:
        """The tool as the model is told of it."""
        schema = self.action_type.params_model.model_json_schema(by_alias=True)
        offered: Json = {
            "type": "object",
            "properties": {name: each for name, each in schema.get("properties", {}).items() if name in self.open},
            "required": [name for name in schema.get("required", ()) if name in self.open],
            "additionalProperties": False,
        }
        if "$defs" in schema:
            offered["$defs"] = schema["$defs"]
        text = self.part.description or self.action_type.description
        return {
            "type": "function",
            "function": {"name": self.name, "description": text, "parameters": offered},
        }


def build(parts: list[ToolPart]) -> dict[str, Tool]:
    """The tools by name. Raises `ActionFailedError` (invalid_parameters) with everything that is wrong with them."""
    documents = [part.model_dump(exclude_unset=True) for part in parts]
    problems = list(check(documents, path="/tools"))
    if problems:
        text = " ".join(f"{problem.path}: {problem.message}" for problem in problems)
        raise ActionFailedError("invalid_parameters", f"The tools cannot be used. {text}", is_retryable=False)
    found: dict[str, Tool] = {}
    for part in parts:
        action_type = action_types.get(part.type)
        name = part.name or part.type
        may_fill = frozenset(_names(action_type) if part.fill is None else part.fill)
        found[name] = Tool(part, name, action_type, may_fill - _closed(action_type, part.params))
    return found


def effects(parts: Any) -> Effects:
    """What an agent with these tools, as they are written, may do outside; what is not understood may be anything."""
    if parts is None:
        return Effects.KEYED
    for part in parts if isinstance(parts, list) else [None]:
        name = part.get("type") if isinstance(part, dict) else None
        found = action_types.find(name) if isinstance(name, str) else None
        params = part.get("params") if isinstance(part, dict) else None
        if found is None or found.effects_of(params if isinstance(params, dict) else {}) is Effects.ONCE:
            return Effects.ONCE
    return Effects.KEYED


def emits(parts: Any) -> Iterator[str]:
    """The types of the events that the tools send, as far as their fixed parameters tell."""
    for part in parts if isinstance(parts, list) else ():
        name, params = (part.get("type"), part.get("params")) if isinstance(part, dict) else (None, None)
        found = action_types.find(name) if isinstance(name, str) else None
        if found is not None and found.can_be_tool and isinstance(params, dict):
            yield from found.emits(params)


def performed(parts: Any, *, path: str) -> Iterator[Inner]:
    """The actions that the tools are, with their fixed parameters, as far as they are understood."""
    for index, part in enumerate(parts if isinstance(parts, list) else ()):
        name, params = (part.get("type"), part.get("params", {})) if isinstance(part, dict) else (None, None)
        found = action_types.find(name) if isinstance(name, str) else None
        if found is not None and found.can_be_tool:
            yield Inner(pointers.join(path, index), found.key, params if isinstance(params, dict) else {})


def check(parts: Any, *, path: str) -> Iterator[Problem]:
    """Everything that is wrong with tools as they are written, templates and all."""
    seen: set[str] = set()
    yield from _check_template(parts, path)
    for index, part in enumerate(parts if isinstance(parts, list) else ()):
        where = pointers.join(path, index)
        yield from _check_template(part, where)
        if not isinstance(part, dict) or not isinstance(part.get("type"), str):
            continue  # the model of the parameters says so
        for name in ("params", "fill"):
            yield from _check_template(part.get(name), pointers.join(where, name))
        yield from _check_part(part, where)
        name = part.get("name") or part["type"]
        if isinstance(name, str) and name in seen:
            yield Problem(f"{where}/name", "duplicate_id", f"Another tool has the name {name!r}; give one of them.")
        seen.add(str(name))


def _check_template(written: Any, where: str) -> Iterator[Problem]:
    """That it is not a template: whoever sends the data would say what the model may do."""
    if isinstance(written, str) and templates.is_template(written):
        message = "Write it out: by a template, data would say what a model may do. Values stand in `params`."
        yield Problem(where, "untrusted_tools", message)


def _check_part(part: Json, where: str) -> Iterator[Problem]:
    action_type = action_types.find(part["type"])
    params = part.get("params", {})
    if action_type is None:
        guess = validation.did_you_mean(part["type"], action_types.keys())
        message = f"There is no action type {part['type'][:100]!r}.{guess}"
        yield Problem(f"{where}/type", "unknown_action_type", message)
        return
    if not action_type.can_be_tool:
        message = f"{action_type.key} cannot be a tool: it only means something as an action of the workflow."
        yield Problem(f"{where}/type", "no_tool", message)
        return
    if not isinstance(params, dict):
        return
    if action_type.effects_of(params) is Effects.ONCE and part.get("allow_once") is not True:
        message = (
            f"What {action_type.key} does cannot be taken back, and cannot be repeated safely after a crash. "
            "Set allow_once to true if a model may decide about it."
        )
        yield Problem(f"{where}/allow_once", "once_not_allowed", message)
    yield from _check_fill(action_type, params, part.get("fill"), f"{where}/fill")
    yield from _check_params(action_type, params, f"{where}/params")


def _check_fill(action_type: ActionType[Any], params: Json, fill: Any, where: str) -> Iterator[Problem]:
    """That the parameters which the model is to give exist, and are its to give."""
    names, closed = _names(action_type), _closed(action_type, params)
    for index, name in enumerate(fill if isinstance(fill, list) else ()):
        if not isinstance(name, str):
            continue
        if name in closed:
            message = f"{name!r} is fixed here, or a model may not choose it; take it out."
            yield Problem(pointers.join(where, index), "guarded_parameter", message)
        elif name not in names:
            message = f"{action_type.key} has no parameter {name[:100]!r}.{validation.did_you_mean(name, names)}"
            yield Problem(pointers.join(where, index), "unknown_parameter", message)


def _check_params(action_type: ActionType[Any], params: Json, where: str) -> Iterator[Problem]:
    """The fixed parameters, and those that have to be fixed because the model may not give them."""
    closed = _closed(action_type, params)
    required = {each.alias or name for name, each in _fields(action_type) if each.is_required()}
    templated = checking.templated_defaults(action_type)
    for name in sorted((closed & (required | templated.keys())) - params.keys()):
        message = f"A model may not choose {name!r}; give it here, as a fixed parameter."
        yield Problem(pointers.join(where, name), "missing_parameter", message)
    for problem in checking.check_params(action_type, params, path=where):
        if problem.code != "missing_parameter" and problem.path != where:  # what is missing, the model gives
            yield problem


def _closed(action_type: ActionType[Any], params: Mapping[str, Any]) -> frozenset[str]:
    """The parameters that the model does not fill in: those that are fixed, and those that decide who gets what."""
    closed = {*action_type.connection_params, *checking.templated_defaults(action_type)}
    closed |= {field.alias or name for name, field in _fields(action_type) if params.keys() & _spellings(name, field)}
    if MAY_NAME_HOSTS in _names(action_type):
        closed |= {MAY_NAME_HOSTS, "headers"} | (set() if params.get(MAY_NAME_HOSTS) is True else {"url"})
    return frozenset(closed)


def _spellings(name: str, field: FieldInfo) -> set[str]:
    """All names that a parameter may be given by: what is fixed by one of them must not be open by another."""
    other = field.validation_alias
    more = other.choices if isinstance(other, AliasChoices) else [other]
    return {name, field.alias or name, *(each for each in more if isinstance(each, str))}


def _fields(action_type: ActionType[Any]) -> list[tuple[str, FieldInfo]]:
    return list(action_type.params_model.model_fields.items())


def _names(action_type: ActionType[Any]) -> list[str]:
    return [field.alias or name for name, field in _fields(action_type)]
