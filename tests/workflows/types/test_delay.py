from datetime import datetime, timedelta
from typing import Any

import pytest

from tests.workflows.types.turns import NOW, failure, problems, take, turn
from workflows.types.base import Done, Wait


def waits_until(text: str) -> Wait:
    return Wait(datetime.fromisoformat(text), {"until": text})


def test_seconds_are_counted_from_the_first_turn() -> None:
    first = take("delay", {"seconds": 90.5})

    assert first == waits_until("2026-03-10T09:01:30.500000Z")


@pytest.mark.parametrize(
    ("later", "step"),
    [
        (timedelta(seconds=89), waits_until("2026-03-10T09:01:30Z")),
        (timedelta(seconds=90), Done({"until": "2026-03-10T09:01:30Z"})),
        (timedelta(days=1), Done({"until": "2026-03-10T09:01:30Z"})),
    ],
)
def test_it_is_done_when_the_time_has_come(later: timedelta, step: Wait | Done) -> None:
    at = turn(now=NOW + later, progress={"until": "2026-03-10T09:01:30Z"})

    assert take("delay", {"seconds": 90}, at) == step


@pytest.mark.parametrize(
    ("until", "instant"),
    [
        ("2026-03-10T10:00:00Z", "2026-03-10T10:00:00Z"),
        ("2026-03-10T11:00:00.000001+02:00", "2026-03-10T09:00:00.000001Z"),
        ("2026-03-11", "2026-03-10T23:00:00Z"),
        ("2026-07-01", "2026-06-30T22:00:00Z"),
        ("2026-03-11T09:00", "2026-03-11T08:00:00Z"),
        ("{{ today + 2 }}", "2026-03-11T23:00:00Z"),
        ("{{ now | plus_minutes(5) }}", "2026-03-10T09:05:00Z"),
        ("{{ due }}", "2026-03-12T00:00:00Z"),
    ],
)
def test_an_instant_without_an_offset_is_one_in_the_zone_of_the_workspace(until: str, instant: str) -> None:
    step = take("delay", {"until": until}, turn(due="2026-03-12T00:00:00Z"))

    assert step == waits_until(instant)


@pytest.mark.parametrize("params", [{"seconds": 0}, {"until": "2026-03-10T09:00:00Z"}])
def test_a_moment_that_is_not_in_the_future_is_no_wait(params: dict[str, Any]) -> None:
    assert take("delay", params) == Done({"until": "2026-03-10T09:00:00Z"})


def test_a_moment_long_ago_is_no_wait() -> None:
    assert take("delay", {"until": "0001-01-02"}) == Done({"until": "0001-01-01T23:40:28Z"})


@pytest.mark.parametrize(
    "due",
    ["tomorrow", "2026-02-30", "2027-03-12", "9999-12-31", "9999-12-31T23:00:00-09:00", "0001-01-01", "", None, 5],
)
def test_what_is_no_instant_or_too_far_away_fails(due: Any) -> None:
    error = failure("delay", {"until": "{{ due }}"}, turn(due=due))

    assert (error.code, error.is_retryable) == ("invalid_parameters", False)


@pytest.mark.parametrize("seconds", [-1, 366 * 86_400 + 1, "soon", float("nan")])
def test_what_is_no_number_of_seconds_fails(seconds: Any) -> None:
    error = failure("delay", {"seconds": "{{ n }}"}, turn(n=seconds))

    assert error.code == "invalid_parameters"


@pytest.mark.parametrize(
    ("params", "found"),
    [
        ({"seconds": 5}, []),
        ({"seconds": "{{ n }}"}, []),
        ({"until": "{{ n }}"}, []),
        ({"until": "2027-01-31"}, []),
        ({}, [("/params", "invalid_parameter")]),
        ({"seconds": 5, "until": "2027-01-31"}, [("/params", "invalid_parameter")]),
        ({"seconds": "{{ n }}", "until": "{{ n }}"}, [("/params", "invalid_parameter")]),
        ({"seconds": -1}, [("/params/seconds", "invalid_parameter")]),
        ({"seconds": 366 * 86_400 + 1}, [("/params/seconds", "invalid_parameter")]),
        ({"until": "tomorrow"}, [("/params/until", "invalid_parameter")]),
        (
            {"until": 5, "minutes": 1},
            [("/params/minutes", "unknown_parameter"), ("/params/until", "invalid_parameter")],
        ),
    ],
)
def test_mistakes_are_found_where_they_stand(params: dict[str, Any], found: list[tuple[str, str]]) -> None:
    assert sorted(problems("delay", params)) == found
