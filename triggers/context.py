"""What conditions and templates may know of an event."""

from typing import Any

from triggers.models import Event


def event_names(event: Event) -> dict[str, Any]:
    """Seen as `event`. Shape: `{"id", "uid", "type", "source", "subject", "time", "data"}`; instants in ISO 8601."""
    return {
        "id": event.event_id,
        "uid": str(event.pk),
        "type": event.type,
        "source": event.source,
        "subject": event.subject,
        "time": event.time.isoformat(),
        "data": event.data,
    }
