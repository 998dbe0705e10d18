"""Flow control: how often, how many at once, and how soon a workflow starts. Also the defaults of a workspace.

Every `key` is text with templates that names what is counted together; without one, the whole workflow is.
"""

from enum import StrEnum
from typing import Annotated

from pydantic import Field

from workflows.definitions.part import MAX_SECONDS, Part

DAY = 86_400
KeyText = Annotated[str, Field(max_length=1000, description="What is counted together; empty: the whole workflow")]


class OnLimit(StrEnum):
    """What becomes of an event when as many runs go on as may."""

    QUEUE = "queue"
    SKIP = "skip"
    CANCEL_RUNNING = "cancel_running"


class Concurrency(Part):
    """How many runs may go on at once."""

    limit: int = Field(ge=1, le=10_000)
    key: KeyText = ""
    on_limit: OnLimit = OnLimit.QUEUE


class Rate(Part):
    """So many starts in any `per_seconds`."""

    limit: int = Field(ge=1, le=100_000)
    per_seconds: float = Field(gt=0, le=31 * DAY)
    key: KeyText = ""


class Dedupe(Part):
    """One start for each key; a key whose run failed may start again."""

    key: str = Field(min_length=1, max_length=1000)
    window_seconds: float = Field(DAY, gt=0, le=MAX_SECONDS)


class Batch(Part):
    """Several events become one run: when there are `max_events`, or `seconds` after the first."""

    max_events: int = Field(ge=2, le=1000)
    seconds: float = Field(gt=0, le=DAY)
    key: KeyText = ""


class CircuitBreaker(Part):
    """After so many failures in `window_seconds` nothing starts; after `pause_seconds` one run is let try."""

    failures: int = Field(ge=1, le=1000)
    window_seconds: float = Field(300, gt=0, le=DAY)
    pause_seconds: float | None = Field(600, gt=0, le=31 * DAY, description="null: until somebody resumes it")


class Flow(Part):
    """All controls; None is one that is not used."""

    concurrency: Concurrency | None = None
    rate_limit: Rate | None = Field(None, description="What is over it is dropped, and says so")
    throttle: Rate | None = Field(None, description="What is over it waits until its time has come")
    cooldown_seconds: float = Field(0, ge=0, le=MAX_SECONDS, description="After a start, nothing starts for so long")
    cooldown_key: KeyText = ""
    dedupe: Dedupe | None = None
    debounce_seconds: float = Field(0, ge=0, le=DAY, description="Starts when nothing came for so long, with the last")
    debounce_key: KeyText = ""
    debounce_max_seconds: float | None = Field(None, gt=0, le=7 * DAY, description="Starts at the latest after so long")
    batch: Batch | None = None
    circuit_breaker: CircuitBreaker | None = None
    priority: int = Field(0, ge=-100, le=100, description="Of what waits for a worker, higher first")
