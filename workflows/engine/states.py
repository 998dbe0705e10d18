"""The words for how far something is; the same everywhere: rows, API, admin, documentation."""

from enum import StrEnum


class WorkflowStatus(StrEnum):
    """Only an active workflow starts runs."""

    DRAFT = "draft"
    ACTIVE = "active"
    PAUSED = "paused"
    ARCHIVED = "archived"


class RunStatus(StrEnum):
    """How far a run is."""

    QUEUED = "queued"
    RUNNING = "running"
    WAITING = "waiting"
    COMPLETED = "completed"
    FAILED = "failed"
    CANCELLED = "cancelled"
    NEEDS_DECISION = "needs_decision"


class ActionStatus(StrEnum):
    """How far one action of a run is."""

    PENDING = "pending"  # its turn has not come
    QUEUED = "queued"  # a worker may claim it
    RUNNING = "running"  # a worker holds it, until its lease ends
    WAITING = "waiting"  # for its due time, for what is to arrive, or for the actions it holds
    COMPLETED = "completed"
    FAILED = "failed"
    SKIPPED = "skipped"
    CANCELLED = "cancelled"
    NEEDS_DECISION = "needs_decision"


class AttemptOutcome(StrEnum):
    """How one try of an action ended."""

    COMPLETED = "completed"
    FAILED = "failed"
    LOST = "lost"  # the worker went away in the middle of it
    INTERRUPTED = "interrupted"  # the worker was told to stop in the middle of it, or the run was cancelled at once


FINISHED_RUN = frozenset({RunStatus.COMPLETED, RunStatus.FAILED, RunStatus.CANCELLED})
GOING_RUN = frozenset(RunStatus) - FINISHED_RUN
EXCEPTIONAL_RUN = (RunStatus.WAITING, RunStatus.FAILED, RunStatus.CANCELLED, RunStatus.NEEDS_DECISION)  # of few runs
FINISHED_ACTION = frozenset({ActionStatus.COMPLETED, ActionStatus.FAILED, ActionStatus.SKIPPED, ActionStatus.CANCELLED})
