"""What an action type is: a key, a parameter model, and `perform`. Everything else (claims, retries, rows) is not its job."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, ClassVar, Generic, TypeVar
from uuid import UUID

from pydantic import BaseModel, ConfigDict

JsonObject = dict[str, Any]


class Effects(StrEnum):
    """What happens outside when an action is performed, and so what may follow a crash in the middle of it."""

    NONE = "none"  # nothing outside: perform again freely
    KEYED = "keyed"  # the receiver gets the same idempotency key on every attempt: perform again
    ONCE = "once"  # nobody can tell whether it happened: never perform again by itself


class ActionParams(BaseModel):
    """Base of all parameter models: unknown names are errors, values are not changed after validation."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


P = TypeVar("P", bound=ActionParams)


@dataclass(frozen=True, slots=True)
class ActionCall:
    """What an action type may know about the try it is part of.

    `idempotency_key` is the same for every attempt of one action run. `timeout_seconds` bounds the whole of `perform`.
    `context` holds the names that templates see (without secrets), as plain JSON values.
    """

    workspace_id: UUID
    run_id: UUID
    action_key: str
    attempt: int
    idempotency_key: str
    timeout_seconds: float
    context: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class ActionResult:
    """How it went. All fields are JSON.

    `output` is what later actions read as `actions.<id>.output`; `variables` are added to `run.variables`; `request`
    and `response` are kept with the attempt for people to read; `usage` counts (`webhooks_called`, `emails_sent`, ...)
    are added up on the run.
    """

    output: JsonObject = field(default_factory=dict)
    variables: JsonObject = field(default_factory=dict)
    request: JsonObject | None = None
    response: JsonObject | None = None
    usage: dict[str, int] = field(default_factory=dict)


class ActionFailedError(Exception):
    """An action did not do its work.

    `code` is a stable word, `message` a sentence for people, `is_retryable` says whether the same call may succeed
    later. `request` and `response` are kept with the attempt, as in `ActionResult`.
    """

    def __init__(
        self,
        code: str,
        message: str,
        *,
        is_retryable: bool,
        retry_after_seconds: float | None = None,
        request: JsonObject | None = None,
        response: JsonObject | None = None,
    ) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.is_retryable = is_retryable
        self.retry_after_seconds = retry_after_seconds
        self.request = request
        self.response = response


class ActionType(ABC, Generic[P]):
    """One kind of action. Subclass it in a file of `actions/types/` and register an instance there."""

    key: ClassVar[str]
    title: ClassVar[str]
    description: ClassVar[str]
    category: ClassVar[str]
    icon: ClassVar[str]
    effects: ClassVar[Effects]
    params_model: ClassVar[type[ActionParams]]
    output_model: ClassVar[type[BaseModel] | None] = None
    aliases: ClassVar[tuple[str, ...]] = ()

    @abstractmethod
    def perform(self, params: P, call: ActionCall) -> ActionResult:
        """Do the work once, within `call.timeout_seconds`. Raise `ActionFailedError` when it cannot be done."""
