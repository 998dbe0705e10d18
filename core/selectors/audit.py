"""Read the audit trail, all of it if need be."""

from collections.abc import Iterator, Mapping
from typing import Any

from django.db.models import Max

from core import audit_lines, tenancy
from core.models import AuditEntry, Workspace
from core.services import audit

BATCH = 1000


def exported(workspace: Workspace, filters: Mapping[str, Any]) -> Iterator[str]:
    """The entries for which all of that holds as JSON Lines, the oldest first, up to the newest when it begins.

    Holds one batch at a time in memory, and no cursor or transaction while whoever reads it is slow. Needs no scope:
    it opens one for each batch, and none stays open between two lines.
    """
    with tenancy.scope(workspace.pk):
        end = AuditEntry.objects.aggregate(end=Max("seq"))["end"] or 0
    last = 0
    while last < end:
        with tenancy.scope(workspace.pk):
            rows = AuditEntry.objects.filter(**filters, seq__gt=last, seq__lte=end).order_by("seq")
            batch = list(rows[:BATCH])
        yield from map(_line, batch)
        if len(batch) < BATCH:
            return
        last = batch[-1].seq or end


def _line(row: AuditEntry) -> str:
    return audit_lines.line(audit.said(row), {name: getattr(row, name) for name in audit_lines.SEALS})
