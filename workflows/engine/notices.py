"""What people may be told of, and how hard it is tried. Pure."""

from enum import StrEnum

from workflows.engine.retry import Backoff, RetryPolicy

GROUP_SECONDS = 60.0


class NotifyOn(StrEnum):
    """What happens to an action, or to the run, of which people are told."""

    READY = "ON_READY"  # the action was queued, the run made
    STARTED = "ON_STARTED"
    COMPLETED = "ON_COMPLETED"
    FAILED = "ON_FAILED"  # for good: no other try follows
    RETRY = "ON_RETRY"  # a try failed, and another follows
    NEEDS_DECISION = "ON_NEEDS_DECISION"  # an approval was asked for, or nobody knows the outcome
    PAUSED = "ON_PAUSED"  # the circuit breaker of the workflow opened: of the workflow alone

    @property
    def group_seconds(self) -> float:
        """For how long messages are gathered, unless the policy says: what comes in floods, and nothing else."""
        return GROUP_SECONDS if self in {NotifyOn.FAILED, NotifyOn.RETRY} else 0.0


class DeliveryStatus(StrEnum):
    """How far a notification is."""

    PENDING = "pending"  # to be sent, at once or when its time has come
    SENT = "sent"
    FAILED = "failed"  # for good; a person may replay it
    GROUPED = "grouped"  # goes out in one message with others
    SKIPPED = "skipped"  # there is nobody to tell, or nothing any more


# A mail server that is down for half an hour loses nobody's message.
RETRY = RetryPolicy(max_attempts=8, backoff=Backoff.EXPONENTIAL, initial_seconds=5, max_seconds=900, jitter=True)
