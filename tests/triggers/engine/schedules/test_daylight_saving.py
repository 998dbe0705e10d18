"""What schedules do where the clock is moved, zone by zone, and that no wall-clock time is stepped over."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from triggers.engine import schedules
from triggers.engine.schedules import Spec, walls

FAR = datetime(2200, 1, 1, tzinfo=UTC)
HOURLY, EARLY, LATE = "0 * * * *", "30 1 * * *", "30 2 * * *"

# 48 hours of real time from the midnight of a day on which the clock is moved.
DAYS = {
    "New York, forward": ("America/New_York", "2026-03-08"),
    "New York, back": ("America/New_York", "2026-11-01"),
    "Berlin, forward": ("Europe/Berlin", "2026-03-29"),
    "Berlin, back": ("Europe/Berlin", "2026-10-25"),
    "Lord Howe, forward by half an hour": ("Australia/Lord_Howe", "2026-10-04"),
    "Kathmandu, +05:45 and never moved": ("Asia/Kathmandu", "2026-03-29"),
}


def times(expression: str, zone: str, after: str, *, hours: float = 48) -> list[str]:
    """What fires in (after - 1 s, after + hours) of real time, as local times with their offset."""
    own = ZoneInfo(zone)
    begin = datetime.fromisoformat(after).replace(tzinfo=own).astimezone(UTC) - timedelta(seconds=1)
    spec = Spec(zone=own, anchor=begin, cron=expression)
    found = schedules.between(spec, begin, begin + timedelta(hours=hours), 1000)
    return [each.astimezone(own).isoformat() for each in found]


@pytest.mark.parametrize("day", DAYS)
def test_what_fires_hourly_fires_48_times_in_48_hours(day: str) -> None:
    assert len(times(HOURLY, *DAYS[day])) == 48


@pytest.mark.parametrize("expression", [EARLY, LATE])
@pytest.mark.parametrize("day", DAYS)
def test_what_fires_daily_fires_exactly_twice_in_48_hours(day: str, expression: str) -> None:
    assert len(times(expression, *DAYS[day])) == 2


def test_lord_howe_repeats_half_an_hour_and_has_the_hour_just_once() -> None:
    # 02:00+11:00 becomes 01:30+10:30: the hours begin at 00, 01, 02, ..., and none of them is repeated.
    assert times("0 * * * *", "Australia/Lord_Howe", "2026-04-05", hours=4) == [
        "2026-04-05T00:00:00+11:00",
        "2026-04-05T01:00:00+11:00",
        "2026-04-05T02:00:00+10:30",
        "2026-04-05T03:00:00+10:30",
    ]
    assert times("*/30 * * * *", "Australia/Lord_Howe", "2026-04-05", hours=3)[2:5] == [
        "2026-04-05T01:00:00+11:00",
        "2026-04-05T01:30:00+11:00",
        "2026-04-05T01:30:00+10:30",
    ]


def test_a_wildcard_steps_over_nothing_where_the_clock_is_moved_by_half_an_hour() -> None:
    assert times("*/15 3 * * *", "Australia/Lord_Howe", "2026-04-05", hours=6) == [
        f"2026-04-05T03:{minute}:00+10:30" for minute in ("00", "15", "30", "45")
    ]


@pytest.mark.parametrize(
    ("expression", "zone", "day", "expected"),
    [
        (LATE, "Europe/Berlin", "2026-03-29", "2026-03-29T03:00:00+02:00"),
        (LATE, "Europe/Berlin", "2026-10-25", "2026-10-25T02:30:00+02:00"),
        ("15 2 * * *", "Australia/Lord_Howe", "2026-10-04", "2026-10-04T02:30:00+11:00"),
        ("45 1 * * *", "Australia/Lord_Howe", "2026-04-05", "2026-04-05T01:45:00+11:00"),
        ("0 0 * * *", "Africa/Cairo", "2026-04-24", "2026-04-24T01:00:00+03:00"),
        ("0 9 * * *", "Pacific/Apia", "2011-12-30", "2011-12-31T00:00:00+14:00"),
    ],
)
def test_a_skipped_time_fires_when_the_gap_ends_and_a_repeated_one_the_first_time(
    expression: str, zone: str, day: str, expected: str
) -> None:
    assert times(expression, zone, day)[0] == expected


def test_what_fires_hourly_in_kathmandu_fires_at_its_full_hours() -> None:
    assert times(HOURLY, "Asia/Kathmandu", "2026-03-29", hours=2) == [
        "2026-03-29T00:00:00+05:45",
        "2026-03-29T01:00:00+05:45",
    ]


CHANGES = [
    ("America/New_York", "2026-03-08"), ("America/New_York", "2026-11-01"), ("Europe/Berlin", "2026-10-25"),
    ("Australia/Lord_Howe", "2026-04-05"), ("Australia/Lord_Howe", "2026-10-04"), ("Africa/Cairo", "2026-04-24"),
    ("Africa/Cairo", "2026-10-29"), ("America/Havana", "2026-11-01"), ("Antarctica/Troll", "2026-03-29"),
    ("Antarctica/Troll", "2026-10-25"), ("Africa/Casablanca", "2026-02-15"), ("Pacific/Apia", "2011-12-29"),
]  # fmt: skip


@settings(deadline=None)  # the machine may be busy
@given(
    change=st.sampled_from(CHANGES),
    minute=st.sampled_from(["*", "*/15", "*/7", "*/30"]),
    hour=st.sampled_from(["*", "*/2", "1-3", "2", "0", "23,0,3"]),
    day=st.sampled_from(["*", "1", "25-30", "*/2"]),
    begin=st.integers(0, 48 * 60),
)
def test_a_wildcard_fires_at_every_minute_that_the_wall_clock_shows(
    change: tuple[str, str], minute: str, hour: str, day: str, begin: int
) -> None:
    zone, midnight = ZoneInfo(change[0]), datetime.fromisoformat(change[1]).replace(tzinfo=UTC)
    start = midnight - timedelta(hours=30) + timedelta(minutes=begin)
    spec = Spec(zone=zone, anchor=start, cron=f"{minute} {hour} {day} * *")
    plain = Spec(zone=ZoneInfo("UTC"), anchor=start, cron=spec.cron)
    minutes = [start + timedelta(minutes=number) for number in range(1, 12 * 60)]

    def wall(moment: datetime) -> datetime:
        return moment.astimezone(zone).replace(tzinfo=UTC, fold=0)

    first, last = min(map(wall, minutes)), max(map(wall, minutes))
    named = {*schedules.between(plain, first - timedelta(seconds=1), last, 10_000)}

    assert schedules.between(spec, start, minutes[-1], 1000) == [each for each in minutes if wall(each) in named]


@settings(deadline=None)  # the machine may be busy
@given(zone=st.sampled_from([name for name, _ in CHANGES]), minutes=st.integers(0, 366 * 24 * 60))
def test_every_wall_clock_time_happens_and_the_first_of_two(zone: str, minutes: int) -> None:
    wall = datetime(2026, 1, 1, tzinfo=UTC).replace(tzinfo=None) + timedelta(minutes=minutes)

    found = walls.instant(wall, ZoneInfo(zone))

    shown = found.astimezone(ZoneInfo(zone))
    assert shown.fold == 0
    assert shown.replace(tzinfo=None) >= wall
    assert (found - timedelta(minutes=1)).astimezone(ZoneInfo(zone)).replace(tzinfo=None) < wall or shown.replace(
        tzinfo=None
    ) == wall
