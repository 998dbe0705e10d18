"""What is wrong with the parameters of a schedule, in sentences."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from core import validation
from triggers.engine.schedules import cron, moments, recurrence, spec

KINDS = ("cron", "every_seconds", "at", "rrule")
_SAMPLE = datetime(2026, 1, 1, tzinfo=UTC)


def problems(params: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """The name of a parameter ("" for all of them) and what is wrong with it, for parameters whose types are right."""
    given = [name for name in KINDS if params.get(name) is not None]
    if len(given) != 1:
        found = " and ".join(given) or "none of them"
        yield "", f"Say when, by just one of {', '.join(KINDS)}; got {found}."
    zone = params.get("timezone")
    if zone is not None and zone not in moments.zones():
        guess = validation.did_you_mean(zone, moments.zones())
        yield "timezone", f"There is no time zone {zone[:64]!r}; write a name like Europe/Amsterdam.{guess}"
        zone = None
    yield from _instants(params, ZoneInfo(zone or "UTC"))
    if params.get("cron") is not None and (wrong := cron.problem(params["cron"])):
        yield "cron", wrong
    if params.get("rrule") is not None and (wrong := _rule_problem(params, zone or "UTC")):
        yield "rrule", wrong
    if "scheduled_for" in (params.get("data") or {}):
        yield "data", "The event's data has scheduled_for already: the time that it was to fire; choose another name."


def _instants(params: Mapping[str, Any], zone: ZoneInfo) -> Iterator[tuple[str, str]]:
    found = {}
    for name in ("at", "starts_at", "ends_at"):
        if params.get(name) is None:
            continue
        try:
            found[name] = moments.read(params[name], zone)
        except ValueError as error:
            yield name, str(error)
    if "starts_at" in found and "ends_at" in found and found["ends_at"] < found["starts_at"]:
        yield "ends_at", "It ends before it starts: ends_at is earlier than starts_at."


def _rule_problem(params: Mapping[str, Any], zone: str) -> str | None:
    try:
        rule = recurrence.parse(params["rrule"])
    except recurrence.InvalidRuleError as error:
        return str(error)
    if rule.until and not _is_readable(lambda: spec.until_of(rule)):
        return f"UNTIL is no such day or time: {rule.until}."
    counted = next((name for name in ("COUNT", "INTERVAL") if rule.parts.get(name, "1") != "1"), None)
    if counted and params.get("starts_at") is None:
        return f"{counted} counts from starts_at; add it."
    with suppress(ValueError):
        written = {name: params.get(name) for name in ("rrule", "starts_at")}
        sample = spec.of({**written, "rrule": _endless(rule)}, anchor=_SAMPLE, zone=zone)
        if spec.next_after(sample, datetime(moments.EARLIEST_YEAR, 1, 1, tzinfo=UTC)) is None:
            return "It never fires: there is no such day or time."
    return None


def _endless(rule: recurrence.Rule) -> str:
    return ";".join(f"{name}={value}" for name, value in rule.parts.items() if name not in {"COUNT", "UNTIL"})


def _is_readable(read: Callable[[], object]) -> bool:
    try:
        read()
    except ValueError:
        return False
    return True
