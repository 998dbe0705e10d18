"""`client.events`: send one event, or any number of them."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from sequitur_client.binding import awaited, awaited_plan, called, planned
from sequitur_client.errors import SequiturError
from sequitur_client.exchange import Plan, ask
from sequitur_client.generated import models as m
from sequitur_client.generated.resources import events as generated

MOST_IN_A_BATCH = 1000  # what POST /api/v1/events/batch/ takes


@dataclass(frozen=True, slots=True)
class Rejected:
    """An event that was not accepted: its place in what was sent, and why."""

    index: int
    event: m.EventRequest | Mapping[str, Any]
    error: m.Refusal | None


@dataclass(frozen=True, slots=True)
class Sent:
    """What became of each event, in the order in which they were sent."""

    results: list[m.BatchResult] = field(default_factory=list)
    rejected: list[Rejected] = field(default_factory=list)


class SendFailed(SequiturError):
    """A batch was not answered. `sent` has what became of those before it; its cause is the error."""

    def __init__(self, sent: Sent, error: SequiturError) -> None:
        self.sent = sent
        super().__init__(f"After {len(sent.results)} events: {error}")


def sending(events: Iterable[m.EventRequest | Mapping[str, Any]]) -> Plan[Sent]:
    """Send any number of events, 1,000 in a request. Each is accepted or rejected on its own.

    Raises `SendFailed` when a request fails as a whole. Give events an `id`, and all may be sent again: those that
    were accepted before come back as `duplicate`.
    """
    sent = Sent()
    for batch in _batches(events):
        try:
            answer = yield from ask(generated.events_batch(events=batch))
        except SequiturError as error:
            raise SendFailed(sent, error) from error
        for event, result in zip(batch, answer.results, strict=True):
            if result.status == "rejected":
                sent.rejected.append(Rejected(len(sent.results), event, result.error))
            sent.results.append(result)
    return sent


def _batches(events: Iterable[Any]) -> Iterator[list[Any]]:
    rows = iter(events)
    while batch := list(islice(rows, MOST_IN_A_BATCH)):
        yield batch


class Events(generated.Events):
    """Events, and sending them."""

    send = called(generated.events_create)
    send_many = planned(sending)


class AsyncEvents(generated.AsyncEvents):
    """The same to be awaited."""

    send = awaited(generated.events_create)
    send_many = awaited_plan(sending)
