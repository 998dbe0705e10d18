"""The parameters of a schedule, as a definition has them."""

from typing import Any

import pytest

from core.errors import InvalidError, Problem
from triggers import resolving

ISO = "an instant in ISO 8601, like 2026-01-31T09:30 or 2026-01-31T09:30:00+01:00"


@pytest.mark.parametrize("type_", ["schedule", "schedule.cron"])
def test_a_schedule_listens_to_no_public_event(type_: str) -> None:
    resolved = resolving.resolve(type_, {"cron": "0 9 * * 1-5"})

    assert (resolved.trigger_type.key, resolved.event_type) == ("schedule", "")


@pytest.mark.parametrize(
    ("params", "path", "message"),
    [
        ({}, "", "Say when, by just one of cron, every_seconds, at, rrule; got none of them."),
        ({"every_seconds": 4}, "/every_seconds", "It should be greater than or equal to 5; got 4."),
        ({"every_seconds": 7.5}, "/every_seconds", "It should be a whole number; got 7.5."),
        ({"every_seconds": True}, "/every_seconds", "It should be a whole number; got True."),
        ({"cron": 5}, "/cron", "It should be text; got 5."),
        ({"cron": "@daily", "catch_up": "some"}, "/catch_up", "It should be 'none', 'latest' or 'all'; got 'some'."),
        (
            {"cron": "@daily", "overlap": "wait"},
            "/overlap",
            "It should be 'allow', 'skip', 'queue' or 'cancel_running'; got 'wait'.",
        ),
        ({"cron": "@daily", "jitter_seconds": 3601},
         "/jitter_seconds", "It should be less than or equal to 3600; got 3601."),
        ({"at": "soon"}, "/at", f"Expected {ISO}; got 'soon'."),
    ],
    ids=str,
)  # fmt: skip
def test_what_is_wrong_is_told_with_its_place(params: dict[str, Any], path: str, message: str) -> None:
    with pytest.raises(InvalidError) as raised:
        resolving.resolve("schedule", params, path="/triggers/0")

    assert raised.value.problems == (Problem(f"/triggers/0/params{path}", "invalid", message),)
