from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from workflows.engine.flow import circuit
from workflows.engine.flow.circuit import Circuit, CircuitState, Rule

NOW = datetime(2026, 1, 31, 12, tzinfo=UTC)
RULE = Rule(failures=3, window_seconds=300, pause_seconds=600)
NEVER = replace(RULE, pause_seconds=None)


def at(seconds: float) -> datetime:
    return NOW + timedelta(seconds=seconds)


def fail(found: Circuit, *seconds: float, rule: Rule = RULE, **changes: Any) -> Circuit:
    for each in seconds:
        found = circuit.failed(found, rule, at=at(each), **{"started_at": at(each), **changes})
    return found


OPEN = fail(Circuit(), 0, 1, 2)


@pytest.mark.parametrize(
    ("seconds", "is_open"),
    [((0, 1), False), ((0, 1, 299.999), True), ((0, 1, 300), False), ((0, 1, 300, 300.5), True), ((5, 0, 2), True)],
)
def test_it_opens_with_so_many_failures_less_than_the_window_apart(seconds: tuple[float, ...], is_open: bool) -> None:
    assert fail(Circuit(), *seconds).is_open is is_open


def test_an_open_one_says_why_and_until_when() -> None:
    assert (OPEN.opened_at, OPEN.until, OPEN.state(at(3))) == (at(2), at(602), CircuitState.OPEN)
    assert OPEN.why(at(3)) == ("circuit breaker: 3 failures in 300 s; open until 12:10:02Z, or until it is resumed")
    assert fail(Circuit(), 0, 1, 2, rule=NEVER).why(at(3)) == (
        "circuit breaker: 3 failures in 300 s; open until it is resumed"
    )


@pytest.mark.parametrize(("seconds", "may_try"), [(601.999, False), (602, True)])
def test_after_the_pause_one_may_try(seconds: float, may_try: bool) -> None:
    assert OPEN.may_try(at(seconds)) is may_try


@pytest.mark.parametrize(("seconds", "may_try"), [(602 + 599.999, False), (602 + 600, True)])
def test_a_try_that_never_ends_gives_its_place_to_another(seconds: float, may_try: bool) -> None:
    tried = circuit.tried(OPEN, RULE, now=at(602))

    assert tried.state(at(603)) == CircuitState.HALF_OPEN
    assert tried.may_try(at(seconds)) is may_try


def test_a_try_that_completes_closes_it() -> None:
    tried = circuit.tried(OPEN, RULE, now=at(602))

    assert circuit.passed(tried, at=at(610), started_at=at(602)) == Circuit(closed_at=at(610))


def test_each_try_that_fails_doubles_the_pause_up_to_16_times() -> None:
    found, pauses = OPEN, []
    for _ in range(6):
        now = found.until or NOW
        found = circuit.tried(found, RULE, now=now)
        found = circuit.failed(found, RULE, at=now, started_at=now, is_probe=True)
        pauses.append(((found.until or now) - now).total_seconds() / 600)

    assert pauses == [2, 4, 8, 16, 16, 16]
    assert found.reason == "3 failures in 300 s, and the run that tried it failed"


def test_a_try_by_hand_that_fails_begins_the_pause_again() -> None:
    found = fail(OPEN, 100, is_probe=True, is_by_hand=True)

    assert (found.until, found.trials) == (at(700), 0)


def test_runs_from_before_say_nothing() -> None:
    assert fail(OPEN, 10) == OPEN
    assert fail(OPEN, 10, is_probe=True, started_at=at(1)) == OPEN
    assert circuit.passed(OPEN, at=at(10), started_at=at(1)) == OPEN
    assert fail(circuit.closed(at(10)), 20, 21, 22, started_at=at(9)) == circuit.closed(at(10))


def test_a_try_that_was_cancelled_lets_another_try() -> None:
    assert circuit.gave_up(circuit.tried(OPEN, RULE, now=at(602))).may_try(at(603))


@pytest.mark.parametrize("found", [Circuit(), OPEN, circuit.tried(OPEN, RULE, now=NOW), circuit.closed(NOW)])
def test_what_is_written_is_read(found: Circuit) -> None:
    assert circuit.read(circuit.write(found)) == found
