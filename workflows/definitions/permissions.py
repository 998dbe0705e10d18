"""What an action may use in its workspace: its type, by the role of who publishes, and connections that it names."""

from collections.abc import Iterator, Mapping
from typing import Any

from actions.base import ActionType
from actions.registry import action_types
from core import action_roles, validation
from core.errors import Problem
from core.expressions import templates
from workflows.definitions.references import Known


def check(action_type: ActionType[Any], params: Mapping[str, Any], *, path: str, known: Known) -> Iterator[Problem]:
    """Every problem of an action at `path`: not_permitted, unknown_connection, wrong_connection; also of those that it
    performs itself.

    Nothing is known of a name that is a template: the run tells.
    """
    if refusal := action_roles.refusal(known.action_roles, action_type.key, known.role):
        yield Problem(path, "not_permitted", f"{refusal[:1].upper()}{refusal[1:]}. An admin decides that.")
    for parameter, kinds in action_type.connection_params.items():
        name = params.get(parameter)
        if isinstance(name, str) and name and not templates.is_template(name):
            yield from check_connection(name, kinds, path=f"{path}/params/{parameter}", known=known)
    for inner in action_type.performs(params):
        if (found := action_types.find(inner.type)) is not None:
            yield from check(found, inner.params, path=f"{path}/params{inner.path}", known=known)


def check_connection(name: str, kinds: frozenset[str], *, path: str, known: Known) -> Iterator[Problem]:
    """What keeps the connection of this name from being used where one of `kinds` is: the codes of `check`."""
    if known.connections is None:
        return
    have, wanted = known.connections(), ", ".join(sorted(kinds))
    found = have.get(name)
    if found is None:
        fitting = [each for each, facts in have.items() if facts.kind in kinds]
        guess = validation.did_you_mean(name, fitting)
        guess = guess or (f" There are {', '.join(sorted(fitting)[:10])}." if fitting else f" It has none of {wanted}.")
        yield Problem(path, "unknown_connection", f"The workspace has no connection {name[:100]!r}.{guess}")
    elif found.kind not in kinds:
        fitting = [each for each, facts in have.items() if facts.kind in kinds]
        guess = f" There are {', '.join(sorted(fitting)[:10])}." if fitting else ""
        message = f"The connection {name!r} is of the kind {found.kind}; here one of {wanted} is used.{guess}"
        yield Problem(path, "wrong_connection", message)
    elif not known.role.includes(found.role):
        message = (
            f"The connection {name!r} is for the role {found.role.value}; that of this workflow is {known.role.value}."
        )
        yield Problem(path, "not_permitted", message)
