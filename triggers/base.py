"""What a trigger type is: a key, a parameter model, and the events it listens to."""

from abc import ABC, abstractmethod
from typing import Any, ClassVar, Generic, TypeVar

from pydantic import BaseModel, ConfigDict


class TriggerParams(BaseModel):
    """Base of all parameter models: unknown names are errors."""

    model_config = ConfigDict(extra="forbid", frozen=True)


P = TypeVar("P", bound=TriggerParams)


class TriggerType(ABC, Generic[P]):
    """One kind of trigger. Subclass it in a file of `triggers/types/` and register an instance there."""

    key: ClassVar[str]
    title: ClassVar[str]
    description: ClassVar[str]
    params_model: ClassVar[type[TriggerParams]]

    @abstractmethod
    def listens_to(self, params: P) -> str:
        """The pattern of the types of events (`triggers.engine.patterns`) that this trigger decides on."""


AnyTriggerType = TriggerType[Any]
