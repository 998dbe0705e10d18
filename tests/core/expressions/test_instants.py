from datetime import UTC, date, datetime, timedelta, timezone

import pytest

from core.expressions import instants

CET = timezone(timedelta(hours=1))


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("2026-01-31", date(2026, 1, 31)),
        ("2026-01-31T09:30", datetime(2026, 1, 31, 9, 30, tzinfo=UTC)),
        ("2026-01-31 09:30:05", datetime(2026, 1, 31, 9, 30, 5, tzinfo=UTC)),
        ("2026-01-31T09:30:05.123456789Z", datetime(2026, 1, 31, 9, 30, 5, 123456, tzinfo=UTC)),
        ("2026-01-31T09:30:05+01:00", datetime(2026, 1, 31, 9, 30, 5, tzinfo=CET)),
        ("2026-01-31T09:30:05+0100", datetime(2026, 1, 31, 9, 30, 5, tzinfo=CET)),
    ],
)
def test_iso_8601_is_read(text: str, value: date) -> None:
    assert instants.parse(text) == value


@pytest.mark.parametrize(
    "text",
    ["", "20260131", "2026-W05", "2026-02-30", "2026-01-31T25:00", "31-01-2026", "2026-1-3", "today", "²026-01-31"],
)
def test_other_text_is_no_date(text: str) -> None:
    assert instants.parse(text) is None


def test_a_date_is_its_midnight_and_a_naive_time_is_utc() -> None:
    assert instants.as_instant(date(2026, 1, 31)) == datetime(2026, 1, 31, tzinfo=UTC)
    assert instants.as_instant(datetime(2026, 1, 31, 9, tzinfo=CET)) == datetime(2026, 1, 31, 8, tzinfo=UTC)


def test_utc_is_written_with_z_and_other_zones_with_their_offset() -> None:
    assert instants.write(datetime(2026, 1, 31, 9, 30, tzinfo=UTC)) == "2026-01-31T09:30:00Z"
    assert instants.write(datetime(2026, 1, 31, 9, 30, tzinfo=CET)) == "2026-01-31T09:30:00+01:00"
    assert instants.write(date(2026, 1, 31)) == "2026-01-31"
