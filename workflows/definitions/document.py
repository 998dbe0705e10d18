"""The definition in its canonical form: triggers, conditions, and a graph of actions."""

import re
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, Field, WithJsonSchema

from workflows.definitions.flow import Flow
from workflows.definitions.part import MAX_SECONDS, Json, Part
from workflows.engine.graph import Join
from workflows.engine.items import OnItemFailure
from workflows.engine.moving import OnPublish
from workflows.engine.notices import NotifyOn
from workflows.engine.retry import Backoff, RetryPolicy

NAME = r"[A-Za-z_][A-Za-z0-9_]{0,99}"
NEED = re.compile(rf"{NAME}(\.{NAME})?")
MAX_TIMEOUT_SECONDS = 3600
OWNER = "{{ workspace.owner_email }}"


def _name(value: str) -> str:
    if not re.fullmatch(NAME, value):
        raise ValueError("Expected at most 100 letters, digits and _, not beginning with a digit")
    return value


def _need(value: str) -> str:
    if not NEED.fullmatch(value):
        raise ValueError("Expected the id of an action, or id.port such as `check.true`")
    return value


Key = Annotated[str, AfterValidator(_name), WithJsonSchema({"type": "string", "pattern": f"^{NAME}$"})]
NeedText = Annotated[str, AfterValidator(_need), WithJsonSchema({"type": "string", "pattern": f"^{NEED.pattern}$"})]


class Retry(Part):
    """When a failed try of an action is followed by another."""

    max_attempts: int = Field(4, ge=1, le=50, description="All tries, the first included")
    backoff: Backoff = Backoff.EXPONENTIAL
    initial_seconds: float = Field(1, ge=0, le=86_400)
    max_seconds: float = Field(300, ge=0, le=86_400)
    jitter: bool = True
    codes: tuple[str, ...] = Field(
        (), max_length=50, description="Only errors with these codes; none: all that may pass"
    )

    def policy(self) -> RetryPolicy:
        return RetryPolicy(**self.model_dump())


class TriggerPart(Part):
    """One way in which the workflow starts."""

    id: Key
    type: str = Field(max_length=200)
    title: str = Field("", max_length=200)
    note: str = Field("", max_length=10_000)
    params: Json = Field(default_factory=dict)
    filters: Json = Field(default_factory=dict)
    conditions: Json | None = None
    active: bool = True


def _list_or_template(value: object) -> object:
    """One sentence in the place of one from each member of the union."""
    if not isinstance(value, str | list):
        raise ValueError("Expected a list, or a template that gives one")  # noqa: TRY004  pydantic takes no TypeError
    return value


class ForEach(Part):
    """That an action is done once for every item of a list."""

    items: Annotated[str | list[Any], BeforeValidator(_list_or_template)] = Field(
        description="A list, or a template that gives one"
    )
    max_parallel: int = Field(1, ge=1, le=1000)
    on_failure: OnItemFailure = OnItemFailure.STOP


def _address_or_list(value: object) -> object:
    if not isinstance(value, str | list):
        raise ValueError("Expected one address, a list of them, or a template")  # noqa: TRY004  as above
    return value


class Notification(Part):
    """Who is told, over which channel and in which words, when something happens to an action or to the run."""

    id: Key | None = Field(None, description="None: n1, n2 by its place in the list")
    channel: str = Field(max_length=100)
    trigger: NotifyOn
    to: Annotated[str | Annotated[list[str], Field(max_length=50)], BeforeValidator(_address_or_list)] = Field(
        OWNER, description="One address, a list of them, or a template"
    )
    template: str | None = Field(None, max_length=200, description="A message template; None: that of the trigger")
    message: str | None = Field(None, min_length=1, max_length=10_000, description="In place of a template")
    subject: str | None = Field(None, max_length=500)
    delay_seconds: float = Field(0, ge=0, le=MAX_SECONDS)
    group_seconds: float | None = Field(
        None, ge=0, le=86_400, description="None: 60 for ON_FAILED and ON_RETRY, else 0, each on its own"
    )
    connection: str | None = Field(None, max_length=100)

    @property
    def addresses(self) -> list[str]:
        """As they are written: each is an address, or a template that gives one or several."""
        return [self.to] if isinstance(self.to, str) else self.to

    @property
    def window_seconds(self) -> float:
        """For how long messages of this policy to one address are gathered after one was sent."""
        return self.trigger.group_seconds if self.group_seconds is None else self.group_seconds


Notifications = Annotated[tuple[Notification, ...], Field(max_length=20)]


class Undo(Part):
    """What makes an action undone, when the run fails after it completed."""

    type: str = Field(max_length=100)
    params: Json = Field(default_factory=dict)
    retry: Retry | None = None
    timeout_seconds: float = Field(30, gt=0, le=MAX_TIMEOUT_SECONDS)


class ActionPart(Part):
    """One thing that is done."""

    id: Key
    type: str = Field(max_length=100)
    title: str = Field("", max_length=200)
    note: str = Field("", max_length=10_000)
    params: Json = Field(default_factory=dict)
    needs: tuple[NeedText, ...] | None = Field(None, max_length=100, description="None: the action before it")
    join: Join = Join.ALL
    condition: Json | None = Field(None, alias="if")
    run_at: str | None = Field(None, max_length=1000, description="An instant, or a template that gives one")
    for_each: ForEach | None = None
    retry: Retry | None = None
    timeout_seconds: float = Field(30, gt=0, le=MAX_TIMEOUT_SECONDS)
    start_within_seconds: float | None = Field(None, gt=0, le=MAX_SECONDS)
    allow_failure: bool = False
    undo: Undo | None = None
    notifications: Notifications = ()


class Settings(Flow):
    """What holds for the whole workflow."""

    retry: Retry = Field(default_factory=Retry)
    timeout_seconds: float | None = Field(None, gt=0, le=MAX_SECONDS, description="Of the whole run, waits included")
    on_failure: str | None = Field(
        None, max_length=220, description="A workflow, by name or slug, started when a run fails"
    )
    undo: bool = Field(True, description="Whether a failed run undoes the actions that name an `undo`")
    notifications: Notifications = Field((), description="About the run as a whole")
    on_publish: OnPublish = Field(
        OnPublish.PIN, description="Which version runs go on with when this one becomes active: their own, or this one"
    )


class Definition(Part):
    """A whole definition."""

    name: str = Field(min_length=1, max_length=200)
    description: str = Field("", max_length=10_000)
    triggers: tuple[TriggerPart, ...] = ()
    conditions: Json | None = None
    settings: Settings = Field(default_factory=Settings)
    actions: tuple[ActionPart, ...]

    def action(self, key: str) -> ActionPart:
        return next(part for part in self.actions if part.id == key)

    def policy(self, key: str) -> RetryPolicy:
        return (self.action(key).retry or self.settings.retry).policy()
