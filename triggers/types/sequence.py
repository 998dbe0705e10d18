"""`sequence`: several events came within a span, in their order or in any, for each key."""

from collections.abc import Mapping
from typing import Any

from pydantic import Field

from core.errors import Problem
from core.expressions import conditions
from triggers.base import DetectingType, EventsParams, TriggerParams, check_key
from triggers.engine import covering
from triggers.engine.covering import Part
from triggers.engine.detectors.sequence import MAX_STEPS, MIN_STEPS, Sequence
from triggers.registry import register

MAX_WITHIN_SECONDS = 31 * 86_400


class SequenceStep(EventsParams):
    """Which events fill a step."""


class Params(TriggerParams):
    """Which events, and in which time."""

    events: list[SequenceStep] = Field(min_length=MIN_STEPS, max_length=MAX_STEPS, description="The steps")
    ordered: bool = Field(True, description="Whether they come in this order; others may come in between")
    within_seconds: float = Field(gt=0, le=MAX_WITHIN_SECONDS, description="From the first event to the last")
    key: str = Field("", max_length=1000, description="Text with templates: what is alike in it is one sequence")


class SequenceTrigger(DetectingType[Params]):
    """Fires with the event that completes the steps, and then begins anew. It listens to the types of all of them."""

    key = "sequence"
    title = "Sequence"
    description = "Several events came within a time."
    params_model = Params

    def detector(self, params: Params) -> Sequence:
        parts = tuple(Part.of(each.event, each.filters) for each in params.events)
        return Sequence(parts, params.within_seconds, params.ordered, params.key)

    def listens_to(self, params: Params) -> str:
        return covering.covering([each.event for each in params.events])

    def event_types(self, params: Params) -> Mapping[str, str]:
        return {f"/events/{place}/event": each.event for place, each in enumerate(params.events)}

    def conditions(self, params: Mapping[str, Any]) -> list[dict[str, Any]]:
        steps = [Part.of(each["event"], each.get("filters", {})) for each in params["events"]]
        found = covering.any_of(dict.fromkeys(steps))
        return [found] if found else []

    def check(self, params: Params, *, path: str) -> list[Problem]:
        found = check_key(params.key, path=f"{path}/key")
        for place, each in enumerate(params.events):
            found += conditions.check_filters(each.filters, path=f"{path}/events/{place}/filters")
        return found


register(SequenceTrigger())
