"""Open connections for the actions that name them: who may, which one is meant, and that its credentials are fresh."""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db.models import Q
from django.db.models.functions import Now
from django.utils import timezone

from actions.base import ActionFailedError
from actions.connections.base import Opened
from actions.models import Connection
from actions.services import renewing, sealing
from core import validation
from core.models import Role

USED_PRECISION = timedelta(minutes=1)  # how exact `last_used_at` is: not every action writes the row


@dataclass(frozen=True, slots=True)
class Opener:
    """The connections of the workspace in scope, for one try of an action.

    `learn` is told every secret value. `role` is that of who published the workflow. `timeout_seconds` bounds what is
    waited for new credentials.
    """

    learn: Callable[[Collection[str]], None]
    role: Role = Role.ADMIN
    timeout_seconds: float = 30

    def open(self, name: str | None, *, kinds: frozenset[str]) -> Opened[Any, Any]:
        """See `actions.connections.base.Connections`."""
        row = _named(name, kinds=kinds) if name else _only(kinds)
        if not self.role.includes(Role(row.role)):
            text = f"the connection {row.name!r} is for the role {row.role}; that of this workflow is {self.role.value}"
            raise ActionFailedError("connection_not_permitted", text, is_retryable=False)
        row = renewing.fresh(row, learn=self.learn, timeout_seconds=self.timeout_seconds)
        _mark_used(row)
        return sealing.opened(row)


def _named(name: str, *, kinds: frozenset[str]) -> Connection:
    row = Connection.objects.filter(name=name).first()
    if row is None:
        guess = validation.did_you_mean(name, Connection.objects.values_list("name", flat=True))
        text = f"the workspace has no connection {name[:100]!r}.{guess}"
        raise ActionFailedError("unknown_connection", text, is_retryable=False)
    if row.kind not in kinds:
        text = f"the connection {row.name!r} is of the kind {row.kind}; this action takes {', '.join(sorted(kinds))}"
        raise ActionFailedError("wrong_connection", text, is_retryable=False)
    return row


def _only(kinds: frozenset[str]) -> Connection:
    found = list(Connection.objects.filter(kind__in=kinds)[:2])
    if len(found) == 1:
        return found[0]
    wanted = " or ".join(sorted(kinds))
    text = (
        f"the workspace has several connections of the kind {wanted}; say which in `connection`"
        if found
        else f"the workspace has no connection of the kind {wanted}; an admin adds one under connections"
    )
    raise ActionFailedError("unknown_connection", text, is_retryable=False)


def _mark_used(row: Connection) -> None:
    stale = Q(last_used_at=None) | Q(last_used_at__lt=Now() - USED_PRECISION)
    if row.last_used_at is None or row.last_used_at < timezone.now() - USED_PRECISION:
        Connection.objects.filter(stale, pk=row.pk).update(last_used_at=Now())
