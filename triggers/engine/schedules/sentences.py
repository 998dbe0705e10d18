"""Schedules in words, for people who want to know whether they wrote what they meant."""

from datetime import datetime

from triggers.engine.schedules import cron, recurrence
from triggers.engine.schedules.recurrence import Rule
from triggers.engine.schedules.spec import Spec, rule_start

_UNITS = {
    "YEARLY": "year",
    "MONTHLY": "month",
    "WEEKLY": "week",
    "DAILY": "day",
    "HOURLY": "hour",
    "MINUTELY": "minute",
}
_DAYS = dict(
    zip(
        recurrence.WEEKDAYS,
        ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"),
        strict=True,
    )
)
_MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
    "December",
)  # fmt: skip
_ORDINALS = {1: "first", 2: "second", 3: "third", 4: "fourth", 5: "fifth", -1: "last", -2: "second to last"}
_SPANS = ((86_400, "day"), (3600, "hour"), (60, "minute"), (1, "second"))


def sentence(spec: Spec) -> str:
    """The schedule as one sentence, with its time zone and bounds."""
    said = _said(spec)
    if not spec.every_seconds:
        said += f", in the time zone {spec.zone.key}"
    if spec.starts_at is not None:
        said += f", from {_moment(spec.starts_at, spec)}"
    if spec.ends_at is not None:
        said += f", until {_moment(spec.ends_at, spec)}"
    return f"{said}."


def _said(spec: Spec) -> str:
    if spec.cron:
        return cron.explain(spec.cron)
    if spec.rrule:
        return _rule(recurrence.parse(spec.rrule), rule_start(spec))
    if spec.every_seconds:
        return f"Every {_span(spec.every_seconds)}"
    return f"Once, on {_moment(spec.at, spec)}" if spec.at else "Never"


def _moment(moment: datetime, spec: Spec) -> str:
    local = moment.astimezone(spec.zone)
    seconds = f":{local:%S}" if local.second else ""
    return f"{local.day} {_MONTHS[local.month - 1]} {local.year} at {local:%H:%M}{seconds}"


def _span(seconds: int) -> str:
    size, unit = next((size, unit) for size, unit in _SPANS if seconds % size == 0)
    number = seconds // size
    return unit if number == 1 else f"{number} {unit}s"


def _rule(rule: Rule, start: datetime) -> str:
    parts = recurrence.written_out(rule, start)
    unit = _UNITS[rule.frequency]
    words = [f"Every {unit}" if rule.interval == 1 else f"Every {rule.interval} {unit}s"]
    words += _dates(parts)
    if rule.is_fixed:
        words.append(f"at {_times(parts)}")
    else:
        words += [f"in the hours {parts['BYHOUR']}"] if "BYHOUR" in parts else []
        words += [f"at minute {_and(parts['BYMINUTE'].split(','))}"] if "BYMINUTE" in parts else []
    if "BYSETPOS" in parts:
        words.append(f"(only the {_and([_ordinal(int(word)) for word in parts['BYSETPOS'].split(',')])} of these)")
    if rule.count is not None:
        words.append("once" if rule.count == 1 else f"{rule.count} times")
    if rule.until:
        words.append(f"until {rule.until[:4]}-{rule.until[4:6]}-{rule.until[6:8]}")
    return " ".join(words)


def _dates(parts: dict[str, str]) -> list[str]:
    words = []
    if "BYMONTH" in parts:
        words.append(f"in {_and([_MONTHS[int(word) - 1] for word in parts['BYMONTH'].split(',')])}")
    if "BYWEEKNO" in parts:
        words.append(f"in week {_and(parts['BYWEEKNO'].split(','))}")
    if "BYYEARDAY" in parts:
        words.append(f"on day {_and(parts['BYYEARDAY'].split(','))} of the year")
    if "BYMONTHDAY" in parts:
        words.append(f"on {_and([_month_day(int(word)) for word in parts['BYMONTHDAY'].split(',')])}")
    if "BYDAY" in parts:
        words.append(f"on {_and([_day(word) for word in parts['BYDAY'].split(',')])}")
    return words


def _times(parts: dict[str, str]) -> str:
    hours, minutes = (sorted(map(int, parts[name].split(","))) for name in ("BYHOUR", "BYMINUTE"))
    return _and([f"{hour:02}:{minute:02}" for hour in hours for minute in minutes])


def _month_day(number: int) -> str:
    return f"day {number}" if number > 0 else f"the {_ordinal(number)} day"


def _day(word: str) -> str:
    nth, name = word[:-2], _DAYS[word[-2:]]
    return f"the {_ordinal(int(nth))} {name}" if nth else name


def _ordinal(number: int) -> str:
    if number in _ORDINALS:
        return _ORDINALS[number]
    return f"{number}th" if number > 0 else f"{-number}th to last"


def _and(words: list[str]) -> str:
    *rest, last = words
    return f"{', '.join(rest)} and {last}" if rest else last
