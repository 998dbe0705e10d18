"""What somebody who changes something began with: if it is not that any more, nothing is changed.

The comparison is made by the service that changes the row, under the lock of the row, so of two who began with the same
state exactly one wins. `core.api.etags` reads and writes the headers.
"""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from core.errors import SequiturError

STATE_CHARACTERS = 24


class PreconditionFailedError(SequiturError):
    """It was changed since you read it."""

    code = "precondition_failed"
    status = 412


@dataclass(frozen=True, slots=True)
class Expected:
    """The states that a change may begin from; `is_any`: whichever, as long as there is one (`If-Match: *`)."""

    states: frozenset[str] = frozenset()
    is_any: bool = False

    def check(self, state: str | None, *, by: str = "", at: datetime | None = None) -> None:
        """Do nothing when the row is in one of the states. `state` is None where there is no such row (any more).

        Raises `PreconditionFailedError` that says who changed it last, and when.
        """
        if state is None:
            raise PreconditionFailedError("It is not there (any more): there is nothing to change. Nothing was done.")
        if self.is_any or state in self.states:
            return
        who = f" by {by}" if by else ""
        when = f" at {at.isoformat()}" if at else ""
        raise PreconditionFailedError(
            f"It was changed meanwhile{who}{when}: what you began with is not what is there. Nothing was done. Read it "
            "again, and make your change to what it says now."
        )


def check(expected: Expected | None, state: str | None, *, by: str = "", at: datetime | None = None) -> None:
    """The same; does nothing where nobody said what they began with, so that the last one who writes wins."""
    if expected is not None:
        expected.check(state, by=by, at=at)


def state_of(values: Iterable[Any]) -> str:
    """A word for these values, which changes with any of them: the state of a row that has no number for it."""
    text = json.dumps(list(values), sort_keys=True, default=str, ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()[:STATE_CHARACTERS]
