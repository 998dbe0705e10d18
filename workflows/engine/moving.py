"""What becomes of the runs that go on when another version becomes the active one. Pure words."""

from enum import StrEnum


class RunsPolicy(StrEnum):
    """Which version the runs that have not ended go on with."""

    PIN = "pin"  # each with its own
    FOLLOW = "follow"  # all that can with the one that becomes active
    MIGRATE = "migrate"  # those that somebody chose, having seen what would become of them


class OnPublish(StrEnum):
    """What a workflow may say itself, for where nobody says it with the publishing."""

    PIN = "pin"
    FOLLOW = "follow"
