"""What the tries of actions use up, counted on the attempt and on the run."""

from datetime import timedelta

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from core.models import Workspace
from tests.workflows.services.conftest import StartRun, action, trying
from workflows.models import ActionAttempt, ActionRun
from workflows.services import claims, execution, outcomes, performing, recovery

pytestmark = pytest.mark.django_db


def test_a_try_that_failed_is_counted_like_one_that_went_well(scope: Workspace, start_run: StartRun) -> None:
    run = start_run(trying(succeed_on_attempt=2, costs=0.1))

    execution.execute(action(run).pk)
    execution.execute(action(run).pk)

    run.refresh_from_db()
    assert run.usage == {"estimated_cost": 0.2, "webhooks_called": 2}
    assert list(ActionAttempt.objects.values_list("outcome", "usage")) == [
        ("failed", {"estimated_cost": 0.1}),
        ("completed", {"estimated_cost": 0.1, "webhooks_called": 2}),
    ]


def test_what_is_recorded_twice_is_counted_once(scope: Workspace, start_run: StartRun) -> None:
    run = start_run(trying(succeed_on_attempt=2, costs=0.1))
    claim = claims.claim(action(run).pk)
    assert claim is not None
    outcome = performing.perform(claim)

    outcomes.record(claim, outcome)
    outcomes.record(claim, outcome)

    run.refresh_from_db()
    assert run.usage == {"estimated_cost": 0.1}


def test_an_output_that_is_not_kept_has_cost_what_it_cost(
    scope: Workspace, start_run: StartRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(performing, "MAX_OUTPUT_BYTES", 10)
    run = start_run(trying(costs=0.5))

    execution.execute(action(run).pk)

    run.refresh_from_db()
    assert (run.status, run.usage) == ("failed", {"estimated_cost": 0.5, "webhooks_called": 2})


def test_a_try_that_was_lost_counts_nothing(scope: Workspace, start_run: StartRun) -> None:
    run = start_run(trying(costs=0.5))
    assert claims.claim(action(run).pk) is not None
    ActionRun.objects.update(lease_until=timezone.now() - timedelta(seconds=1))

    recovery.reap()

    run.refresh_from_db()
    assert (run.usage, ActionAttempt.objects.get().usage) == ({}, {})


def test_usage_is_shown_of_the_run_the_action_and_the_attempt(
    api: APIClient, scope: Workspace, start_run: StartRun
) -> None:
    run = start_run(trying(succeed_on_attempt=2, costs=0.1), trying() | {"id": "waits"})
    execution.execute(action(run).pk)
    execution.execute(action(run).pk)

    answer = api.get(f"/api/v1/workflow-runs/{run.pk}/").json()

    nothing = {"ai_tokens": 0, "http_calls": 0, "emails_sent": 0}
    assert answer["usage"] == {**nothing, "estimated_cost": 0.2, "webhooks_called": 2, "actions": 1}
    assert answer["actions"][0]["usage"] == {"estimated_cost": 0.2, "webhooks_called": 2}
    assert [each["usage"]["estimated_cost"] for each in answer["actions"][0]["attempts"]] == [0.1, 0.1]
    assert answer["actions"][1]["usage"] == {}
