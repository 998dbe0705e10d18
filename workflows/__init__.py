"""What is to be done, and how far is it? For programs around Sequitur: `workflows.emit`."""

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from uuid import UUID

    from core.models import Workspace


def emit(
    type: str,  # noqa: A002  the names that these have in an event
    data: "Mapping[str, Any] | None" = None,
    *,
    workspace: "Workspace | UUID | str | None" = None,
    id: str = "",  # noqa: A002
    source: str = "",
    subject: str = "",
    time: datetime | None = None,
) -> str:
    """Say that something happened; answers the event's id.

        import workflows

        with transaction.atomic():
            order.pay()
            workflows.emit("order.paid", {"order": {"id": order.pk, "total": order.total}}, workspace="acme")

    The event is stored in the transaction of the caller, so it happened if and only if that is committed. `workspace`
    is one, its id or its slug (default: the one in `tenancy.scope`). The same `id` of a `source` (default: the
    workspace's slug) is accepted once. Dates, decimals and UUIDs in the data become text.

    Raises `core.errors.InvalidError` with all problems for what could not be sent over HTTP either.
    """
    from triggers.services import emitting  # when Django is ready

    accepted = emitting.emit(type, data, workspace=workspace, id=id, source=source, subject=subject, time=time)
    return accepted.event.event_id
