"""Write down who changed what. To be called in the transaction of the change: what is rolled back was never done."""

import json
from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

import structlog
from django.db import connection
from django.utils import timezone

from core import callers, chaining, tenancy
from core.models import AuditEntry
from core.redaction import Redactor, shortening

ITSELF = "sequitur"  # the actor of what nobody asked for
FIELDS = (
    "id", "workspace_id", "at", "actor", "action", "target", "target_id", "reason", "before", "after", "request_id",
)  # fmt: skip
MAX_ACTOR, MAX_REASON, MAX_ADDRESS = 200, 2000, 45
MAX_SHOWN_BYTES = 8 * 1024


def record(
    action: str,
    *,
    by: str,
    target: str,
    target_id: UUID | None = None,
    reason: str = "",
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
) -> AuditEntry:
    """Add an entry to the workspace in scope. `action` is `<target>.<what happened>`: `run.cancelled`.

    No secrets in `before` and `after`: everybody in the workspace may read them. Without `by` it was `sequitur` itself.

    Concurrency: nothing is locked here. The database numbers and chains the entry when the transaction commits, after
    every other lock, under an advisory lock of the workspace: transactions that audit commit one after the other there,
    and no two can wait for each other, as long as each writes entries of one workspace.
    """
    entry = AuditEntry(
        workspace_id=tenancy.current_workspace_id(),
        at=timezone.now(),
        actor=(by or ITSELF)[:MAX_ACTOR],
        action=action,
        target=target,
        target_id=target_id,
        reason=reason[:MAX_REASON],
        before=_plain(before),
        after=_plain(after),
        request_id=structlog.contextvars.get_contextvars().get("request_id", ""),
        address=callers.current_address()[:MAX_ADDRESS],
    )
    entry.digest = digest(entry)
    entry.save(force_insert=True)
    return entry


def seal(workspace_ids: Iterable[UUID]) -> None:
    """Number and chain what this transaction has written so far: for one that writes entries of several workspaces, as
    the last thing that it does. It is the only way to write those.

    Concurrency: the trails are locked in the order of their ids, so that two such transactions never wait for each
    other. All rows are in sight, since the database numbers each entry by those of its own workspace.
    """
    with tenancy.unscoped("entries of several workspaces are numbered"), connection.cursor() as cursor:
        for each in sorted(map(str, workspace_ids)):
            cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended('core_auditentry ' || %s, 0))", [each])
        cursor.execute("SET CONSTRAINTS audit_is_sealed IMMEDIATE")
        cursor.execute("SET CONSTRAINTS audit_is_sealed DEFERRED")


def shown(values: Mapping[str, Any]) -> dict[str, Any]:
    """Values that people wrote, for `before` and `after`: without what looks secret, at most 8 KiB of them.

    Values are cut, the largest first, before a name is left out: which column was changed is seen as long as their
    names alone are not too long.
    """
    cleaned: dict[str, Any] = Redactor().clean(dict(values))
    if shortening.size_bytes(cleaned) <= MAX_SHOWN_BYTES:
        return cleaned
    left = MAX_SHOWN_BYTES - shortening.size_bytes(dict.fromkeys(cleaned, 0))
    cut = {}
    for number, name in enumerate(sorted(cleaned, key=lambda name: shortening.size_bytes(cleaned[name]))):
        cut[name] = shortening.shorten(cleaned[name], max_bytes=left // (len(cleaned) - number))
        left -= shortening.size_bytes(cut[name])
    found: dict[str, Any] = shortening.shorten({name: cut[name] for name in cleaned}, max_bytes=MAX_SHOWN_BYTES)
    return found


def digest(entry: AuditEntry) -> str:
    """What the entry says, as a hash.

    The address is a part of it where there is one: entries from before there were addresses keep their digest, and none
    can be given one, or lose it, without the digest telling.
    """
    return chaining.digest(said(entry))


def said(entry: AuditEntry) -> dict[str, Any]:
    """The fields that the digest is made of, by name."""
    address = {"address": entry.address} if entry.address else {}
    return {name: getattr(entry, name) for name in FIELDS} | address


def _plain(values: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """As JSON will give it back: what it has no word for, such as an instant, is text."""
    found: dict[str, Any] | None = None if values is None else json.loads(json.dumps(dict(values), default=str))
    return found
