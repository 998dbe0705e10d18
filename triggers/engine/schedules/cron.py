"""Cron expressions: five fields, read as Debian's cron does, by cronsim.

Sources disagree on cron. Here, day of month and weekday both have to match when one of them begins with a star, and
else one is enough; weekdays are 0-7, 0 and 7 both Sunday; `L` is the last day of the month, `LW` its last weekday,
`5L` its last Friday, `5#2` its second one. A name is not case-sensitive.
"""

from collections.abc import Iterator
from copy import copy
from datetime import datetime
from functools import lru_cache

from cronsim import CronSim, CronSimError

MAX_LENGTH = 200
MACROS = {
    "@yearly": "0 0 1 1 *",
    "@annually": "0 0 1 1 *",
    "@monthly": "0 0 1 * *",
    "@weekly": "0 0 * * 0",
    "@daily": "0 0 * * *",
    "@midnight": "0 0 * * *",
    "@hourly": "0 * * * *",
}
_FIELDS = {  # cronsim's name of each: ours, and what it may hold
    "minute": ("minute", "0-59"),
    "hour": ("hour", "0-23"),
    "day-of-month": ("day of month", "1-31, L or LW, and a day that the months have"),
    "month": ("month", "1-12 or JAN-DEC"),
    "day-of-week": ("weekday", "0-7 or SUN-SAT, 5L for the last Friday, 5#2 for the second"),
}
_EPOCH = datetime(2000, 1, 1)  # noqa: DTZ001  a wall-clock time


def problem(text: str) -> str | None:
    """What is wrong with an expression, as a sentence; None when nothing is."""
    word, fields = text.strip()[:40], expand(text).split()
    if len(text) > MAX_LENGTH:
        return f"The expression has {len(text)} characters; at most {MAX_LENGTH} are accepted."
    if word.startswith("@") and word.lower() not in MACROS:
        return f"There is no {word!r}; there are {', '.join(MACROS)}."
    if len(fields) != 5:
        return f"Expected 5 fields: minute, hour, day of month, month, weekday; got {len(fields)}." + (
            " There are no seconds: what happens more often than every minute is written with every_seconds."
            if len(fields) == 6
            else ""
        )
    try:
        rule = _parsed(expand(text))
    except CronSimError as error:
        return _sentence(str(error), fields)
    never = next(_after(rule, _EPOCH), None) is None
    return "It never fires: in 50 years there is no such day." if never else None


def expand(text: str) -> str:
    """The expression with its macro, if it is one, written out, and single spaces."""
    return MACROS.get(text.strip().lower(), " ".join(text.split()))


def is_fixed(text: str) -> bool:
    """Whether it names times of day, and no wildcard of the minute or the hour: what daylight saving does to it."""
    minute, hour, *_ = expand(text).split()
    return not minute.startswith("*") and not hour.startswith("*")


def after(text: str, wall: datetime) -> Iterator[datetime]:
    """The wall-clock times that a valid expression names after `wall`. Ends when there are none for 50 years."""
    return _after(_parsed(expand(text)), wall)


def explain(text: str) -> str:
    """A valid expression in the words of cronsim: `At 09:00 on Monday through Friday`."""
    return str(_parsed(expand(text)).explain())


@lru_cache(maxsize=10_000)
def _parsed(expression: str) -> CronSim:
    """Raises `CronSimError`. To be copied before it is iterated: parsing takes longer than finding the next time."""
    return CronSim(expression, _EPOCH)


def _after(rule: CronSim, wall: datetime) -> Iterator[datetime]:
    own = copy(rule)
    own.dt = wall.replace(microsecond=0)
    return own


def _sentence(error: str, fields: list[str]) -> str:
    name = error.removeprefix("Bad ")
    if name not in _FIELDS:
        return f"It is no cron expression: {error}."
    ours, expected = _FIELDS[name]
    written = fields[list(_FIELDS).index(name)]
    return f"The field {ours} is not valid: expected {expected}, with * , - and /; got {written[:40]!r}."
