"""From what a definition says of a trigger to its type and parameters."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from core import validation
from core.errors import InvalidError, Problem
from core.expressions.suggestions import did_you_mean
from triggers.base import AnyTriggerType, DetectingType, TriggerParams
from triggers.engine.detectors.base import Detector
from triggers.registry import trigger_types

DEFAULT = "event"


@dataclass(frozen=True, slots=True)
class Resolved:
    """A trigger type with valid parameters."""

    trigger_type: AnyTriggerType
    params: TriggerParams

    @property
    def event_type(self) -> str:
        return self.trigger_type.listens_to(self.params)

    @property
    def event_types(self) -> tuple[str, ...]:
        """The patterns that `event_type` covers, each once."""
        return tuple(dict.fromkeys(self.trigger_type.event_types(self.params).values()))

    @property
    def fed_by(self) -> tuple[str, ...]:
        return self.trigger_type.fed_by(self.params)


def resolve(type_: str, params: Mapping[str, Any], *, path: str = "") -> Resolved:
    """What `type_` and `params` of a trigger mean: the name of a trigger type, or the type of an event.

    Raises `InvalidError` with every problem, paths below `path` (that of the trigger).
    """
    named = find(type_)
    if not named and "event" in params:
        guess = did_you_mean(type_, [each.key for each in trigger_types])
        no_type = f"There is no trigger type {type_[:100]!r}{guess}"
        message = no_type if guess else f"The event stands in the type already: {type_!r}."
        raise InvalidError(message, problems=[Problem(f"{path}/params/event", "invalid", message)])
    trigger_type = named or trigger_types.get(DEFAULT)
    given = params if named else {**params, "event": type_}
    try:
        valid = trigger_type.params_model.model_validate(given)
    except ValidationError as error:
        found = validation.problems(error, model=trigger_type.params_model, path=f"{path}/params")
        if not named:
            found = [_on_type(problem, path) for problem in found]
        raise InvalidError("The trigger is not valid.", problems=found) from None
    if found := trigger_type.check(valid, path=f"{path}/params"):
        raise InvalidError("The trigger is not valid.", problems=found)
    return Resolved(trigger_type, valid)


def detector_of(written: Mapping[str, Any] | None) -> Detector | None:
    """The detector of a trigger as it was stored, {"type", "params"}; None: it fires for each event.

    Raises `InvalidError` for one of a type that is not installed here any more.
    """
    if written is None:
        return None
    resolved = resolve(written["type"], written["params"])
    if not isinstance(resolved.trigger_type, DetectingType):
        raise InvalidError(f"Triggers of type {written['type']!r} count nothing.")
    return resolved.trigger_type.detector(resolved.params)


def read(type_: str, params: Mapping[str, Any]) -> Resolved | None:
    """A trigger or pattern as it was stored; None for one that this process cannot read any more."""
    try:
        return resolve(type_, params)
    except InvalidError:
        return None


def types_of(event_type: str, detector: Mapping[str, Any] | None) -> tuple[str, ...]:
    """The patterns of the types of public events that a subscription to `event_type` is about: what counts may tell
    several types apart, which one pattern covers together with others. None for one that only hears its own."""
    counts = read(detector["type"], detector["params"]) if detector else None
    return counts.event_types if counts is not None else tuple(filter(None, [event_type]))


def find(name: str) -> AnyTriggerType | None:
    """The trigger type with this key or alias, if `name` is one."""
    return trigger_types.find(name) or next((each for each in trigger_types if name in each.aliases), None)


def _on_type(problem: Problem, path: str) -> Problem:
    """In the short form the event stands in `type`."""
    if problem.path != f"{path}/params/event":
        return problem
    return Problem(f"{path}/type", "invalid_event_type", problem.message)
