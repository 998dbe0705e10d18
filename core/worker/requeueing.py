"""Send a message again after the worker that had it was lost, and count that in the message.

The broker says of a message at most that it was delivered before, so the number travels with it: a copy with one more
is sent, and then the message is acknowledged. A crash between the two makes two of it, which hints may be.
"""

from typing import Any

from celery import Celery

from core.worker import headers
from core.worker.diagnosis import Cause
from core.worker.parking import ONCE_MORE

_KEPT = ("correlation_id", "reply_to", "priority", "message_id", "type", "app_id")


def send(app: Celery, message: Any, *, deaths: int) -> None:
    """Publish a copy to where the message was sent. Raises the broker's errors."""
    place, properties = message.delivery_info or {}, message.properties or {}
    known = {name: value for name, value in message.headers.items() if name not in {"compression", "redelivered"}}
    kept = {name: properties[name] for name in _KEPT if properties.get(name) is not None}
    with app.producer_or_acquire() as producer:
        producer.publish(
            message.body,
            exchange=place.get("exchange") or "",
            routing_key=place.get("routing_key") or "",
            headers={**known, headers.DEATHS: deaths},
            content_type=message.content_type,
            content_encoding=message.content_encoding,
            retry=True,
            retry_policy=dict(ONCE_MORE),
            **kept,
        )


def killed(deaths: int) -> Cause:
    """Why a message is given up from which so many workers did not come back."""
    return Cause("killed_worker", f"{deaths} workers did not come back from it.")
