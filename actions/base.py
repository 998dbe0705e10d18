"""What an action type is: a key, a parameter model, and `perform`. Claims, retries and rows are not its job."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, ClassVar, Generic, TypeVar
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from actions import samples
from actions import usage as counting
from actions.connections.base import Connections, Opened
from core.errors import Problem
from core.models import Role
from core.redaction import Redactor

JsonObject = dict[str, Any]
MAX_RETRY_AFTER_SECONDS = 24 * 3600


class Effects(StrEnum):
    """What happens outside when an action is performed, and so what may follow a crash in the middle of it."""

    NONE = "none"  # nothing outside: perform again freely
    KEYED = "keyed"  # the receiver gets the same idempotency key on every attempt: perform again
    ONCE = "once"  # nobody can tell whether it happened: never perform again by itself


class ActionParams(BaseModel):
    """Base of all parameter models: unknown names are errors, values are not changed after validation.

    A number is taken where text is expected: a parameter that is exactly one template keeps the type of its value.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True, coerce_numbers_to_str=True)


def in_capitals(value: object) -> object:
    """Text in capitals, for words that people write in any case; anything else as it is, for the model to refuse."""
    return value.upper() if isinstance(value, str) else value


P = TypeVar("P", bound=ActionParams)


class ActionFailedError(Exception):
    """An action did not do its work.

    `code` is a stable word, `message` a sentence for people, `is_retryable` says whether the same call may succeed
    later. `is_outcome_unknown` says that it may have done its work after all; it is not repeated.
    `request` and `response` are kept with the attempt, and `usage` is counted, as in `ActionResult`: it has cost what
    it has cost.
    """

    def __init__(
        self,
        code: str,
        message: str,
        *,
        is_retryable: bool,
        retry_after_seconds: float | None = None,
        is_outcome_unknown: bool = False,
        request: JsonObject | None = None,
        response: JsonObject | None = None,
        usage: dict[str, int | float] | None = None,
    ) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.is_retryable = is_retryable
        if retry_after_seconds is not None and not 0 <= retry_after_seconds <= MAX_RETRY_AFTER_SECONDS:
            raise ValueError(f"retry_after_seconds is from 0 to {MAX_RETRY_AFTER_SECONDS}")
        self.retry_after_seconds = retry_after_seconds
        self.is_outcome_unknown = is_outcome_unknown
        self.request = request
        self.response = response
        counting.check(usage or {})
        self.usage = usage or {}


class NoConnections:
    """The connections of an action that is performed outside any workspace."""

    def open(self, name: str | None, *, kinds: frozenset[str]) -> Opened[Any, Any]:
        wanted = name or " or ".join(sorted(kinds))
        raise ActionFailedError("unknown_connection", f"there is no connection {wanted!r} here", is_retryable=False)


@dataclass(frozen=True, slots=True)
class ActionCall:
    """What an action type may know about the try it is part of.

    `idempotency_key` is the same for every attempt of one action run. `timeout_seconds` bounds the whole of `perform`.
    `context` holds the names that templates see (without secrets), as plain JSON values. What an action writes anywhere
    but into its result (a log line) goes through `redactor`, which knows the secrets in its parameters, and those of
    the connections that it opened in `connections`. `role` is that of who published the workflow.
    """

    workspace_id: UUID
    run_id: UUID
    action_key: str
    attempt: int
    idempotency_key: str
    timeout_seconds: float
    context: Mapping[str, Any]
    redactor: Redactor = field(default_factory=Redactor)
    connections: Connections = field(default_factory=NoConnections)
    role: Role = Role.ADMIN


@dataclass(frozen=True, slots=True)
class EmittedEvent:
    """An event that an action sends: stored when the action is recorded as completed, together or not at all.

    Without an `id` it gets one from the action run, the same for every attempt; without a `source`, `workflow/<slug>`.
    """

    type: str
    data: JsonObject = field(default_factory=dict)
    id: str = ""
    source: str = ""
    subject: str = ""


@dataclass(frozen=True, slots=True)
class ActionResult:
    """How it went. All fields are JSON.

    `output` is what later actions read as `actions.<id>.output`; `variables` are added to `run.variables`; `request`
    and `response` are kept with the attempt for people to read; `usage` counts (`webhooks_called`, `emails_sent`, ...)
    are added up on the run. `events` are sent if, and only if, this result is recorded.
    """

    output: JsonObject = field(default_factory=dict)
    variables: JsonObject = field(default_factory=dict)
    request: JsonObject | None = None
    response: JsonObject | None = None
    usage: dict[str, int | float] = field(default_factory=dict)
    events: tuple[EmittedEvent, ...] = ()

    def __post_init__(self) -> None:
        """Refuse here, where it is the action type's failure, what could not be recorded afterwards."""
        objects = (self.output, self.variables, self.request or {}, self.response or {})
        if not all(isinstance(each, dict) for each in objects):
            raise TypeError("output, variables, request and response of a result are dicts")
        counting.check(self.usage)
        if not isinstance(self.events, tuple) or not all(isinstance(each, EmittedEvent) for each in self.events):
            raise TypeError("events of a result are a tuple of EmittedEvent")


@dataclass(frozen=True, slots=True)
class Inner:
    """An action that another one performs: `path` is where it stands below the parameters, a JSON pointer."""

    path: str
    type: str
    params: Mapping[str, Any]


class ActionType(ABC, Generic[P]):
    """One kind of action. Subclass it in a file of `actions/types/` and register an instance there.

    `as_written` names the parameters whose templates are not rendered before `perform`, at any depth: what stands there
    is read by the type itself. `allows_fast_forward`: whether the worker that did the action before may do this one in
    the same breath; not for what is slow or heavy. `is_instant`: no effect and hardly any work, so that doing it twice
    at once is harmless and cheaper than claiming it first. `has_default_port`: whether one of its ports is plainly the
    one that is meant when none is named. `keeps_params`: whether its parameters are stored to be read by others, as the
    data of an event or a wait is; no secret may stand in them. `connection_params`: the parameters that name a
    connection, each with the kinds that it may be of. `url_params`: the parameters (not nested ones) that are URLs, in
    which values from outside the workspace are percent-encoded (`core.expressions.templates.urls`). `can_be_tool`:
    whether an agent may perform it; not what only means something as an action of a run. `is_pure`: whether `perform`
    makes its result of its parameters alone, and reads, changes and tells nothing anywhere, so that test mode does it.

    `effects_of`, `ports`, `conditions`, `emits`, `performs` and `check` are asked about whatever people wrote: a JSON
    object with anything in it, known parameters of the wrong type included. They answer for what they understand and
    never raise.
    """

    key: ClassVar[str]
    title: ClassVar[str]
    description: ClassVar[str]
    category: ClassVar[str]
    icon: ClassVar[str]
    effects: ClassVar[Effects]
    params_model: ClassVar[type[ActionParams]]
    output_model: ClassVar[type[BaseModel] | None] = None
    aliases: ClassVar[tuple[str, ...]] = ()
    as_written: ClassVar[frozenset[str]] = frozenset()
    allows_fast_forward: ClassVar[bool] = True
    is_instant: ClassVar[bool] = False
    has_default_port: ClassVar[bool] = True
    keeps_params: ClassVar[bool] = False
    connection_params: ClassVar[Mapping[str, frozenset[str]]] = {}
    url_params: ClassVar[frozenset[str]] = frozenset()
    can_be_tool: ClassVar[bool] = True
    is_pure: ClassVar[bool] = False

    def effects_of(self, params: Mapping[str, Any]) -> Effects:
        """The effects with these parameters as they are written; most types have the same with all."""
        return self.effects

    def ports(self, params: Mapping[str, Any]) -> tuple[str, ...]:
        """The ports that actions of this type can fire, `error` aside, given their parameters as they are written.

        The first is the one that is meant when an action is needed without naming a port.
        """
        return ("done",)

    def conditions(self, params: Mapping[str, Any]) -> Mapping[str, Any]:
        """The conditions among the parameters that are read as written, by where they stand (a JSON pointer below the
        parameters, made by `core.pointers.join`).

        They are brought into canonical form, and the names in them are checked; their shape is for `check`.
        """
        return {}

    def emits(self, params: Mapping[str, Any]) -> tuple[str, ...]:
        """The types of the events that an action of this type sends, as far as its parameters tell."""
        return ()

    def performs(self, params: Mapping[str, Any]) -> tuple[Inner, ...]:
        """The other actions that one of this type may perform itself, as an agent does with its tools.

        They are held against the limits of roles and of connections like any other.
        """
        return ()

    def check(self, params: Mapping[str, Any], *, path: str) -> list[Problem]:
        """What is wrong with parameters as they are written, templates and all, that the model cannot say.

        `path` is the JSON pointer of the parameters. By default nothing is.
        """
        return []

    def would(self, params: P, call: ActionCall) -> JsonObject:
        """What `perform` would send, for people to read in test mode: the parameters by default.

        It opens no connection and changes nothing. What it raises is the failure of the action, as of `perform`.
        """
        return {"params": params.model_dump(mode="json", by_alias=True, exclude_unset=True)}

    def sample(self, params: P) -> JsonObject:
        """An output such as `perform` gives, for test mode: an example of `output_model` by default."""
        return samples.of_model(self.output_model)

    @abstractmethod
    def perform(self, params: P, call: ActionCall) -> ActionResult:
        """Do the work once, within `call.timeout_seconds`. Raise `ActionFailedError` when it cannot be done."""
