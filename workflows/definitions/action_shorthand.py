"""Shorthand of actions, nested ones included, to the canonical form. What it does not understand stays as it stands.

1. What the type reads as it is written (`actions` of a loop, `branches` of a `parallel`, `cases` of a switch) may stand
   on the action itself; it goes into the parameters.
2. `for_each` may be the list, or the template of one; it becomes `{items: ...}`. For types that require it, its parts
   may stand on the action or among the parameters too, and `for_each` itself among the parameters.
3. One need may stand without its list.
4. Lists of conditions become `and`, in `if` and where the type reads conditions.
5. Retries may be written as in other products: `maxRetries` counts those after the first try.
6. Actions without an id get one: the type, numbered from the second on.
"""

from collections.abc import Callable
from typing import Any

from actions.base import ActionType
from core import pointers
from core.expressions import conditions
from workflows.definitions import notification_shorthand, outline
from workflows.definitions.document import ActionPart, ForEach
from workflows.definitions.naming import Namer, identifier
from workflows.types.base import ControlType

Json = dict[str, Any]

_FIELDS = frozenset(field.alias or name for name, field in ActionPart.model_fields.items())
_NULL_IS_ABSENT = ("if", "needs", "for_each", "retry", "run_at", "undo", "notifications")


def normalise(actions: list[Any]) -> list[Any]:
    """The canonical form of a list of actions. Normalising it again changes nothing."""
    written_out = _each(actions, _written_out, depth=0)
    namer = Namer(place.part["id"] for place in outline.build(written_out).places if _has_id(place.part))

    def named(part: Json) -> Json:
        if "id" in part or not isinstance(part.get("type"), str):
            return part
        return {"id": namer.name(identifier(part["type"])), **part}

    return _each(written_out, named, depth=0)


def normalise_retry(written: Any) -> Any:
    """A retry policy, with `maxRetries` and `backoffStrategy` as ours (5)."""
    if not isinstance(written, dict):
        return written
    result = dict(written)
    for theirs in ("maxRetries", "max_retries"):
        if "max_attempts" not in result and isinstance(result.get(theirs), int) and result[theirs] is not True:
            result["max_attempts"] = result.pop(theirs) + 1
    if "backoff" not in result and "backoffStrategy" in result:
        result["backoff"] = result.pop("backoffStrategy")
    return result


def _has_id(part: Json) -> bool:
    return isinstance(part.get("id"), str)


def _each(actions: list[Any], change: Callable[[Json], Json], *, depth: int) -> list[Any]:
    """The actions changed, and then those in their bodies, as deep as bodies are read."""
    return [_changed(change(part), change, depth=depth) if isinstance(part, dict) else part for part in actions]


def _changed(part: Json, change: Callable[[Json], Json], *, depth: int) -> Json:
    if depth == outline.MAX_DEPTH:
        return part
    bodies = {
        pointer: _each(actions, change, depth=depth + 1)
        for pointer, actions in outline.bodies_of(part).items()
        if isinstance(actions, list)
    }
    return {**part, "params": pointers.replaced(part["params"], bodies)} if bodies else part


def _written_out(part: Json) -> Json:
    result = {key: value for key, value in part.items() if value is not None or key not in _NULL_IS_ABSENT}
    action_type = outline.type_of(result)
    if isinstance(result.get("params", {}), dict):
        _move_into_params(result, action_type)
        if isinstance(action_type, ControlType) and action_type.requires_for_each:
            _gather_for_each(result)
        _normalise_conditions(result, action_type)
    if isinstance(result.get("for_each"), str | list):
        result["for_each"] = {"items": result["for_each"]}
    if isinstance(result.get("needs"), str):
        result["needs"] = [result["needs"]]
    if "if" in result:
        result["if"] = conditions.normalise(result["if"])
    if "retry" in result:
        result["retry"] = normalise_retry(result["retry"])
    if isinstance(result.get("undo"), dict) and "retry" in result["undo"]:
        result["undo"] = {**result["undo"], "retry": normalise_retry(result["undo"]["retry"])}
    return notification_shorthand.normalise(result)


def _move_into_params(part: Json, action_type: ActionType[Any] | None) -> None:
    """(1)"""
    names = action_type.as_written - _FIELDS if action_type else frozenset[str]()
    params = part.get("params", {})
    moved = {name: part.pop(name) for name in sorted(names) if name in part and name not in params}
    if moved:
        part["params"] = {**params, **moved}


def _gather_for_each(part: Json) -> None:
    """(2) What is written twice stays, for the check to refuse."""
    params = dict(part.get("params", {}))
    if "for_each" not in part and params.get("for_each") is not None:
        part["for_each"] = params.pop("for_each")
    written = part.get("for_each", {})
    gathered = {"items": written} if isinstance(written, str | list) else written
    if isinstance(gathered, dict):
        gathered = dict(gathered)
        for source in (part, params):
            for name in ForEach.model_fields:
                if name in source and name not in gathered:
                    gathered[name] = source.pop(name)
        if gathered:
            part["for_each"] = gathered
    if "params" in part:
        part["params"] = params


def _normalise_conditions(part: Json, action_type: ActionType[Any] | None) -> None:
    """(4)"""
    params = part.get("params", {})
    found = action_type.conditions(params) if action_type else {}
    if found:
        normalised = {pointer: conditions.normalise(document) for pointer, document in found.items()}
        part["params"] = pointers.replaced(params, normalised)
