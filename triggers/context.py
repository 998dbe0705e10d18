"""What conditions and templates may know of an event."""

from typing import Any

from triggers.models import Event


def event_names(event: Event) -> dict[str, Any]:
    """Seen as `event`. Shape: `{"id", "uid", "type", "source", "subject", "time", "data"}`; instants in ISO 8601.

    Webhooks add `headers` (names in lower case), `query` and `method`, CloudEvents `extensions`.
    """
    return {
        "id": event.event_id,
        "uid": str(event.pk),
        "type": event.type,
        "source": event.source,
        "subject": event.subject,
        "time": event.time.isoformat(),
        "data": event.data,
        **(event.request or {}),
        **({} if event.extensions is None else {"extensions": event.extensions}),
    }
