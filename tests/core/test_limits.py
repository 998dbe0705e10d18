from dataclasses import replace
from typing import Any

import pytest

from core import limits
from core.limits import Limits

SERVER = Limits(
    max_event_bytes=256 * 1024,
    max_batch_events=1000,
    max_workflows=10_000,
    keep_versions=100,
    max_api_keys=1000,
    max_api_keys_per_owner=200,
    max_service_accounts=200,
    max_open_invitations=200,
    max_secrets=1000,
    max_connections=1000,
    max_patterns=1000,
    max_workflow_tests=100,
    max_kept_answers=50_000,
    max_kept_answer_bytes=256 * 1024 * 1024,
)


@pytest.mark.parametrize(
    ("written", "found"),
    [
        ({}, SERVER),
        ({"max_event_bytes": 100}, replace(SERVER, max_event_bytes=100)),
        ({"max_event_bytes": 10**9, "max_batch_events": 1}, replace(SERVER, max_batch_events=1)),
        ({"max_workflows": 5, "max_runs_per_day": 10**9}, replace(SERVER, max_workflows=5, max_runs_per_day=10**9)),
        ({"max_events_per_day": 0}, SERVER),
        ({"max_event_bytes": 0, "max_batch_events": True, "x": 1}, SERVER),
        ({"max_event_bytes": "9"}, SERVER),
    ],
    ids=str,
)
def test_a_workspace_has_its_own_limits_below_those_of_the_server(written: dict[str, Any], found: Limits) -> None:
    assert limits.of(written) == found


@pytest.mark.parametrize(
    ("written", "count"),
    [
        ({}, 0),
        ({"max_event_bytes": 256 * 1024}, 0),
        ({"max_event_bytes": 256 * 1024 + 1}, 1),
        ({"max_event_bytes": 0, "max_batch_events": "1", "x": 1}, 3),
        ({"max_workflows": 10_001, "max_runs_per_day": 10**12}, 1),
        ({"max_events_per_day": 0}, 1),
        ([], 1),
        (None, 1),
    ],
    ids=str,
)
def test_every_limit_that_cannot_be_is_told(written: object, count: int) -> None:
    assert len(limits.problems(written)) == count
