"""Accept events: one row, once, before anybody is told that it was accepted."""

from collections.abc import Mapping, Sequence, Set
from dataclasses import asdict, dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from core import tenancy
from core.errors import InvalidError, Problem
from core.ids import new_id
from core.models import Workspace
from core.quotas import QuotaExceededError
from triggers.engine.incoming import IncomingEvent
from triggers.models import Event
from triggers.services import causes, dispatching, event_types, quotas, statements


@dataclass(frozen=True, slots=True)
class Accepted:
    """The stored event, and whether it had been accepted before."""

    event: Event
    duplicate: bool


class MismatchError(InvalidError):
    """The data does not fit the schema of the event's type, which is enforced."""

    code = "schema_mismatch"


Refusal = MismatchError | QuotaExceededError


def accept(incoming: IncomingEvent, *, workspace: Workspace, max_per_day: int | None = None) -> Accepted:
    """Store an event of the workspace in scope, and hint that it waits to be matched (`accept_many`)."""
    return accept_many([incoming], workspace=workspace, max_per_day=max_per_day)[0]


def accept_many(
    incoming: Sequence[IncomingEvent], *, workspace: Workspace, max_per_day: int | None = None
) -> list[Accepted]:
    """Store events of the workspace in scope, all or none, and hint that they wait to be matched. Answers in order.

    The same (source, id) is stored once, also within one call; the second changes nothing and is answered with the
    first event. Two calls at once are told apart by the unique constraint.
    `max_per_day` is the quota of senders who are told that they come too often, and can come again; what happens
    inside (ticks, changes of data, events of actions, messages of a broker) is neither refused nor counted.
    Raises `MismatchError` for the first event whose data does not fit an enforced schema, and `QuotaExceededError`.
    """
    found: list[Accepted] = []
    for each in _accept(incoming, workspace=workspace, max_per_day=max_per_day, are_refused_alone=False):
        if isinstance(each, Refusal):
            raise each
        found.append(each)
    return found


def accept_each(
    incoming: Sequence[IncomingEvent], *, workspace: Workspace, max_per_day: int | None = None
) -> list[Accepted | Refusal]:
    """As `accept_many`, but an event that does not fit is refused alone: its error stands in its place."""
    return _accept(incoming, workspace=workspace, max_per_day=max_per_day, are_refused_alone=True)


@transaction.atomic
def _accept(
    incoming: Sequence[IncomingEvent], *, workspace: Workspace, max_per_day: int | None, are_refused_alone: bool
) -> list[Accepted | Refusal]:
    """Nothing is stored when one is refused, unless each is on its own."""
    now, incoming = timezone.now(), causes.filled(incoming)
    verdicts = _judge(incoming)
    refused: dict[int, Refusal] = {
        number: MismatchError(problems=found) for number, (word, found) in verdicts.items() if word == "enforce"
    }
    if refused and not are_refused_alone:
        return [*refused.values()]
    events = {
        number: _new(each, workspace=workspace, now=now, warnings=verdicts.get(number, ("", ()))[1])
        for number, each in enumerate(incoming)
        if number not in refused
    }
    room = None if max_per_day is None else quotas.locked(max_per_day, now=now)
    if room is not None:
        over = _over(events, left=room.left)
        refused |= {number: room.refusal() for number in over}
        if over and not are_refused_alone:
            return [*refused.values()]
        events = {number: row for number, row in events.items() if number not in over}
    stored = _stored(list(events.values()))
    if room is not None:
        room.use(sum(stored[_key(row)].pk == row.pk for row in events.values()))
    return [refused.get(number) or _accepted(events[number], stored) for number in range(len(incoming))]


def _over(events: Mapping[int, Event], *, left: int) -> set[int]:
    """Those for which nothing is left. What was accepted before, or comes twice, takes nothing."""
    known = {_key(row) for row in _find(list(events.values()))}
    over = set()
    for number, row in events.items():
        if _key(row) in known:
            continue
        if left:
            left -= 1
            known.add(_key(row))
        else:
            over.add(number)
    return over


def _judge(incoming: Sequence[IncomingEvent]) -> dict[int, tuple[str, Sequence[Problem]]]:
    """What does not fit, by its place. What is for its addressee alone has a type that nobody agreed on."""
    public = [number for number, each in enumerate(incoming) if each.is_public]
    verdicts = event_types.judge([(incoming[number].type, incoming[number].data) for number in public])
    return {number: verdict for number, verdict in zip(public, verdicts, strict=True) if verdict[1]}


def _new(incoming: IncomingEvent, *, workspace: Workspace, now: datetime, warnings: Sequence[Problem]) -> Event:
    uid = new_id()
    return Event(
        id=uid,
        workspace_id=tenancy.current_workspace_id(),
        source=incoming.source or workspace.slug,
        event_id=incoming.id or str(uid),
        type=incoming.type,
        subject=incoming.subject,
        time=incoming.time or now,
        data=incoming.data,
        request=incoming.request,
        extensions=incoming.extensions,
        warnings=[asdict(each) for each in warnings] or None,
        addressee=incoming.addressee,
        is_public=incoming.is_public,
        cause_run=incoming.cause_run,
        root=incoming.root,
        depth=incoming.depth,
        received_at=now,
        hinted_at=now,
    )


def store(events: Sequence[Event]) -> Set[UUID]:
    """Store those of these events that are new, hint that they wait to be matched, and return their ids.

    Those for which there is no room wait in the backlog of their workspace.

    For events of our own making, of one workspace or, unscoped, of many: nothing is checked. To be called in the
    transaction that decides that they happened.
    """
    if not events:
        return frozenset()
    own = statements.insert(sorted(events, key=_key))
    hinted, express, behind = (
        [row for row in events if own.get(row.pk) == word]
        for word in (statements.HINTED, statements.EXPRESS, statements.BEHIND)
    )
    dispatching.hint([row.pk for row in hinted], express=[row.pk for row in express])
    dispatching.refill_soon({row.workspace_id for row in behind})
    return own.keys()


def store_own(events: Sequence[Event]) -> Set[UUID]:
    """The same for events of which the caller knows that they are new: all are stored, and their ids are returned.

    Whoever may send events may send one under the source and the id that one of ours is going to have; it must not be
    the end of ours, whose id then ends with its UUID.
    """
    stored = store(events)
    taken = [row for row in events if row.pk not in stored]
    for row in taken:
        row.event_id = f"{row.event_id}/{row.pk}"
    return stored | store(taken)


def _stored(events: Sequence[Event]) -> dict[tuple[str, str], Event]:
    """What is stored under the keys of these events: they themselves, or those that came before."""
    own = store(events)
    found = {_key(row): row for row in events if row.pk in own}
    missing = [row for row in events if _key(row) not in found]
    return found | {_key(row): row for row in _find(missing)}


def _find(events: Sequence[Event]) -> list[Event]:
    """What is stored under the keys of these events."""
    keys = {_key(row) for row in events}
    if not keys:
        return []
    rows = Event.objects.filter(event_id__in=[event_id for _, event_id in keys])
    return [row for row in rows if _key(row) in keys]


def _accepted(row: Event, stored: Mapping[tuple[str, str], Event]) -> Accepted:
    first = stored[_key(row)]
    return Accepted(first, duplicate=first.pk != row.pk)


def _key(row: Event) -> tuple[str, str]:
    return row.source, row.event_id
