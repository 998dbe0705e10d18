"""Claims: one try, one owner."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from uuid import UUID

import pytest
from django.db import connection
from pytest_django import Settings

from core import tenancy
from core.models import Workspace
from tests import factories
from tests.workflows.services.conftest import StartRun, action, trying
from workflows.models import ActionRun, Run
from workflows.services import claims


@pytest.mark.django_db
def test_a_queued_action_is_claimed_with_a_lease(scope: Workspace, start_run: StartRun, settings: Settings) -> None:
    settings.SEQUITUR_LEASE_SECONDS = 10
    run = start_run(trying())

    claim = claims.claim(action(run).pk)

    row = action(run)
    assert claim is not None
    assert (row.status, row.attempt, claim.attempt) == ("running", 1, 1)
    assert row.claimed_at is not None
    assert row.lease_until == row.claimed_at + timedelta(seconds=10)
    run.refresh_from_db()
    assert (run.status, run.started_at) == ("running", row.claimed_at)


@pytest.mark.django_db
def test_an_action_that_is_claimed_cannot_be_claimed_again(scope: Workspace, start_run: StartRun) -> None:
    run = start_run(trying())
    claims.claim(action(run).pk)

    assert claims.claim(action(run).pk) is None
    assert action(run).attempt == 1


@pytest.mark.django_db
@pytest.mark.parametrize("status", ["pending", "waiting", "completed", "failed", "skipped", "cancelled"])
def test_a_stale_message_claims_nothing(scope: Workspace, start_run: StartRun, status: str) -> None:
    run = start_run(trying())
    ActionRun.objects.filter(run=run).update(status=status)

    assert claims.claim(action(run).pk) is None
    assert (action(run).status, action(run).attempt) == (status, 0)


@pytest.mark.django_db
def test_an_instant_action_is_looked_at_and_stays_queued(scope: Workspace, start_run: StartRun) -> None:
    run = start_run(factories.log_event("hello"))

    claim = claims.claim(action(run).pk)

    assert claim is not None
    assert (claim.is_held, claim.attempt) == (False, 1)
    assert (action(run).status, action(run).attempt) == ("queued", 0)


@pytest.mark.django_db
def test_an_instant_action_whose_message_came_back_is_claimed(scope: Workspace, start_run: StartRun) -> None:
    run = start_run(factories.log_event("hello"))

    claim = claims.claim(action(run).pk, is_careful=True)

    assert claim is not None
    assert (claim.is_held, action(run).status, action(run).attempt) == (True, "running", 1)


@pytest.mark.django_db
def test_nothing_is_claimed_in_a_run_whose_end_is_decided(scope: Workspace, start_run: StartRun) -> None:
    run = start_run(trying())
    Run.objects.filter(pk=run.pk).update(outcome="cancelled")

    assert claims.claim(action(run).pk) is None


@pytest.mark.django_db
def test_a_message_about_nothing_claims_nothing(db: None) -> None:
    assert claims.claim(UUID(int=1)) is None


@pytest.mark.django_db
def test_the_idempotency_key_is_the_same_for_every_attempt(scope: Workspace, start_run: StartRun) -> None:
    run = start_run(trying())
    first = claims.claim(action(run).pk)
    ActionRun.objects.filter(run=run).update(status="queued")

    second = claims.claim(action(run).pk)

    assert first is not None
    assert second is not None
    assert (first.attempt, second.attempt) == (1, 2)
    assert first.idempotency_key == second.idempotency_key


@pytest.mark.django_db(transaction=True)
def test_of_many_workers_that_race_for_an_action_one_gets_it(workspace: Workspace, start_run: StartRun) -> None:
    run = start_run(trying())
    with tenancy.scope(workspace.pk):
        wanted = action(run).pk

    def race(_: int) -> bool:
        try:
            return claims.claim(wanted) is not None
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        won = list(pool.map(race, range(16)))

    assert sum(won) == 1
    with tenancy.scope(workspace.pk):
        assert action(Run.objects.get()).attempt == 1
