"""Read events."""

from datetime import datetime
from uuid import UUID

from django.db.models import Q

from core.errors import NotFoundError
from core.ids import uuid_or_none
from core.searching import LOOKED_THROUGH, Search, period
from triggers.engine import patterns
from triggers.models import Event


def listed(
    *,
    type: str | None = None,  # noqa: A002  the names of the API's filters
    id: str | None = None,  # noqa: A002
    source: str | None = None,
    subject: str | None = None,
    sent_by_run: UUID | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
    matched: bool | None = None,
) -> Search[Event]:
    """The events of the workspace in scope for which all that is given holds, without their data.

    `type` may be a pattern. `since` (included) and `until` (not included) are about `received_at`. Runs, sender's ids,
    subjects and types have an index each, of which one serves; for the rest, events are looked through.
    """
    by_id, wanted = period("received_at", since, until)
    rows = Event.objects.defer("data", "request", "extensions", "warnings").filter(by_id)
    is_name = type is not None and not patterns.is_wild(type)
    found: dict[str, str | UUID | None] = {
        "cause_run": sent_by_run,
        "event_id": id,
        "subject": subject or None,
        "type": type if is_name else None,
    }
    served = next(({column: value} for column, value in found.items() if value is not None), {})
    same = {**found, "source": source, "subject": subject}
    wanted &= Q(**{column: value for column, value in same.items() if value is not None and column not in served})
    if type is not None and not is_name:
        wanted &= Q(type__regex=patterns.regex(type))
    if matched is not None:
        wanted &= Q(matched_at__isnull=not matched)
    return Search(rows.filter(**served), wanted)


def newest_of(event_type: str) -> Event | None:
    """The newest event of a type, whole. Of a pattern: of the newest events, no more than a page looks through."""
    rows = Event.objects.filter(type=event_type)
    if patterns.is_wild(event_type):
        newest = Event.objects.order_by("-id").values("pk")[:LOOKED_THROUGH]
        rows = Event.objects.filter(pk__in=newest, type__regex=patterns.regex(event_type))
    return rows.order_by("-id").first()


def find(id_: str) -> Event:
    """An event of the workspace in scope by our `uid` or the sender's `id`, the newest where several sources used it.

    Raises `NotFoundError`.
    """
    uid = uuid_or_none(id_)
    rows = Event.objects.select_related("workspace")
    row = (uid and rows.filter(pk=uid).first()) or rows.filter(event_id=id_).first()
    if row is None:
        raise NotFoundError(f"There is no event {id_[:64]!r} in this workspace.")
    return row
