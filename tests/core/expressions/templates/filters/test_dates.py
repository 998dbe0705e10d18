from typing import Any

import pytest

from core.expressions.templates import TemplateError
from tests.core.expressions.templates.filters.checking import apply


@pytest.mark.parametrize(
    ("value", "filters", "result"),
    [
        ("2026-01-31", "date", "2026-01-31"),
        ("2026-01-31T09:05:00Z", "date('%d %B %Y, %H:%M')", "31 January 2026, 09:05"),
        ("2026-01-31T23:30:00Z", "date('%Y-%m-%d %H:%M %Z', 'Europe/Amsterdam')", "2026-02-01 00:30 CET"),
        ("2026-01-31", "date('100%%')", "100%"),
        ("2026-01-31", "plus_days(1)", "2026-02-01"),
        ("2026-01-31T09:00:00Z", "plus_days(-1)", "2026-01-30T09:00:00Z"),
        ("2026-01-31T09:00:00+01:00", "plus_hours(1.5)", "2026-01-31T10:30:00+01:00"),
        ("2026-01-31", "plus_minutes(90)", "2026-01-31T01:30:00Z"),
        ("2026-11-30", "days_until", 9),
        ("2026-11-20T23:59:00Z", "days_until", -1),
        ("2026-11-01", "days_since", 20),
        ("2026-11-21T23:00:00Z", "days_since", 0),
    ],
)
def test_a_date_is_worked_on(value: Any, filters: str, result: Any) -> None:
    assert apply(filters, value) == result


@pytest.mark.parametrize(
    ("value", "filters", "reason"),
    [
        ("soon", "date", "`date` needs a date such as 2026-01-31 or 2026-01-31T09:00:00Z, not string"),
        ("2026-01-31", "date('%1000000Y')", "`date` needs a format such as %d %B %Y or %H:%M"),
        ("2026-01-31", "date('%')", "`date` needs a format such as %d %B %Y or %H:%M"),
        ("2026-01-31", "date('%Y', 'Mars')", "`date` needs an IANA time zone such as Europe/Amsterdam"),
        ("2026-01-31", "plus_days('1')", "`plus_days` needs a number of days"),
        ("2026-01-31", "plus_days(99999999)", "`plus_days` cannot work with such a value, it is out of range"),
        ("9999-12-31", "plus_hours(48)", "`plus_hours` cannot work with such a value, it is out of range"),
    ],
)
def test_what_is_no_date_or_format_is_refused(value: Any, filters: str, reason: str) -> None:
    with pytest.raises(TemplateError) as failed:
        apply(filters, value)
    assert reason in failed.value.detail
