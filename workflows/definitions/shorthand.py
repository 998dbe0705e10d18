"""Shorthand of people to the canonical form. Tolerant: what it does not understand is left as it stands, for the check.

1. `trigger: {...}`, `trigger: lead.created` and a top-level `event_type` become `triggers: [...]`.
2. `event_type` of a trigger becomes its `type`.
3. Triggers and actions without an `id` get one: `t1`, `t2`; the action's type, numbered from the second on.
4. Lists of conditions become `and`; filters with plain values become `eq` (see `core.expressions`).
"""

from collections.abc import Mapping
from itertools import count
from typing import Any

from core.expressions import conditions

Json = dict[str, Any]

MAX_NAMED = 1000  # far more than the check accepts; naming them takes time that grows with the square


def normalise(document: Mapping[str, Any]) -> Json:
    """The canonical form. Normalising it again changes nothing."""
    result = dict(document)
    if isinstance(triggers := _triggers(result), list) and len(triggers) <= MAX_NAMED:
        taken = _ids(triggers)
        result["triggers"] = [
            _trigger(item, _free_id(f"t{number}", taken)) for number, item in enumerate(triggers, start=1)
        ]
    if result.get("conditions") is not None:
        result["conditions"] = conditions.normalise(result["conditions"])
    elif "conditions" in result:
        del result["conditions"]
    if isinstance(actions := result.get("actions"), list) and len(actions) <= MAX_NAMED:
        result["actions"] = _with_ids(actions)
    return result


def _triggers(document: Json) -> Any:
    """Take the triggers out of `document`, however they are written (1)."""
    if "triggers" in document:
        return document["triggers"]
    if "trigger" in document:
        return [document.pop("trigger")]
    if "event_type" in document:
        return [{"type": document.pop("event_type")}]
    return None


def _trigger(item: Any, default_id: str) -> Any:
    if isinstance(item, str):
        item = {"type": item}
    if not isinstance(item, dict):
        return item
    result = {"id": default_id, **item}
    if "event_type" in result and "type" not in result:
        result["type"] = result.pop("event_type")  # 2
    if isinstance(result.get("filters"), dict):
        result["filters"] = conditions.normalise_filters(result["filters"])
    if result.get("conditions") is not None:
        result["conditions"] = conditions.normalise(result["conditions"])
    else:
        result.pop("conditions", None)
    return result


def _with_ids(actions: list[Any]) -> list[Any]:
    taken = _ids(actions)
    result = []
    for item in actions:
        if isinstance(item, dict) and "id" not in item and isinstance(item.get("type"), str):
            key = _free_id(_identifier(item["type"]), taken)
            taken.add(key)
            item = {"id": key, **item}  # noqa: PLW2901
        result.append(item)
    return result


def _ids(items: list[Any]) -> set[str]:
    return {item["id"] for item in items if isinstance(item, dict) and isinstance(item.get("id"), str)}


def _identifier(text: str) -> str:
    letters = "".join(character if character.isascii() and character.isalnum() else "_" for character in text)[:80]
    return letters if letters[:1].isalpha() else f"action_{letters}"


def _free_id(base: str, taken: set[str]) -> str:
    if base not in taken:
        return base
    return next(key for number in count(2) if (key := f"{base}_{number}") not in taken)
