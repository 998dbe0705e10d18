"""Rules that would take dateutil very long, or that it cannot do; what rules mean: test_cases.py, test_spec.py."""

import time
from datetime import datetime
from itertools import islice

import pytest

from triggers.engine.schedules import recurrence

START = datetime(2026, 6, 1)  # noqa: DTZ001  a wall-clock time
MAX_SECONDS = 2  # of CPU; each took minutes, or for ever


@pytest.mark.parametrize(
    "rule",
    [
        "FREQ=MINUTELY;BYSETPOS=2;BYHOUR=3",
        "FREQ=MINUTELY;BYMONTH=12;BYYEARDAY=60;BYHOUR=23;BYSETPOS=5",
        "FREQ=HOURLY;BYSETPOS=60;BYMINUTE=1,2",
        "FREQ=MINUTELY;BYMONTH=2;BYMONTHDAY=30;BYHOUR=23;BYMINUTE=59",
        "FREQ=MINUTELY;INTERVAL=7;BYMONTH=2;BYMONTHDAY=30;BYHOUR=23;BYMINUTE=59",
    ],
)
def test_a_rule_that_never_fires_is_given_up_soon(rule: str) -> None:
    began = time.process_time()

    assert next(recurrence.after(rule, START, start=START), None) is None
    assert time.process_time() - began < MAX_SECONDS


def test_a_minute_of_every_leap_day_is_found_soon() -> None:
    began = time.process_time()

    found = islice(recurrence.after("FREQ=MINUTELY;BYYEARDAY=366;BYHOUR=23;BYMINUTE=59", START, start=START), 3)

    assert [each.isoformat() for each in found] == [f"{year}-12-31T23:59:00" for year in (2028, 2032, 2036)]
    assert time.process_time() - began < MAX_SECONDS


@pytest.mark.parametrize(
    ("rule", "times"),
    [
        ("FREQ=HOURLY;BYMINUTE=10,20,30;BYSETPOS=-1,1", ["00:10", "00:30", "01:10"]),
        ("FREQ=HOURLY;BYHOUR=5,9;BYMINUTE=0", ["05:00", "09:00", "05:00"]),
        ("FREQ=HOURLY;INTERVAL=5;BYMINUTE=7", ["00:07", "05:07", "10:07"]),
        ("FREQ=MINUTELY;BYHOUR=7;BYMINUTE=58,59", ["07:58", "07:59", "07:58"]),
        ("FREQ=MINUTELY;BYHOUR=0;BYSETPOS=1", ["00:01", "00:02", "00:03"]),
        ("FREQ=MINUTELY;COUNT=3;BYHOUR=7", ["07:00", "07:01", "07:02"]),
    ],
)
def test_hours_and_minutes_are_those_that_the_rule_names(rule: str, times: list[str]) -> None:
    found = islice(recurrence.after(rule, START, start=START), 3)

    assert [f"{each:%H:%M}" for each in found] == times


@pytest.mark.parametrize(
    "rule", ["FREQ=YEARLY;BYDAY=99MO", "FREQ=MONTHLY;BYDAY=6MO", "FREQ=YEARLY;BYMONTH=2;BYDAY=53SU"]
)
def test_weekdays_that_no_month_or_year_has_are_refused(rule: str) -> None:
    with pytest.raises(recurrence.InvalidRuleError, match="BYDAY counts to"):
        recurrence.parse(rule)
