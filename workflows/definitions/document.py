"""The definition in its canonical form: triggers, conditions, and a list of actions done one after the other.

Parts of the public contract that this release cannot do are refused by name (`NOT_YET`), never ignored.
"""

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from workflows.engine.retry import Backoff, RetryPolicy

Key = Annotated[str, StringConstraints(pattern=r"^[A-Za-z_][A-Za-z0-9_]{0,99}$")]
Json = dict[str, Any]

# By the part of the document they stand in.
NOT_YET: dict[str, frozenset[str]] = {
    "settings": frozenset(
        {
            "timeout_seconds", "concurrency", "rate_limit", "cooldown_seconds", "dedupe", "debounce_seconds",
            "circuit_breaker", "priority", "on_failure",
        }
    ),
    "actions": frozenset({"needs", "join", "if", "for_each", "run_at", "notifications", "undo"}),
}  # fmt: skip


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Retry(_Part):
    """When a failed try of an action is followed by another."""

    max_attempts: int = Field(4, ge=1, le=50, description="All tries, the first included")
    backoff: Backoff = Backoff.EXPONENTIAL
    initial_seconds: float = Field(1, ge=0, le=86_400)
    max_seconds: float = Field(300, ge=0, le=86_400)
    jitter: bool = True

    def policy(self) -> RetryPolicy:
        return RetryPolicy(**self.model_dump())


class TriggerPart(_Part):
    """One way in which the workflow starts."""

    id: Key
    type: str = Field(max_length=200)
    title: str = Field("", max_length=200)
    note: str = Field("", max_length=10_000)
    params: Json = Field(default_factory=dict)
    filters: Json = Field(default_factory=dict)
    conditions: Json | None = None


class ActionPart(_Part):
    """One thing that is done."""

    id: Key
    type: str = Field(max_length=100)
    title: str = Field("", max_length=200)
    note: str = Field("", max_length=10_000)
    params: Json = Field(default_factory=dict)
    retry: Retry | None = None
    timeout_seconds: float = Field(30, gt=0, le=300)
    allow_failure: bool = False


class Settings(_Part):
    """What holds for the whole workflow."""

    retry: Retry = Field(default_factory=Retry)


class Definition(_Part):
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
