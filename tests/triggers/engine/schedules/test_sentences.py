"""Schedules in words."""

from datetime import UTC, datetime
from typing import Any

import pytest

from triggers.engine import schedules


@pytest.mark.parametrize(
    ("params", "expected"),
    [
        ({"cron": "0 9 * * 1-5"}, "At 09:00 on Monday through Friday, in the time zone Europe/Amsterdam."),
        ({"cron": "@hourly", "timezone": "UTC"}, "At the start of every hour, in the time zone UTC."),
        ({"every_seconds": 90}, "Every 90 seconds."),
        ({"every_seconds": 3600}, "Every hour."),
        ({"every_seconds": 172_800, "starts_at": "2026-03-01"}, "Every 2 days, from 1 March 2026 at 00:00."),
        ({"at": "2026-03-01T08:30:05Z"}, "Once, on 1 March 2026 at 09:30:05, in the time zone Europe/Amsterdam."),
        (
            {"rrule": "FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,FR;BYHOUR=9;COUNT=10", "starts_at": "2026-01-05"},
            (
                "Every 2 weeks on Monday and Friday at 09:00 10 times, in the time zone Europe/Amsterdam, "
                "from 5 January 2026 at 00:00."
            ),
        ),
        (
            {"rrule": "FREQ=MONTHLY;BYDAY=-1FR;BYHOUR=17;BYMINUTE=30;UNTIL=20261231"},
            "Every month on the last Friday at 17:30 until 2026-12-31, in the time zone Europe/Amsterdam.",
        ),
        (
            {"rrule": "FREQ=YEARLY;BYMONTH=3,10;BYMONTHDAY=1,-1"},
            "Every year in March and October on day 1 and the last day at 00:00, in the time zone Europe/Amsterdam.",
        ),
        (
            {"rrule": "FREQ=MONTHLY;BYDAY=MO,TU;BYSETPOS=-1"},
            "Every month on Monday and Tuesday at 00:00 (only the last of these), in the time zone Europe/Amsterdam.",
        ),
        ({"rrule": "FREQ=HOURLY"}, "Every hour at minute 0, in the time zone Europe/Amsterdam."),
    ],
    ids=str,
)
def test_a_schedule_is_one_sentence(params: dict[str, Any], expected: str) -> None:
    spec = schedules.of(params, anchor=datetime(2026, 1, 1, tzinfo=UTC), zone="Europe/Amsterdam")

    assert schedules.sentence(spec) == expected
