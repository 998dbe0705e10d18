"""Which role may use which action types in a workspace, as its admins wrote it into `Workspace.action_roles`.

A type that is not written there may be used by whoever may publish. The types themselves are those of `actions`, which
says here, when Django is ready, what they are called: this app knows none.
"""

from collections.abc import Callable, Collection, Mapping
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from core import pointers
from core.errors import Problem
from core.suggestions import closest

if TYPE_CHECKING:
    from core.models import Role

NOBODY = "nobody"


class Allowed(StrEnum):
    """Who may use an action type: the least role, or nobody."""

    VIEWER = "viewer"
    OPERATOR = "operator"
    EDITOR = "editor"
    ADMIN = "admin"
    NOBODY = "nobody"


_keys: list[Callable[[], Mapping[str, str]]] = []


def connect(keys: Callable[[], Mapping[str, str]]) -> None:
    """Let `keys` say what action types there are: the key of each by its names. The last one connected holds."""
    _keys[:] = [keys]


def problems(written: object) -> list[Problem]:
    """What cannot stand in `Workspace.action_roles`, each at its place; nothing for what can."""
    if not isinstance(written, dict):
        return [Problem("", "invalid", 'Expected a JSON object such as {"http_request": "admin"}.')]
    known = _known()
    found = []
    for name, role in written.items():
        where = pointers.join("", name)
        if name not in known:
            found.append(Problem(where, "unknown_action_type", _unknown(str(name), known)))
        if not isinstance(role, str) or role not in list(Allowed):
            words = ", ".join(Allowed)
            message = f"{str(name)[:100]!r} is for a role, one of {words}; got {str(role)[:40]!r}."
            found.append(Problem(where, "invalid", message))
    return found


def canonical(written: Mapping[str, str]) -> dict[str, str]:
    """The same by the keys of the action types instead of their other names; of two for one type, the stricter."""
    known, order, found = _known(), list(Allowed), dict[str, str]()
    for name, role in written.items():
        key = known.get(name, name)
        found[key] = max(role, found.get(key, role), key=lambda each: order.index(Allowed(each)))
    return found


def refusal(written: Mapping[str, Any], key: str, role: "Role") -> str:
    """Why workflows of somebody with this role may not use the action type; "" when they may."""
    allowed = written.get(key)
    if allowed is None:
        return ""
    if allowed == NOBODY or allowed not in list(Allowed):
        return f"nobody may use actions of type {key!r} in this workspace"
    if role.includes(type(role)(allowed)):
        return ""
    return (
        f"actions of type {key!r} are for the role {allowed} in this workspace; that of this workflow is {role.value}"
    )


def _known() -> Mapping[str, str]:
    return _keys[0]() if _keys else {}


def _unknown(name: str, known: Collection[str]) -> str:
    meant = closest(name, known)
    return f"There is no action type {name[:100]!r}.{f' Did you mean {meant!r}?' if meant else ''}"
