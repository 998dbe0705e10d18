"""JSON merge patches of definitions. Source of the algorithm: RFC 7396, section 2."""

from collections.abc import Mapping
from typing import Any

from core.errors import InvalidError, Problem

Json = dict[str, Any]

_TRIGGER_WORDS = ("trigger", "event_type")  # shorthand for `triggers`, which a draft in canonical form has


def merged(draft: Mapping[str, Any], patch: Mapping[str, Any]) -> Json:
    """The draft with what the patch says: its values replace those of the draft, null takes one away, objects are
    merged, lists are replaced as a whole. A trigger in shorthand stands for all triggers.

    Raises `InvalidError` for a patch that draws nodes: a drawing says all, and is sent as a whole.
    """
    if "nodes" in patch or "edges" in patch:
        message = "A drawing replaces the whole definition: send it by PUT."
        raise InvalidError(message, problems=[Problem("/definition/nodes", "unsupported", message)])
    found: Json = apply(dict(draft), patch)
    if any(patch.get(word) is not None for word in _TRIGGER_WORDS) and "triggers" not in patch:
        found.pop("triggers", None)
    return found


def apply(target: Any, patch: Any) -> Any:
    """The target with the patch applied; neither is changed."""
    if not isinstance(patch, Mapping):
        return patch
    found = dict(target) if isinstance(target, Mapping) else {}
    for key, value in patch.items():
        if value is None:
            found.pop(key, None)
        else:
            found[key] = apply(found.get(key), value)
    return found
