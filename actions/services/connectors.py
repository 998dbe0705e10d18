"""Keep the connectors of a workspace."""

from collections.abc import Mapping
from typing import Any

from django.db import IntegrityError, transaction

from actions.connectors import stored
from actions.models import Connector
from core import tenancy
from core.errors import ConflictError, InvalidError, NotFoundError, Problem
from core.ids import new_id
from core.preconditions import Expected, check
from core.services import audit

MAX_CONNECTORS = 100  # of a workspace


def find(name: str) -> Connector:
    """The connector of this name. Raises `NotFoundError`."""
    row = Connector.objects.filter(name=name).first()
    if row is None:
        raise NotFoundError(f"There is no connector {name[:64]!r} in this workspace.")
    return row


def create(document: Mapping[str, Any], *, by: str = "") -> Connector:
    """Store a new connector of the workspace in scope.

    Raises `InvalidError` with every problem, and `ConflictError` for a taken name, or one too many.
    """
    parsed = stored.parse(document)
    if Connector.objects.count() >= MAX_CONNECTORS:
        raise ConflictError(f"A workspace has at most {MAX_CONNECTORS} connectors; delete one that is not used.")
    row = Connector(id=new_id(), workspace_id=tenancy.current_workspace_id(), name=parsed.name, document=dict(document))
    try:
        with transaction.atomic():
            row.save(force_insert=True)
            row.refresh_from_db()  # JSONB has an order of its own, which is what is seen from now on
            _audit("created", row, by=by, after=_said(row))
    except IntegrityError:
        raise ConflictError(f"There is a connector {parsed.name!r} already.") from None
    return row


@transaction.atomic
def put(
    name: str, document: Mapping[str, Any], *, by: str = "", expected: Expected | None = None
) -> tuple[Connector, bool]:
    """Store a connector, or replace what is stored under its name; returns it and whether it is new.

    Safe to repeat: what says the same changes nothing. Raises as `create` does, and `PreconditionFailedError` when it
    is not as expected (`state`).
    """
    parsed = stored.parse(document)
    if parsed.name != name:
        problem = Problem("/name", "invalid", f"It is stored as {name[:64]!r}; a connector keeps its name.")
        raise InvalidError("The connector was not stored.", problems=[problem])
    row = Connector.objects.select_for_update().filter(name=name).first()
    check(expected, state(row) if row else None, at=row.updated_at if row else None)
    if row is None:
        return create(document, by=by), True
    if row.document != dict(document):
        before = _said(row)
        row.document, row.version = dict(document), row.version + 1
        row.save(update_fields=["document", "version", "updated_at"])
        row.refresh_from_db()
        _audit("changed", row, by=by, before=before, after=_said(row))
    return row, False


def state(row: Connector) -> str:
    """The state of a connector, as its `ETag` begins with it."""
    return f"v{row.version}"


@transaction.atomic
def delete(name: str, *, by: str = "", expected: Expected | None = None) -> None:
    """Forget a connector; workflows that use it fail from then on. Raises `NotFoundError`, and
    `PreconditionFailedError` when it is not as expected (`state`).
    """
    row = Connector.objects.select_for_update().filter(name=name).first() or find(name)
    check(expected, state(row), at=row.updated_at)
    _audit("deleted", row, by=by, before=_said(row))
    row.delete()


def _said(row: Connector) -> dict[str, Any]:
    return {"name": row.name, "version": row.version, "document": audit.shown(row.document)}


def _audit(what: str, row: Connector, *, by: str, **values: Any) -> None:
    audit.record(f"connector.{what}", by=by, target="connector", target_id=row.pk, **values)
