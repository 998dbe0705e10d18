"""The moments that a schedule names, whatever it is written as."""

import time
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Any

import pytest
from dateutil.rrule import rrulestr
from hypothesis import given, settings
from hypothesis import strategies as st

from triggers.engine import schedules
from triggers.engine.schedules import Spec, recurrence

ANCHOR = datetime(2026, 1, 1, 10, 0, 7, tzinfo=UTC)
FAR = datetime(2200, 1, 1, tzinfo=UTC)
ZONES = st.sampled_from(["UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu"])
MOMENTS = st.datetimes(datetime(2025, 1, 1), datetime(2029, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001
CRONS = st.builds(
    " ".join,
    st.tuples(
        st.sampled_from(["*", "0", "30", "*/7", "5,50", "10-20"]),
        st.sampled_from(["*", "2", "*/3", "1-4", "0,23"]),
        st.sampled_from(["*", "*/9", "1", "L", "28-31", "LW"]),
        st.sampled_from(["*", "2", "*/5", "MAR,OCT"]),
        st.sampled_from(["*", "7", "MON-FRI", "5L", "1#2", "*/2"]),
    ),
)
RULES = st.sampled_from(
    [
        "FREQ=DAILY", "FREQ=WEEKLY;BYDAY=MO,FR;BYHOUR=9", "FREQ=MONTHLY;BYDAY=-1FR;BYHOUR=1,2;BYMINUTE=30",
        "FREQ=HOURLY;BYMINUTE=15", "FREQ=MINUTELY;BYHOUR=2", "FREQ=YEARLY;BYMONTH=3,10;BYDAY=-1SU;BYHOUR=2",
    ]
)  # fmt: skip
PARAMS = st.one_of(
    st.builds(lambda text: {"cron": text}, CRONS),
    st.builds(lambda text: {"rrule": text}, RULES),
    st.builds(lambda number: {"every_seconds": number}, st.integers(5, 10**7)),
    st.builds(lambda moment: {"at": moment.isoformat()}, MOMENTS),
)


def times(params: dict[str, Any], number: int, *, after: datetime = ANCHOR, zone: str = "UTC") -> list[str]:
    spec = schedules.of(params, anchor=ANCHOR, zone=zone)
    return [each.isoformat() for each in schedules.between(spec, after, FAR, number)]


@settings(deadline=None)  # the machine may be busy
@given(params=PARAMS, zone=ZONES, moment=MOMENTS, later=st.timedeltas(timedelta(), timedelta(days=3)))
def test_the_next_time_is_later_and_never_before_that_of_an_earlier_moment(
    params: dict[str, Any], zone: str, moment: datetime, later: timedelta
) -> None:
    spec = schedules.of(params, anchor=ANCHOR, zone=zone)

    first, second = schedules.next_after(spec, moment), schedules.next_after(spec, moment + later)

    assert first is None or first > moment
    assert second is None or (first is not None and first <= second)
    assert first is None or first > moment + later or second is None or second > first


@settings(deadline=None)  # the machine may be busy
@given(params=PARAMS, zone=ZONES, moment=MOMENTS, days=st.integers(0, 30), number=st.integers(1, 20))
def test_times_between_two_moments_are_a_chain_of_next_ones_and_the_newest_are_its_end(
    params: dict[str, Any], zone: str, moment: datetime, days: int, number: int
) -> None:
    spec, until = schedules.of(params, anchor=ANCHOR, zone=zone), moment + timedelta(days=days)
    chain: list[datetime] = []
    at = schedules.next_after(spec, moment)
    while at is not None and at <= until and len(chain) < 2000:
        chain.append(at)
        at = schedules.next_after(spec, at)

    assert schedules.between(spec, moment, until, 2000) == chain
    if len(chain) < 2000:
        assert schedules.newest(spec, moment, until, number) == chain[-number:]


@settings(deadline=None)  # the machine may be busy
@given(params=PARAMS, zone=ZONES, moment=MOMENTS, bounds=st.tuples(MOMENTS, MOMENTS))
def test_nothing_happens_before_its_start_or_after_its_end(
    params: dict[str, Any], zone: str, moment: datetime, bounds: tuple[datetime, datetime]
) -> None:
    begin, end = sorted(bounds)
    written = {**params, "starts_at": begin.isoformat(), "ends_at": end.isoformat()}
    spec = schedules.of(written, anchor=ANCHOR, zone=zone)

    found = schedules.between(spec, moment, FAR, 5)

    assert all(begin <= each <= end for each in found)


def test_an_interval_counts_from_when_it_was_made_or_from_its_start() -> None:
    assert times({"every_seconds": 90}, 2) == ["2026-01-01T10:01:37+00:00", "2026-01-01T10:03:07+00:00"]
    assert times({"every_seconds": 90, "starts_at": "2026-01-02"}, 2) == [
        "2026-01-02T00:00:00+00:00",
        "2026-01-02T00:01:30+00:00",
    ]


@pytest.mark.parametrize(
    ("at", "zone", "expected"),
    [
        ("2026-03-01T09:30", "Europe/Amsterdam", "2026-03-01T08:30:00+00:00"),
        ("2026-03-01T09:30:05Z", "Europe/Amsterdam", "2026-03-01T09:30:05+00:00"),
        ("2026-03-01 09:30+05:45", "Europe/Amsterdam", "2026-03-01T03:45:00+00:00"),
        ("2026-03-01", "Asia/Kathmandu", "2026-02-28T18:15:00+00:00"),
        ("2026-03-29T02:30", "Europe/Amsterdam", "2026-03-29T01:00:00+00:00"),
    ],
)
def test_a_single_moment_is_in_the_time_zone_unless_it_has_an_offset(at: str, zone: str, expected: str) -> None:
    assert times({"at": at}, 3, zone=zone) == [expected]


def test_a_single_moment_in_the_past_does_not_happen_again() -> None:
    assert times({"at": "2025-12-31"}, 1) == []


def test_both_ends_of_a_period_belong_to_it() -> None:
    written = {"cron": "@hourly", "starts_at": "2026-01-02T09:00", "ends_at": "2026-01-02T11:00"}

    assert [each[11:16] for each in times(written, 9)] == ["09:00", "10:00", "11:00"]


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ("FREQ=DAILY", ["2026-01-02T00:00", "2026-01-03T00:00"]),
        ("FREQ=DAILY;BYHOUR=9", ["2026-01-02T09:00", "2026-01-03T09:00"]),
        ("RRULE:FREQ=MONTHLY;BYDAY=-1FR;BYHOUR=17;BYMINUTE=30", ["2026-01-30T17:30", "2026-02-27T17:30"]),
        ("FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1", ["2026-01-30T00:00", "2026-02-27T00:00"]),
        ("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29", ["2028-02-29T00:00", "2032-02-29T00:00"]),
        ("FREQ=HOURLY;UNTIL=20260101T120000Z", ["2026-01-01T11:00", "2026-01-01T12:00"]),
        ("FREQ=DAILY;UNTIL=20260102", ["2026-01-02T00:00"]),
        ("freq=weekly;byday=mo", ["2026-01-05T00:00", "2026-01-12T00:00"]),
    ],
)
def test_a_rule_without_a_start_begins_at_the_midnight_before_it_was_made(rule: str, expected: list[str]) -> None:
    assert [each[:16] for each in times({"rrule": rule}, 2)] == expected


def test_a_rule_counts_from_its_start() -> None:
    counted = {"rrule": "FREQ=DAILY;COUNT=3", "starts_at": "2025-12-31T09:15:20"}

    assert times(counted, 9) == ["2026-01-02T09:15:20+00:00"]
    assert len(times(counted, 9, after=datetime(2025, 1, 1, tzinfo=UTC))) == 3


FREQUENCIES = st.sampled_from(recurrence.FREQUENCIES)
PARTS = st.fixed_dictionaries(
    {},
    optional={
        "INTERVAL": st.sampled_from(["1", "2", "3", "5"]),
        "BYMONTH": st.sampled_from(["1", "2,6", "12"]),
        "BYMONTHDAY": st.sampled_from(["1", "15,31", "-1"]),
        "BYDAY": st.sampled_from(["MO", "TU,SA", "MO,TU,WE,TH,FR"]),
        "BYHOUR": st.sampled_from(["0", "9,17", "23"]),
        "BYMINUTE": st.sampled_from(["0", "30", "5,10"]),
        "WKST": st.sampled_from(["SU", "MO"]),
        "COUNT": st.sampled_from(["1", "7", "100"]),
    },
)


@settings(deadline=None)  # the machine may be busy
@given(
    frequency=FREQUENCIES,
    parts=PARTS,
    start=st.datetimes(datetime(2023, 1, 1), datetime(2025, 12, 31)),  # noqa: DTZ001
    later=st.timedeltas(timedelta(), timedelta(days=100)),
)
def test_a_rule_names_what_dateutil_names_from_its_start(
    frequency: str, parts: dict[str, str], start: datetime, later: timedelta
) -> None:
    start, after = start.replace(microsecond=0), start.replace(microsecond=0) + later
    text = ";".join(f"{name}={value}" for name, value in {"FREQ": frequency, **parts}.items())

    horizon = after + timedelta(days=3 * 365)

    ours = [each for each in islice(recurrence.after(text, after, start=start), 3) if each <= horizon]

    assert ours == _by_dateutil(text, after, start=start, horizon=horizon)


def _by_dateutil(text: str, after: datetime, *, start: datetime, horizon: datetime) -> list[datetime]:
    bounded = text if "COUNT" in text else f"{text};UNTIL={horizon:%Y%m%dT%H%M%S}"
    try:
        found = list(islice((each for each in rrulestr(bounded, dtstart=start) if each > after), 3))
    except ValueError:  # an interval that never meets the hours or minutes
        return []
    return [each for each in found if each <= horizon]


@pytest.mark.parametrize(
    "rule",
    [
        *(f"FREQ={each};BYMONTH=2;BYMONTHDAY=30" for each in recurrence.FREQUENCIES),
        "FREQ=MONTHLY;BYDAY=5MO;BYMONTHDAY=1",
        "FREQ=HOURLY;INTERVAL=2;BYHOUR=3",
        "FREQ=MINUTELY;BYYEARDAY=366;BYMONTH=1",
        "FREQ=YEARLY;INTERVAL=9999;BYMONTH=2;BYMONTHDAY=29",
        "FREQ=YEARLY;BYWEEKNO=53;BYMONTH=6",
    ],
)
def test_a_rule_that_never_fires_says_so_soon(rule: str) -> None:
    begun = time.process_time()

    found = times({"rrule": rule}, 1)

    assert found == []
    assert time.process_time() - begun < 1


@pytest.mark.parametrize("rule", ["FREQ=MINUTELY", "FREQ=DAILY;BYHOUR=1,2,3", "FREQ=YEARLY;BYDAY=MO,TU;BYHOUR=0,1,2,3"])
def test_a_rule_that_began_long_ago_costs_no_more(rule: str) -> None:
    spec = schedules.of({"rrule": rule}, anchor=datetime(1970, 1, 1, tzinfo=UTC))
    begun = time.process_time()

    assert schedules.next_after(spec, ANCHOR) is not None

    assert time.process_time() - begun < 0.2


def test_times_of_the_last_years_are_not_counted_to_find_the_newest() -> None:
    spec = Spec(zone=schedules.of({}, anchor=ANCHOR).zone, anchor=ANCHOR, cron="* * * * *")
    begun, now = time.process_time(), ANCHOR + timedelta(days=730)

    found = schedules.newest(spec, ANCHOR, now, 2)

    assert found == [now.replace(second=0) - timedelta(minutes=1), now.replace(second=0)]
    assert time.process_time() - begun < 0.5
