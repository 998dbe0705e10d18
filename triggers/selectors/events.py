"""Read events."""

from datetime import datetime

from django.db.models import QuerySet

from core.errors import NotFoundError
from core.ids import uuid_or_none
from triggers.engine import patterns
from triggers.models import Event


def listed(
    *,
    type: str | None = None,  # noqa: A002  the names of the API's filters
    id: str | None = None,  # noqa: A002
    source: str | None = None,
    subject: str | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
    matched: bool | None = None,
) -> QuerySet[Event]:
    """The events of the workspace in scope for which all that is given holds, without their data.

    `type` may be a pattern. `since` (included) and `until` (not included) are about `received_at`.
    """
    rows = Event.objects.defer("data", "request", "extensions", "warnings")
    same = {"event_id": id, "source": source, "subject": subject, "received_at__gte": since, "received_at__lt": until}
    rows = rows.filter(**{column: value for column, value in same.items() if value is not None})
    if type is not None:
        rows = rows.filter(type__regex=patterns.regex(type)) if patterns.is_wild(type) else rows.filter(type=type)
    return rows if matched is None else rows.filter(matched_at__isnull=not matched)


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
