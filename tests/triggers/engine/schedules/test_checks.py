"""What is told of parameters that cannot be."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from triggers.engine.schedules import checks, cron, recurrence

FIVE = "Expected 5 fields: minute, hour, day of month, month, weekday; got"
ISO = "Expected an instant in ISO 8601, like 2026-01-31T09:30 or 2026-01-31T09:30:00+01:00; got"


@pytest.mark.parametrize(
    ("params", "problem"),
    [
        ({}, ("", "Say when, by just one of cron, every_seconds, at, rrule; got none of them.")),
        (
            {"cron": "@daily", "at": "2026-01-01"},
            ("", "Say when, by just one of cron, every_seconds, at, rrule; got cron and at."),
        ),
        (
            {"cron": "* * * * * *"},
            (
                "cron",
                (f"{FIVE} 6. There are no seconds: what happens more often than every minute is written with "
                "every_seconds."),
            ),
        ),
        ({"cron": "* * *"}, ("cron", f"{FIVE} 3.")),
        ({"cron": ""}, ("cron", f"{FIVE} 0.")),
        (
            {"cron": "@reboot"},
            (
                "cron",
                "There is no '@reboot'; there are @yearly, @annually, @monthly, @weekly, @daily, @midnight, @hourly.",
            ),
        ),
        (
            {"cron": "0 25 * * *"},
            ("cron", "The field hour is not valid: expected 0-23, with * , - and /; got '25'."),
        ),
        (
            {"cron": "0 0 * * MONDAY"},
            (
                "cron",
                ("The field weekday is not valid: expected 0-7 or SUN-SAT, 5L for the last Friday, 5#2 for the second, "
                "with * , - and /; got 'MONDAY'."),
            ),
        ),
        ({"cron": "1 1 */100 * MON#4"}, ("cron", "It never fires: in 50 years there is no such day.")),
        ({"cron": "*" * 201}, ("cron", "The expression has 201 characters; at most 200 are accepted.")),
        ({"at": "tomorrow"}, ("at", f"{ISO} 'tomorrow'.")),
        ({"at": "2026-02-30T10:00"}, ("at", "There is no such day or time: '2026-02-30T10:00'.")),
        ({"at": "9999-12-31"}, ("at", "Expected a year from 1970 to 2199; got '9999-12-31'.")),
        (
            {"cron": "@daily", "timezone": "Europe/Amsterdm"},
            (
                "timezone",
                ("There is no time zone 'Europe/Amsterdm'; write a name like Europe/Amsterdam. "
                "Did you mean 'Europe/Amsterdam'?"),
            ),
        ),
        (
            {"cron": "@daily", "starts_at": "2026-02-01", "ends_at": "2026-01-01"},
            ("ends_at", "It ends before it starts: ends_at is earlier than starts_at."),
        ),
        ({"rrule": "FREQ=SECONDLY"}, ("rrule", "FREQ=SECONDLY is not accepted: write every_seconds instead.")),
        ({"rrule": "INTERVAL=2"}, ("rrule", "FREQ is missing: FREQ=DAILY, for example.")),
        ({"rrule": "FREQ=DAILY;BYSECOND=1,2"},
         ("rrule", "BYSECOND is not accepted: a rule fires at most once a minute.")),
        ({"rrule": "FREQ=DAILY;COUNT=2;UNTIL=20270101"},
         ("rrule", "COUNT and UNTIL exclude each other (RFC 5545); write one of them.")),
        ({"rrule": "FREQ=DAILY;COUNT=2"}, ("rrule", "COUNT counts from starts_at; add it.")),
        ({"rrule": "FREQ=WEEKLY;INTERVAL=2"}, ("rrule", "INTERVAL counts from starts_at; add it.")),
        ({"rrule": "FREQ=DAILY;COUNT=1001"}, ("rrule", "COUNT is at most 1000; got 1001. Write UNTIL instead.")),
        ({"rrule": "FREQ=DAILY;UNTIL=20260230"}, ("rrule", "UNTIL is no such day or time: 20260230.")),
        ({"rrule": "FREQ=DAILY;FREQ=DAILY"}, ("rrule", "FREQ stands there twice.")),
        ({"rrule": "FREQ=DAILY;BYDAY=2MO"},
         ("rrule", "Only FREQ=MONTHLY and FREQ=YEARLY know a second or last weekday, as in BYDAY=2TU.")),
        ({"rrule": "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30"}, ("rrule", "It never fires: there is no such day or time.")),
        ({"rrule": "FREQ=DAILY;BYEASTER=1"}, ("rrule", "'BYEASTER' is no part of an RRULE (RFC 5545).")),
        ({"rrule": "FREQ=DAILY;BYHOUR=24"},
         ("rrule", "BYHOUR is a list of numbers from 0 to 23; got '24'.")),
        ({"cron": "@daily", "data": {"scheduled_for": 1}},
         ("data", "The event's data has scheduled_for already: the time that it was to fire; choose another name.")),
    ],
    ids=str,
)  # fmt: skip
def test_a_problem_is_told_with_the_name_and_what_to_write(params: dict[str, Any], problem: tuple[str, str]) -> None:
    assert list(checks.problems(params)) == [problem]


@pytest.mark.parametrize(
    "params",
    [
        {"cron": "0 9 * * 1-5", "timezone": "Europe/Amsterdam"},
        {"cron": " @Hourly "},
        {"cron": "0 0 * jan-mar sun,7"},
        {"cron": "0 0 L * *"},
        {"cron": "0 0 * * 5#2"},
        {"cron": "0 0 29 2 MON"},
        {"every_seconds": 5},
        {"at": "2020-01-01T00:00:00Z"},
        {"rrule": "FREQ=WEEKLY;INTERVAL=2;BYDAY=MO", "starts_at": "2026-01-05T09:00"},
        {"rrule": "FREQ=DAILY;INTERVAL=7;BYDAY=MO", "starts_at": "2026-01-05"},
        {"rrule": "FREQ=HOURLY;BYMONTH=2;BYMONTHDAY=29;BYDAY=MO"},
    ],
    ids=str,
)
def test_what_can_be_has_no_problem(params: dict[str, Any]) -> None:
    assert list(checks.problems(params)) == []


@settings(deadline=None)  # the machine may be busy
@given(text=st.one_of(st.text(max_size=50), st.text("0123456789*/-,#LW MONJA@¹", max_size=40)))
def test_no_text_breaks_the_reading_of_an_expression(text: str) -> None:
    wrong = cron.problem(text)

    assert wrong is None or wrong.endswith(".")
    assert wrong is not None or cron.explain(text)


@settings(deadline=None)  # the machine may be busy
@given(text=st.one_of(st.text(max_size=50), st.text("FREQ=DAILY;BYMONTH-1,23UNTIL", max_size=60)))
def test_no_text_breaks_the_reading_of_a_rule(text: str) -> None:
    wrong = [message for _, message in checks.problems({"rrule": text})]

    assert all(message.endswith(".") for message in wrong)
    assert wrong or recurrence.parse(text).frequency in recurrence.FREQUENCIES


@settings(deadline=None)  # the machine may be busy
@given(text=st.text(max_size=40))
def test_no_text_breaks_the_reading_of_a_moment_or_a_zone(text: str) -> None:
    assert all(message for _, message in checks.problems({"at": text, "timezone": text}))
