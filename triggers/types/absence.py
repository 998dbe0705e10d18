"""`absence`: what should have come within some time did not, for each key."""

from collections.abc import Mapping
from typing import Any, Self

from pydantic import Field, model_validator

from core.errors import Problem
from core.expressions import conditions
from triggers.base import CountingParams, CountingType, EventsParams
from triggers.engine import covering
from triggers.engine.covering import Part
from triggers.engine.detectors.absence import Absence
from triggers.registry import register

MAX_SECONDS = 31 * 86_400


class After(EventsParams):
    """Which events start the clock."""


class Params(CountingParams):
    """What is missed, after what, and how long it may take."""

    after: After | None = Field(
        None, description="The event that starts the clock; without it, each of those that are waited for does"
    )
    within_seconds: float = Field(ge=1, le=MAX_SECONDS, description="How long it may take, from when it was received")

    @model_validator(mode="after")
    def is_consistent(self) -> Self:
        if self.after is not None and _part(self) == _part(self.after):
            raise ValueError("what is waited for is what starts the clock: leave `after` out, so that each one does")
        return self


class AbsenceTrigger(CountingType[Params]):
    """Fires when the clock of a key runs out, with an event of its own; then the next event starts it again."""

    key = "absence"
    title = "Absence"
    description = "An event that was expected did not come in time."
    params_model = Params

    def detector(self, params: Params) -> Absence:
        after = None if params.after is None else _part(params.after)
        return Absence(_part(params), params.within_seconds, after, params.key)

    def listens_to(self, params: Params) -> str:
        return covering.covering([params.event, *([params.after.event] if params.after else [])])

    def event_types(self, params: Params) -> Mapping[str, str]:
        after = {"/after/event": params.after.event} if params.after else {}
        return {"/event": params.event, **after}

    def fed_by(self, params: Params) -> tuple[str, ...]:
        return (params.after.event if params.after else params.event,)

    def conditions(self, params: Mapping[str, Any]) -> list[dict[str, Any]]:
        if not params.get("after"):
            return super().conditions(params)
        parts = [Part.of(each["event"], each.get("filters") or {}) for each in (params, params["after"])]
        found = covering.any_of(parts)
        return [found] if found else []

    def makes(self, params: Params) -> Mapping[str, Any]:
        began = params.after.event if params.after else params.event
        return {
            "key": "",
            "missing": params.event,
            "after": {"uid": "", "id": "", "type": began, "time": "2026-01-05T09:00:00Z", "data": {}},
            "within_seconds": params.within_seconds,
            "since": "2026-01-05T09:00:00Z",
            "due": "2026-01-05T10:00:00Z",
            "is_certain": True,
        }

    def check(self, params: Params, *, path: str) -> list[Problem]:
        found = super().check(params, path=path)
        if params.after is not None:
            found += conditions.check_filters(params.after.filters, path=f"{path}/after/filters")
        return found


def _part(said: Params | After) -> Part:
    return Part.of(said.event, said.filters)


register(AbsenceTrigger())
