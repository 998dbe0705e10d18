"""Many events in one request: each is read, accepted and answered on its own."""

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from core import documents, validation
from core.api import envelope
from core.errors import InvalidError, SequiturError, TooLargeError
from core.limits import Limits
from core.models import Workspace
from triggers.api import shapes
from triggers.engine.incoming import IncomingEvent
from triggers.services import ingest
from triggers.services.ingest import Accepted

Reader = Callable[[Mapping[str, Any]], IncomingEvent]


def read_short(document: Mapping[str, Any]) -> IncomingEvent:
    """The event of a document in short form. Raises `InvalidError` with every problem."""
    if "specversion" in document:
        raise InvalidError(
            "This is a CloudEvent; say so: `Content-Type: application/cloudevents+json`, or for a batch "
            "`application/cloudevents-batch+json`."
        )
    return IncomingEvent(**dict(validation.parse(shapes.EventRequest, document)))


def events_of(document: Mapping[str, Any], *, limits: Limits) -> list[Any]:
    """The events of a batch, not looked at yet. Raises `InvalidError` and, for too many, `TooLargeError`."""
    documents.check_storable(dict.fromkeys(document))
    events = validation.parse(shapes.Batch, document).events
    if len(events) > limits.max_batch_events:
        raise TooLargeError(
            f"The batch has {len(events):,} events; at most {limits.max_batch_events:,} are accepted"
            " (max_batch_events)."
        )
    return events


def accept(events: Sequence[Any], *, read: Reader, workspace: Workspace, limits: Limits) -> list[shapes.BatchResult]:
    """Accept those events that are valid, in one transaction; an answer for each, in order."""
    incoming = [_read(event, read=read, limits=limits) for event in events]
    valid = [each for each in incoming if isinstance(each, IncomingEvent)]
    answers = iter(ingest.accept_each(valid, workspace=workspace, max_per_day=limits.max_events_per_day))
    found = [next(answers) if isinstance(each, IncomingEvent) else each for each in incoming]
    return [_result(each, event) for each, event in zip(found, events, strict=True)]


def _read(event: Any, *, read: Reader, limits: Limits) -> IncomingEvent | SequiturError:
    try:
        documents.check_storable(event)
        if not isinstance(event, dict):
            raise InvalidError("An event is a JSON object: {...}.")
        size = len(json.dumps(event, ensure_ascii=False, separators=(",", ":")).encode())
        if size > limits.max_event_bytes:
            raise TooLargeError(
                f"The event has {size:,} bytes; at most {limits.max_event_bytes:,} are accepted (max_event_bytes)."
            )
        return read(event)
    except SequiturError as error:
        return error


def _result(found: Accepted | SequiturError, event: Any) -> shapes.BatchResult:
    if isinstance(found, SequiturError):
        return shapes.rejected(_id_of(event), envelope.describe(found))
    return shapes.taken(found.event, duplicate=found.duplicate)


def _id_of(event: Any) -> str | None:
    """The sender's id of a rejected event, if it can be shown."""
    given = event.get("id") if isinstance(event, dict) else None
    return given if isinstance(given, str) and len(given) <= 255 and not documents.UNSTORABLE.search(given) else None
