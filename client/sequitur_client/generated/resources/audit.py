"""`client.audit`. Written by `make client` from docs/openapi.json: do not edit."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any
from uuid import UUID

from sequitur_client import binding
from sequitur_client.calls import Call, Form, filled
from sequitur_client.generated import models as m


def audit_export(
    *,
    action: str | None = None,
    actor: str | None = None,
    since: dt.datetime | None = None,
    target: str | None = None,
    target_id: UUID | None = None,
    until: dt.datetime | None = None,
) -> Call[Iterator[Any]]:
    """The entries as JSON Lines, the oldest first, with all that proves the chain without this server.

    action: What was done, such as `workflow.paused`
    actor: Who did it, such as `key sq_ab12cd34`, `user ann` or `sequitur`
    since: Written at this time or later; ISO 8601
    target: The kind of row, such as `workflow`
    target_id: The id of the row
    until: Written before this time
    """
    return Call(
        operation="audit_export",
        method="GET",
        path=filled("/api/v1/monitoring/audit/export/"),
        answers={200: str},
        query={
            "action": action,
            "actor": actor,
            "since": since,
            "target": target,
            "target_id": target_id,
            "until": until,
        },
        form=Form.LINES,
    )


def audit_list(
    *,
    action: str | None = None,
    actor: str | None = None,
    cursor: str | None = None,
    limit: int | None = None,
    since: dt.datetime | None = None,
    target: str | None = None,
    target_id: UUID | None = None,
    until: dt.datetime | None = None,
) -> Call[m.AuditPage]:
    """The newest entries of the audit trail first.

    action: What was done, such as `workflow.paused`
    actor: Who did it, such as `key sq_ab12cd34`, `user ann` or `sequitur`
    cursor: From `next` or `previous` of another page
    limit: Rows of a page
    since: Written at this time or later; ISO 8601
    target: The kind of row, such as `workflow`
    target_id: The id of the row
    until: Written before this time
    """
    return Call(
        operation="audit_list",
        method="GET",
        path=filled("/api/v1/monitoring/audit/"),
        answers={200: m.AuditPage},
        query={
            "action": action,
            "actor": actor,
            "cursor": cursor,
            "limit": limit,
            "since": since,
            "target": target,
            "target_id": target_id,
            "until": until,
        },
    )


class Audit(binding.Resource):
    """What can be done with audit."""

    export = binding.streamed(audit_export)
    list = binding.paged(audit_list)


class AsyncAudit(binding.AsyncResource):
    """Calls that are awaited."""

    export = binding.awaited_stream(audit_export)
    list = binding.awaited_pages(audit_list)
