from datetime import UTC, datetime

from triggers.context import event_names
from triggers.models import Event


def test_an_event_is_seen_with_the_senders_id_and_ours() -> None:
    event = Event(
        event_id="order-7",
        type="order.paid",
        source="shop",
        subject="7",
        time=datetime(2026, 1, 31, 9, 30, tzinfo=UTC),
        data={"total": 12.5},
    )

    assert event_names(event) == {
        "id": "order-7",
        "uid": str(event.pk),
        "type": "order.paid",
        "source": "shop",
        "subject": "7",
        "time": "2026-01-31T09:30:00+00:00",
        "data": {"total": 12.5},
    }
