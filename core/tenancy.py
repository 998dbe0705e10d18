"""The workspace that the running code acts for. Rows of tenants can only be queried inside a scope.

    with tenancy.scope(workspace_id):
        Workflow.objects.filter(status="active")     # of this workspace, and of no other

Outside a scope every query on a scoped model raises `NoScopeError`: forgetting the workspace is an error that a test
meets, never a leak. `unscoped()` is for code that serves all workspaces (authentication, sweeps, the operators' admin)
and takes the reason.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Final, Generic, TypeVar
from uuid import UUID

from django.db import models


class NoScopeError(RuntimeError):
    """Rows of a workspace were asked for outside `tenancy.scope(...)`."""


class Everything:
    """The scope of code that serves all workspaces."""


_EVERYTHING: Final = Everything()
_current: ContextVar[UUID | Everything | None] = ContextVar("workspace", default=None)

M = TypeVar("M", bound=models.Model)


@contextmanager
def scope(workspace_id: UUID) -> Iterator[None]:
    """Act for one workspace: queries inside see its rows only. Scopes nest; the inner one holds."""
    token = _current.set(workspace_id)
    try:
        yield
    finally:
        _current.reset(token)


@contextmanager
def unscoped(reason: str) -> Iterator[None]:
    """See all workspaces. `reason` says to the reader why that is right here."""
    if not reason:
        raise ValueError("say why all workspaces may be seen here")
    token = _current.set(_EVERYTHING)
    try:
        yield
    finally:
        _current.reset(token)


def current_workspace_id() -> UUID:
    """The workspace of the innermost scope. Raises `NoScopeError` outside a scope and in an unscoped part."""
    current = _current.get()
    if not isinstance(current, UUID):
        raise NoScopeError("no workspace is in scope here: wrap the call in tenancy.scope(workspace_id)")
    return current


def reach() -> "UUID | Everything | None":
    """Whose rows the running code may see: of one workspace, of all, or, outside a scope, of none."""
    return _current.get()


class ScopedManager(models.Manager[M], Generic[M]):
    """The default manager of every model with a workspace: starts each query from the scope."""

    def get_queryset(self) -> models.QuerySet[M]:
        current = _current.get()
        if current is None:
            raise NoScopeError(f"{self.model.__name__} rows were queried outside tenancy.scope(workspace_id)")
        rows = super().get_queryset()
        return rows if isinstance(current, Everything) else rows.filter(workspace_id=current)
