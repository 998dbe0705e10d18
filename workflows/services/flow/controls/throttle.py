"""How many runs start in any so many seconds; those over it wait until their time, in order.

**Shape** of the state: {"started": log of starts, "planned": log of starts and of the times that were given to those
who wait}, both of `engine.flow.window`. By the first a run may start, so that the limit holds also when those who wait
are let go late; by the second it is told when.
"""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from django.db.models import Q

from triggers.ports import Admission
from workflows.definitions.flow import Rate
from workflows.engine.flow import window
from workflows.models import FlowState, Run
from workflows.services.flow.control import Control
from workflows.services.flow.starts import Place, Start
from workflows.services.flow.states import State

CONTROL = "throttle"
Json = dict[str, Any]


class Throttle(Control):
    """Lets runs wait until their time."""

    name = CONTROL

    def template(self, start: Start) -> str | None:
        return None if start.flow.throttle is None else start.flow.throttle.key

    def begin(self, states: Collection[State]) -> None:
        for state in states:
            state.memory["is_waited_for"] = state.key.workflow_id is not None and is_waited_for(
                Q(workflow_id=state.key.workflow_id, throttle=state.key.digest)
            )

    def look(self, start: Start, state: State, place: Place) -> Admission | None:
        rate = start.flow.throttle
        if rate is None:
            return None
        state.memory["place"] = place
        place.throttle = state.key.digest
        if place.is_held:  # for room in its lane: it is asked about when there is some
            return None
        if state.memory["is_waited_for"] or not is_free(state.values, rate, now=start.now):
            until = window.earliest(state.values.get("planned", []), now=start.now, **_limits(rate))
            place.is_held, place.until, place.reason = True, until, reason(rate, key=state.key.text)
            place.is_superseding = False
        return None

    def take(self, start: Start, state: State) -> None:
        rate, place = start.flow.throttle, state.memory["place"]
        if rate is None or (place.is_held and place.until is None):
            return
        if place.is_held:
            plan(state.values, rate, at=place.until)
            state.memory["is_waited_for"] = True
        else:
            count(state.values, rate, now=start.now, is_planned=False)
        state.touch(expires_at=over_at(state.values, rate))


def is_waited_for(which: Q) -> bool:
    """Whether somebody waits for its time under such a throttle."""
    return Run.objects.filter(which, held_until__isnull=False).exists()


def is_free(values: Json, rate: Rate, *, now: datetime) -> bool:
    """Whether one may start now."""
    return window.is_free(values.get("started", []), now=now, **_limits(rate))


def count(values: Json, rate: Rate, *, now: datetime, is_planned: bool) -> None:
    """Write down a start; one that waited for its time is planned already."""
    for name in ("started",) if is_planned else ("started", "planned"):
        values[name] = window.added(values.get(name, []), now, **_limits(rate))


def plan(values: Json, rate: Rate, *, at: datetime) -> None:
    """Write down when one is to start."""
    values["planned"] = window.added(values.get("planned", []), at, **_limits(rate))


def next_time(row: FlowState, rate: Rate, *, now: datetime) -> datetime:
    """When one that has not been given a time may start."""
    return window.earliest(row.state.get("planned", []), now=now, **_limits(rate))


def over_at(values: Json, rate: Rate) -> datetime | None:
    """When nothing of it counts any more."""
    found = [window.over_at(values.get(name, []), per_seconds=rate.per_seconds) for name in ("started", "planned")]
    return max((each for each in found if each), default=None)


def reason(rate: Rate, *, key: str = "") -> str:
    """Why a run waits; `key` is the text with its templates filled in."""
    of = f" with key {key[:100]!r}" if key else ""
    return f"throttle: {rate.limit}/{rate.per_seconds:g}s{of}"


def _limits(rate: Rate) -> Any:
    return {"limit": rate.limit, "per_seconds": rate.per_seconds}
