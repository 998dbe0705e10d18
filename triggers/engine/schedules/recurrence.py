"""RRULEs of RFC 5545, by python-dateutil, bounded: a rule that names nothing, or too much, costs no more than others.

Constraints: dateutil counts from the start of a rule each time it is asked, looks for a match until the year 9999, and
lets a rule name every second. So what a rule takes from its start is written out, which lets the start be moved close
to the moment that is asked about (`_near`), the search ends when years have gone by without a match (`_Watched`), and
seconds are refused. A rule with COUNT cannot be moved, hence `MAX_COUNT`. dateutil goes from minute to minute until
BYHOUR and BYMINUTE are met, so every hour and every minute are written as days with all of them (`_daily`).
"""

import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

from dateutil import rrule as dateutil

MAX_LENGTH = 500
MAX_COUNT = 1000
MAX_TIMES_OF_A_DAY = 100
MAX_YEARS = 100  # that are looked ahead
MAX_REBUILDS = 600  # without a match: months, for a rule that looks at days; 50 years of them
MAX_LOOKS = 3000  # of a rule by hours or minutes, at most one for each day without a match: 8 years of them
FREQUENCIES = ("YEARLY", "MONTHLY", "WEEKLY", "DAILY", "HOURLY", "MINUTELY")
WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")

# Each number that a part may hold: lowest and highest; with True, also negative.
_NUMBERS = {
    "BYMONTH": (1, 12, False),
    "BYMONTHDAY": (1, 31, True),
    "BYYEARDAY": (1, 366, True),
    "BYWEEKNO": (1, 53, True),
    "BYSETPOS": (1, 366, True),
    "BYHOUR": (0, 23, False),
    "BYMINUTE": (0, 59, False),
}
_NUMBER = re.compile(r"[+-]?\d{1,4}", re.ASCII)
_FROM_ONE = re.compile(r"[1-9]\d{0,3}", re.ASCII)
_EXPECTED = {
    "FREQ": (re.compile("|".join(FREQUENCIES)), f"one of {', '.join(FREQUENCIES)}"),
    "INTERVAL": (_FROM_ONE, "a whole number from 1 to 9999"),
    "COUNT": (_FROM_ONE, f"a whole number from 1 to {MAX_COUNT}"),
    "UNTIL": (re.compile(r"\d{8}(T\d{6}Z?)?", re.ASCII), "written like 20261231 or 20261231T235959Z"),
    "WKST": (re.compile("|".join(WEEKDAYS)), f"one of {', '.join(WEEKDAYS)}"),
    "BYDAY": (re.compile(rf"([+-]?[1-9]\d?)?({'|'.join(WEEKDAYS)})", re.ASCII), "a list of days like MO,2TU,-1FR"),
}
_REFUSED = {
    "BYSECOND": "BYSECOND is not accepted: a rule fires at most once a minute.",
    "DTSTART": "The start of a rule stands in starts_at, not in the rule.",
}
_STEP = {
    "WEEKLY": timedelta(weeks=1),
    "DAILY": timedelta(days=1),
    "HOURLY": timedelta(hours=1),
    "MINUTELY": timedelta(minutes=1),
}


class InvalidRuleError(ValueError):
    """The text is no RRULE that is accepted; the message is a sentence that says why."""


@dataclass(frozen=True, slots=True)
class Rule:
    """The parts of a rule, by name, in upper case. `until` is a wall-clock time, or an instant when it ended in Z."""

    parts: Mapping[str, str]
    interval: int
    count: int | None
    until: str

    @property
    def frequency(self) -> str:
        return self.parts["FREQ"]

    @property
    def is_fixed(self) -> bool:
        """Whether it names times of day: what daylight saving does to it."""
        return self.frequency not in {"HOURLY", "MINUTELY"}


@lru_cache(maxsize=4096)
def parse(text: str) -> Rule:
    """The rule. Raises `InvalidRuleError`."""
    if len(text) > MAX_LENGTH:
        raise InvalidRuleError(f"The rule has {len(text)} characters; at most {MAX_LENGTH} are accepted.")
    parts: dict[str, str] = {}
    for part in text.strip().upper().removeprefix("RRULE:").split(";"):
        name, equals, value = part.partition("=")
        if not equals or not value:
            raise InvalidRuleError(f"Expected parts like FREQ=DAILY joined by ;, got {part[:40]!r}.")
        if name in parts:
            raise InvalidRuleError(f"{name[:40]} stands there twice.")
        _check(name, value)
        parts[name] = value
    return _joined(parts)


def after(text: str, wall: datetime, *, start: datetime, until: datetime | None = None) -> Iterator[datetime]:
    """The wall-clock times that a valid rule names after `wall`, not before `start` and not after `until`."""
    rule = parse(text)
    watched = _watched(rule, start, wall)
    with suppress(_NothingError):
        for found in watched:
            watched.rebuilds = watched.looks = 0
            if (until is not None and found > until) or found.year > wall.year + MAX_YEARS:
                return
            if found > wall and found >= start:
                yield found


def written_out(rule: Rule, start: datetime) -> dict[str, str]:
    """The parts of the rule with what it takes from its start."""
    return {**rule.parts, **_taken_from(start, rule.parts)}


def _check(name: str, value: str) -> None:
    if name in _REFUSED:
        raise InvalidRuleError(_REFUSED[name])
    if name in _NUMBERS:
        return _check_numbers(name, value)
    if name not in _EXPECTED:
        raise InvalidRuleError(f"{name[:40]!r} is no part of an RRULE (RFC 5545).")
    if name == "FREQ" and value == "SECONDLY":
        raise InvalidRuleError("FREQ=SECONDLY is not accepted: write every_seconds instead.")
    pattern, expected = _EXPECTED[name]
    words = value.split(",") if name == "BYDAY" else [value]
    if bad := next((word for word in words if not pattern.fullmatch(word)), None):
        raise InvalidRuleError(f"{name} is {expected}; got {bad[:40]!r}.")
    if name == "COUNT" and int(value) > MAX_COUNT:
        raise InvalidRuleError(f"COUNT is at most {MAX_COUNT}; got {value}. Write UNTIL instead.")
    return None


def _check_numbers(name: str, value: str) -> None:
    lowest, highest, is_signed = _NUMBERS[name]
    for word in value.split(","):
        number = int(word) if _NUMBER.fullmatch(word) else None
        size = abs(number) if number is not None and is_signed else number
        if size is None or not lowest <= size <= highest:
            signed = f", or -{highest} to -{lowest} from the end" if is_signed else ""
            raise InvalidRuleError(
                f"{name} is a list of numbers from {lowest} to {highest}{signed}; got {word[:40]!r}."
            )


def _joined(parts: dict[str, str]) -> Rule:
    if "FREQ" not in parts:
        raise InvalidRuleError("FREQ is missing: FREQ=DAILY, for example.")
    if "COUNT" in parts and "UNTIL" in parts:
        raise InvalidRuleError("COUNT and UNTIL exclude each other (RFC 5545); write one of them.")
    if "BYSETPOS" in parts and not any(name.startswith("BY") and name != "BYSETPOS" for name in parts):
        raise InvalidRuleError("BYSETPOS chooses among what another BY part names; add one.")
    if parts["FREQ"] in FREQUENCIES[:4]:
        times = len(set(parts.get("BYHOUR", "0").split(","))) * len(set(parts.get("BYMINUTE", "0").split(",")))
        if times > MAX_TIMES_OF_A_DAY:
            raise InvalidRuleError(
                f"BYHOUR and BYMINUTE name {times} times of a day; at most {MAX_TIMES_OF_A_DAY} are accepted. "
                "Write FREQ=MINUTELY or FREQ=HOURLY."
            )
    _check_days(parts)
    count = int(parts["COUNT"]) if "COUNT" in parts else None
    return Rule(parts, int(parts.get("INTERVAL", "1")), count, parts.get("UNTIL", ""))


def _check_days(parts: Mapping[str, str]) -> None:
    numbers = [abs(int(day[:-2])) for day in parts.get("BYDAY", "").split(",") if len(day) > 2]
    if numbers and parts["FREQ"] not in {"MONTHLY", "YEARLY"}:
        raise InvalidRuleError("Only FREQ=MONTHLY and FREQ=YEARLY know a second or last weekday, as in BYDAY=2TU.")
    most = 53 if parts["FREQ"] == "YEARLY" and "BYMONTH" not in parts else 5
    if max(numbers, default=0) > most:
        raise InvalidRuleError(f"BYDAY counts to {most}: no month or year has so many of a weekday.")


class _NothingError(Exception):
    """Years without a match."""


class _Watched(dateutil.rrule):
    """A rule that gives up. dateutil reads `_byeaster` each time it begins another month or year, and nowhere else
    while it looks for a match; there it is counted. Easter itself is no part of RFC 5545 and never given."""

    rebuilds = 0
    looks = 0
    _bymonth: object

    @property
    def _byeaster(self) -> None:
        self.rebuilds += 1
        if self.rebuilds > MAX_REBUILDS:
            raise _NothingError

    @_byeaster.setter
    def _byeaster(self, value: object) -> None:
        """Dateutil sets it to None."""


class _Months(frozenset[int]):
    """The months of a rule by hours or minutes. dateutil asks for that of each time that it looks at, match or not."""

    rule: _Watched

    def __contains__(self, month: object) -> bool:
        self.rule.looks += 1
        if self.rule.looks > MAX_LOOKS:
            raise _NothingError
        return super().__contains__(month)


def _watched(rule: Rule, start: datetime, wall: datetime) -> _Watched:
    given = written_out(rule, start)
    lists = {name.lower(): [int(word) for word in given[name].split(",")] for name in _NUMBERS if name in given}
    named: dict[str, Any] = {**lists}
    if "BYDAY" in given:
        named["byweekday"] = [_weekday(word) for word in given["BYDAY"].split(",")]
    begin = start if rule.count is not None else _near(rule, start, wall)
    try:
        frequency = _daily(rule, named)
        watched = _Watched(
            getattr(dateutil, frequency),
            dtstart=begin,
            interval=rule.interval,
            wkst=WEEKDAYS.index(given.get("WKST", "MO")),
            count=rule.count,
            bysecond=start.second,
            **named,
        )
    except ValueError:  # an INTERVAL that never meets BYHOUR or BYMINUTE, or a BYSETPOS beyond all that an hour has
        return _Watched(dateutil.YEARLY, dtstart=start, count=0)
    if frequency in {"HOURLY", "MINUTELY"}:
        months = _Months(named.get("bymonth", range(1, 13)))
        months.rule = watched
        watched._bymonth = months  # noqa: SLF001  as with `_byeaster`
    return watched


def _daily(rule: Rule, named: dict[str, Any]) -> str:
    """The frequency that dateutil is given. Every hour and every minute are all of them of every day, in `named`.

    BYSETPOS of hours chooses the same minutes of each, of minutes there is nothing to choose. Raises ValueError where
    it chooses none.
    """
    if not rule.is_fixed and "bysetpos" in named:
        minutes = sorted(set(named["byminute"])) if rule.frequency == "HOURLY" else [None]
        places = [at - (at > 0) for at in named.pop("bysetpos")]
        chosen = [minutes[at] for at in places if -len(minutes) <= at < len(minutes)]
        if not chosen:
            raise ValueError
        named |= {"byminute": chosen} if rule.frequency == "HOURLY" else {}
    if rule.is_fixed or rule.interval > 1:
        return rule.frequency
    named.setdefault("byhour", list(range(24)))
    if rule.frequency == "MINUTELY":
        named.setdefault("byminute", list(range(60)))
    return "DAILY"


def _weekday(word: str) -> Any:
    nth, day = word[:-2], getattr(dateutil, word[-2:])
    return day(int(nth)) if nth else day


def _taken_from(start: datetime, parts: Mapping[str, str]) -> dict[str, str]:
    """What a rule takes from its start when it does not say it (RFC 5545, section 3.3.10), written out."""
    frequency, taken = parts["FREQ"], {}
    if not parts.keys() & {"BYYEARDAY", "BYWEEKNO", "BYDAY", "BYMONTHDAY"}:
        if frequency == "YEARLY" and "BYMONTH" not in parts:
            taken["BYMONTH"] = str(start.month)
        if frequency in {"YEARLY", "MONTHLY"}:
            taken["BYMONTHDAY"] = str(start.day)
        if frequency == "WEEKLY":
            taken["BYDAY"] = WEEKDAYS[start.weekday()]
    if frequency not in {"HOURLY", "MINUTELY"} and "BYHOUR" not in parts:
        taken["BYHOUR"] = str(start.hour)
    if frequency != "MINUTELY" and "BYMINUTE" not in parts:
        taken["BYMINUTE"] = str(start.minute)
    return taken


def _near(rule: Rule, start: datetime, wall: datetime) -> datetime:
    """A start from which the rule goes on as from `start`, whole intervals later, one or two before `wall`."""
    if wall <= start:
        return start
    if rule.frequency in _STEP:
        step = _STEP[rule.frequency] * rule.interval
        return start + max(0, (wall - start) // step - 1) * step
    months = rule.interval * (12 if rule.frequency == "YEARLY" else 1)
    between = (wall.year - start.year) * 12 + wall.month - start.month
    if (whole := between // months - 1) <= 0:
        return start
    # The first of its month, or year: before everything that the period names, and after what came before it.
    index = start.year * 12 + start.month - 1 + whole * months
    month = 1 if rule.frequency == "YEARLY" else index % 12 + 1
    return start.replace(year=index // 12, month=month, day=1, hour=0, minute=0)
