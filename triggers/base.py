"""What a trigger type is: a key, a parameter model, and the events it listens to."""

from abc import ABC
from collections.abc import Mapping
from typing import Any, ClassVar, Generic, TypeVar

from pydantic import BaseModel, ConfigDict, Field, field_validator

from core.errors import Problem
from core.expressions import conditions, templates
from core.expressions.conditions import comparisons
from triggers.engine import covering, patterns
from triggers.engine.detectors.base import Detector


class TriggerParams(BaseModel):
    """Base of all parameter models: unknown names are errors."""

    model_config = ConfigDict(extra="forbid", frozen=True)


P = TypeVar("P", bound=TriggerParams)


class TriggerType(ABC, Generic[P]):
    """One kind of trigger. Subclass it in a file of `triggers/types/` and register an instance there.

    `aliases` are other names that people write for it in a definition. `is_shareable`: it may stand in `patterns/`
    although it listens to no public events; who names it there has events of its own (`services.patterns`).
    """

    key: ClassVar[str]
    title: ClassVar[str]
    description: ClassVar[str]
    params_model: ClassVar[type[TriggerParams]]
    aliases: ClassVar[tuple[str, ...]] = ()
    is_shareable: ClassVar[bool] = False

    def listens_to(self, params: P) -> str:
        """The pattern of the types of public events (`triggers.engine.patterns`) that this trigger decides on.

        Empty for one that decides on nothing but the events that are addressed to it, which every trigger does.
        """
        return ""

    def event_types(self, params: P) -> Mapping[str, str]:
        """The patterns that `listens_to` covers together, by where they stand (a JSON pointer below the parameters)."""
        return {"": pattern} if (pattern := self.listens_to(params)) else {}

    def fed_by(self, params: P) -> tuple[str, ...]:
        """The patterns of the types of events of which each may start the workflow: a workflow that sends such feeds
        itself."""
        return tuple(self.event_types(params).values())

    def check(self, params: P, *, path: str) -> list[Problem]:
        """What is wrong with parameters that the model let pass; `path` is their JSON pointer. By default nothing."""
        return []

    def secrets(self, params: P) -> Mapping[str, tuple[str, ...]]:
        """The names of the secrets it reads, by where they stand (a JSON pointer below the parameters)."""
        return {}

    def patterns(self, params: P) -> Mapping[str, str]:
        """The names of the patterns that it is a use of, by where they stand (a JSON pointer below the parameters)."""
        return {}

    def makes(self, params: P) -> Mapping[str, Any]:
        """An example of the data of the events that it makes itself and fires for; empty for one that fires for the
        events it listens to."""
        return {}

    def answered_by(self, params: P) -> str:
        """The type of the action that says what the sender is answered; the workflow must have one. Empty: none."""
        return ""


class DetectingType(TriggerType[P]):
    """A trigger type that fires for what several events come to: `detector` says when, `conditions` of which events."""

    def detector(self, params: P) -> Detector:
        """What decides which of the events fires."""
        raise NotImplementedError

    def conditions(self, params: Mapping[str, Any]) -> list[dict[str, Any]]:
        """What must hold of an event that the detector is shown, canonical; `params` as they were stored."""
        raise NotImplementedError


class EventsParams(TriggerParams):
    """Which events are meant."""

    event: str = Field(description="An event type; * stands for one level, ** at the end for any number")
    filters: dict[str, Any] = Field(default_factory=dict, description="Over the event's data, as those of a trigger")

    @field_validator("event")
    @classmethod
    def is_pattern(cls, value: str) -> str:
        if not patterns.is_pattern(value):
            raise ValueError("expected the type of an event: names joined by dots, like order.paid")
        return value


class CountingParams(EventsParams):
    """Of which events something is counted, and what of them is counted together."""

    key: str = Field("", max_length=1000, description="Text with templates: what is alike in it is counted together")


def check_key(key: str, *, path: str) -> list[Problem]:
    """What is wrong with the text that says what is counted together; text that is always the same puts all together,
    as none does, and is a template whose braces were forgotten."""
    found = templates.check_structure(key, path=path)
    if key and not found and not templates.has_templates(key):
        message = (
            f"{key[:100]!r} is the same for all events; write {{{{ {key.strip()[:100]} }}}}, or leave the key out."
        )
        found.append(Problem(path, "invalid", message))
    return found


C = TypeVar("C", bound=CountingParams)


class CountingType(DetectingType[C]):
    """One that counts events of one kind."""

    def listens_to(self, params: C) -> str:
        return params.event

    def event_types(self, params: C) -> Mapping[str, str]:
        return {"/event": params.event}

    def conditions(self, params: Mapping[str, Any]) -> list[dict[str, Any]]:
        return covering.as_conditions(conditions.normalise_filters(dict(params.get("filters", {}))))

    def check(self, params: C, *, path: str) -> list[Problem]:
        found = [*conditions.check_filters(params.filters, path=f"{path}/filters")]
        found += check_key(params.key, path=f"{path}/key")
        if field := getattr(params, "field", ""):
            found += comparisons.check_field(field, at=f"{path}/field")
        return found


AnyTriggerType = TriggerType[Any]
