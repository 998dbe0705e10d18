"""A trigger that the clock fires: by a cron expression, every so many seconds, once, or by an RRULE."""

from collections.abc import Iterable
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field

from core import pointers
from core.errors import Problem
from triggers.base import TriggerParams, TriggerType
from triggers.engine.schedules import catching_up, checks, jitter, spec
from triggers.registry import register

MAX_EVERY_SECONDS = 10 * 366 * 86_400


Overlap = Literal["allow", "skip", "queue", "cancel_running"]


def _spelled_out(value: object) -> object:
    return "cancel_running" if value == "cancel" else value


class Params(TriggerParams):
    """When, and what happens when it was not possible then. Just one of the first four is given."""

    cron: str | None = Field(None, description="Five fields as in 0 9 * * 1-5, or @hourly, @daily, @weekly, ...")
    every_seconds: int | None = Field(
        None,
        ge=spec.MIN_SECONDS,
        le=MAX_EVERY_SECONDS,
        strict=True,
        description="Counted from starts_at, or from when the workflow was published",
    )
    at: str | None = Field(None, description="Once: 2026-01-31T09:30, in the time zone unless it has an offset")
    rrule: str | None = Field(None, description="RFC 5545: FREQ=MONTHLY;BYDAY=-1FR;BYHOUR=17")
    timezone: str | None = Field(None, description="IANA name, e.g. Europe/Amsterdam; default: the workspace's")
    starts_at: str | None = Field(None, description="Nothing fires before it")
    ends_at: str | None = Field(None, description="Nothing fires after it")
    jitter_seconds: int = Field(0, ge=0, le=jitter.MAX_SECONDS, strict=True, description="Fires up to so much later")
    catch_up: catching_up.CatchUp = Field("latest", description="Which times fire late, after nothing ran for a while")
    max_catch_up: int = Field(
        100,
        ge=1,
        le=catching_up.MAX_CATCH_UP,
        strict=True,
        description="With catch_up: all, the newest so many",
    )
    overlap: Annotated[Overlap, BeforeValidator(_spelled_out)] = Field(
        "allow",
        description="While the run of the time before still goes: run beside it, not at all, after it, or instead",
    )
    data: dict[str, Any] = Field(default_factory=dict, description="The data of the event, besides scheduled_for")


class ScheduleTrigger(TriggerType[Params]):
    """Fires at times; each is an event of the type `schedule.fired` that only this trigger sees."""

    key = "schedule"
    title = "Schedule"
    description = "A time came: by cron, every so many seconds, once, or by an RRULE."
    params_model = Params
    aliases = ("schedule.cron",)

    def check(self, params: Params, *, path: str) -> list[Problem]:
        return list(_problems(checks.problems(params.model_dump()), path))


def _problems(found: Iterable[tuple[str, str]], path: str) -> Iterable[Problem]:
    return (Problem(pointers.join(path, name) if name else path, "invalid", sentence) for name, sentence in found)


register(ScheduleTrigger())
