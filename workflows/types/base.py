"""What a control action is: one that decides about the run itself instead of doing something outside.

It takes turns. A turn ends with one of the values below, which `workflows.services` write down; a turn that ended with
`Wait` is followed by another one when the time has come or what was waited for has arrived. Turns have no effects of
their own, so a crash in the middle of one is followed by the same turn again.
"""

from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, ClassVar, Generic, TypeVar
from uuid import UUID

from actions.base import ActionCall, ActionParams, ActionResult, ActionType, Effects
from core.expressions.scope import Scope
from workflows.engine.states import RunStatus

Json = dict[str, Any]
P = TypeVar("P", bound=ActionParams)


@dataclass(frozen=True, slots=True)
class Turn:
    """What a control action may know. `progress` is what its last turn left, None in the first one.

    What has arrived since then stands in `progress` too: `event` (an event's names), `decision` (`{"decision",
    "comment", "by"}`), `child` (`{"run", "status", "output", "error"}`).
    """

    workspace_id: UUID
    run_id: UUID
    action_run_id: UUID
    scope: Scope
    now: datetime
    progress: Json | None = None


@dataclass(frozen=True, slots=True)
class Done:
    """It ended well, and `port` fires; "" is the default one."""

    output: Json = field(default_factory=dict)
    port: str = ""


@dataclass(frozen=True, slots=True)
class Listen:
    """Let an event bring the next turn: one of a type (a pattern) that meets the condition.

    `condition` is in canonical form over the names `event` and the event's data, and its templates read nothing: they
    are text with braces, written out (`reading.literal`). `since` is when the event may have arrived at the earliest.
    """

    event_type: str
    condition: Json | None
    since: datetime


@dataclass(frozen=True, slots=True)
class Mail:
    """A message that is sent before the turn is written down, so at least once. `to` are checked addresses."""

    to: tuple[str, ...]
    subject: str
    text: str


@dataclass(frozen=True, slots=True)
class Wait:
    """It goes on waiting, at the longest until `until` (None: for what arrives). `progress` comes back next turn."""

    until: datetime | None
    progress: Json
    listen: Listen | None = None
    mail: Mail | None = None


@dataclass(frozen=True, slots=True)
class Expand:
    """Its nested actions start; it waits until they have ended."""


@dataclass(frozen=True, slots=True)
class StartRun:
    """A run of another workflow (its name or slug) starts, with `data` as that of its event.

    This action waits for its end if `is_awaited`.
    """

    workflow: str
    data: Json
    is_awaited: bool


@dataclass(frozen=True, slots=True)
class EndRun:
    """The whole run ends, once what runs at the moment has ended. `error` is `{"code", "message"}`."""

    status: RunStatus
    output: Json = field(default_factory=dict)
    error: Json | None = None


Step = Done | Wait | Expand | StartRun | EndRun


class ControlType(ActionType[P], Generic[P]):
    """A kind of control action. Subclass it in a file of `workflows/types/` and register an instance there.

    `requires_for_each`: whether its actions must have a `for_each`. People may then write the parts of that (`items`,
    `max_parallel`, `on_failure`) on the action or among its parameters too.
    """

    category = "flow"
    effects: ClassVar[Effects] = Effects.NONE
    is_instant: ClassVar[bool] = True
    can_be_tool: ClassVar[bool] = False
    requires_for_each: ClassVar[bool] = False

    @abstractmethod
    def take(self, params: P, turn: Turn) -> Step:
        """Take a turn. Raise `ActionFailedError` when it cannot be done. Parameters in `as_written` are as written."""

    def bodies(self, params: Mapping[str, Any]) -> Mapping[str, Any]:
        """The nested lists of actions in the parameters as they are written, by where they stand (a JSON pointer below
        the parameters, made by `core.pointers.join`). Most have none. Never raises, whatever people wrote."""
        return {}

    def starts(self, params: Mapping[str, Any]) -> Mapping[str, str]:
        """The workflows (name or slug) that the parameters as they are written say to start, by where they stand (a
        JSON pointer below the parameters). Never raises, whatever people wrote."""
        return {}

    def perform(self, params: P, call: ActionCall) -> ActionResult:
        raise TypeError(f"{self.key} takes turns")
