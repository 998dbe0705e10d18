"""What a trigger type is: a key, a parameter model, and the events it listens to."""

from abc import ABC
from collections.abc import Mapping
from typing import Any, ClassVar, Generic, TypeVar

from pydantic import BaseModel, ConfigDict

from core.errors import Problem


class TriggerParams(BaseModel):
    """Base of all parameter models: unknown names are errors."""

    model_config = ConfigDict(extra="forbid", frozen=True)


P = TypeVar("P", bound=TriggerParams)


class TriggerType(ABC, Generic[P]):
    """One kind of trigger. Subclass it in a file of `triggers/types/` and register an instance there.

    `aliases` are other names that people write for it in a definition.
    """

    key: ClassVar[str]
    title: ClassVar[str]
    description: ClassVar[str]
    params_model: ClassVar[type[TriggerParams]]
    aliases: ClassVar[tuple[str, ...]] = ()

    def listens_to(self, params: P) -> str:
        """The pattern of the types of public events (`triggers.engine.patterns`) that this trigger decides on.

        Empty for one that decides on nothing but the events that are addressed to it, which every trigger does.
        """
        return ""

    def check(self, params: P, *, path: str) -> list[Problem]:
        """What is wrong with parameters that the model let pass; `path` is their JSON pointer. By default nothing."""
        return []

    def secrets(self, params: P) -> Mapping[str, tuple[str, ...]]:
        """The names of the secrets it reads, by where they stand (a JSON pointer below the parameters)."""
        return {}

    def patterns(self, params: P) -> Mapping[str, str]:
        """The names of the patterns that it is a use of, by where they stand (a JSON pointer below the parameters)."""
        return {}

    def answered_by(self, params: P) -> str:
        """The type of the action that says what the sender is answered; the workflow must have one. Empty: none."""
        return ""


AnyTriggerType = TriggerType[Any]
