"""The road up: who knows what may stand in columns of a workspace that this app only keeps, and what is used of it.

The apps above fill it when they are ready; this app imports none of them.
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

FlowCheck = Callable[[object, Collection[str]], list[str]]
"""A sentence for everything that cannot stand in `Workspace.flow`, of a workspace with these variables."""

_flow_checks: list[FlowCheck] = []


def connect_flow(check: FlowCheck) -> None:
    """Let `check` say what may stand in `Workspace.flow`; the last one connected holds."""
    _flow_checks[:] = [check]


def flow_problems(written: object, *, variables: Collection[str]) -> list[str]:
    """What the one that is connected says; nothing where nobody is."""
    return _flow_checks[0](written, variables) if _flow_checks else []


Count = Callable[[datetime], int]
"""How much the workspace in scope has used of something at this instant."""

_counts: dict[str, Count] = {}


def connect_count(name: str, count: Count) -> None:
    """Let `count` say how much is used of the limit `name`; the last one connected holds."""
    _counts[name] = count


def used(name: str, *, now: datetime) -> int | None:
    """How much of the limit the workspace in scope has used; None where nobody counts it."""
    count = _counts.get(name)
    return None if count is None else count(now)


SecretUsers = Callable[[str], Sequence["SecretUse"]]
"""What of the workspace in scope reads the secret of this name."""


@dataclass(frozen=True, slots=True)
class SecretUse:
    """A workflow that reads a secret, in its draft or, unless it is archived, in the version that is active."""

    workflow: str
    is_active: bool


_secret_users: list[SecretUsers] = []


def connect_secret_users(users: SecretUsers) -> None:
    """Let `users` say who reads a secret; the last one connected holds."""
    _secret_users[:] = [users]


def users_of_secret(name: str) -> list[SecretUse]:
    """Everything that reads the secret of this name."""
    return [found for users in _secret_users for found in users(name)]
