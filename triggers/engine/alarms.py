"""The events that say that a clock of a trigger ran out: they are for that trigger alone, and no other counts them."""

from triggers.engine.detectors.base import Detector, Timed

NOTICED = "absence.noticed"
SOURCE = "pattern"


def is_alarm(event_type: str, *, is_public: bool) -> bool:
    """Whether an event is one. Those that senders make are public, so what they call theirs is none."""
    return event_type == NOTICED and not is_public


def timed(detector: Detector | None) -> Timed | None:
    """The detector, if time passes for it."""
    return detector if isinstance(detector, Timed) else None
