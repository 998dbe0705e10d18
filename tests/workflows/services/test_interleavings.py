"""What happens in between, at the worst moment: put there by hand, where a race would seldom find it."""

from datetime import timedelta
from unittest.mock import patch
from uuid import UUID

import pytest
from django.utils import timezone

from core import tenancy
from core.models import Workspace
from tests import runner
from tests.workflows.flows.conftest import step
from tests.workflows.services.conftest import StartRun
from workflows.models import ActionRun, Run
from workflows.services import claims, outcomes, performing, recovery, stopping
from workflows.services.claims import Claim

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("empty_broker")]


def row(run: Run, key: str) -> ActionRun:
    with tenancy.unscoped("tests look at everything"):
        return ActionRun.objects.get(run=run, key=key)


def held(run: Run, key: str) -> Claim:
    """The claim of a worker that is about to perform it."""
    found = claims.claim(row(run, key).pk, is_careful=True)
    assert found is not None
    return found


def end(claim: Claim) -> None:
    """What the worker does then."""
    with tenancy.scope(claim.workspace_id):
        outcomes.record(claim, performing.perform(claim))


def end_lease(pk: UUID) -> None:
    with tenancy.unscoped("tests look at everything"):
        ActionRun.objects.filter(pk=pk).update(lease_until=timezone.now() - timedelta(seconds=1))
    recovery.sweep()


def status(run: Run) -> str:
    with tenancy.unscoped("tests look at everything"):
        run.refresh_from_db()
    return run.status


class CrashError(BaseException):
    """The worker is gone."""


@pytest.mark.parametrize("keys", [["a", "b"], ["a"]], ids=["another follows", "the last"])
def test_a_crash_after_an_action_of_a_cancelled_run_leaves_no_run_behind(
    workspace: Workspace, start_run: StartRun, keys: list[str]
) -> None:
    run = start_run(*map(step, keys))
    claim = held(run, "a")
    with tenancy.scope(workspace.pk):
        stopping.cancel(run.pk)

    with pytest.raises(CrashError), patch.object(stopping, "locked", side_effect=CrashError):
        end(claim)
    end_lease(claim.id)
    runner.drain()

    assert status(run) == "cancelled"
