"""What is taken up again and waits for room in its lane: nothing of it goes on before it is let in."""

import pytest
from django.utils import timezone

from core import tenancy
from core.models import Workspace
from tests.runner import states
from tests.workflows.asking import action_of, step
from tests.workflows.services.repair.conftest import Flow, ended, flaky, once
from workflows.models import Run
from workflows.services import decisions, stopping
from workflows.services.flow import releasing
from workflows.services.repair import retrying

pytestmark = pytest.mark.django_db


def retry_in_lane(run: Run) -> Run:
    with tenancy.scope(run.workspace_id):
        Run.objects.filter(pk=run.pk).update(lane="x")
        retrying.retry(run.pk, by="ada")
    return ended(run)


def let_in(run: Run) -> Run:
    with tenancy.scope(run.workspace_id):
        assert releasing.release(stopping.locked(run.pk), now=timezone.now())
    return ended(run)


@pytest.mark.parametrize("follows", [True, False])
def test_what_it_called_ends_and_it_still_waits(flow: Flow, workspace: Workspace, follows: bool) -> None:
    flow(flaky("deep"), name="Inner", type_="inner.never")
    call = {"id": "call", "type": "workflow", "params": {"workflow": "Inner"}}
    run = flow(call, *([step("after")] if follows else []), type_="outer.go")

    retry_in_lane(run)
    with tenancy.scope(workspace.pk):
        assert Run.objects.get(parent__run=run).status == "completed"
    assert (run.held_at is None, run.finished_at) == (False, None)
    assert states(run) == {"call": "completed", **({"after": "pending"} if follows else {})}

    assert let_in(run).status == "completed"


@pytest.mark.parametrize(
    ("decision", "waits_as", "ends_as"),
    [("confirm", ["completed", "pending"], "completed"), ("resend", ["pending", "pending"], "completed")],
)
def test_what_is_decided_about_it_waits_with_it(
    flow: Flow, workspace: Workspace, decision: str, waits_as: list[str], ends_as: str
) -> None:
    run = flow({"id": "wait", "type": "delay", "params": {"seconds": 60}}, once("charge"), step("after"))
    with tenancy.scope(workspace.pk):
        run.action_runs.filter(key="wait").update(status="completed", progress=None, due_at=None)
        tried = {"attempt": 1, "lease_until": timezone.now(), "claimed_at": timezone.now()}
        run.action_runs.filter(key="charge").update(status="running", **tried)
        stopping.cancel_for(run.pk, by="ada", is_immediate=True)

    retry_in_lane(run)
    with tenancy.scope(workspace.pk):
        decisions.decide(action_of(run, "charge"), decision, comment="", by="ada")

    assert (ended(run).held_at is None, list(states(run).values())[1:]) == (False, waits_as)
    assert let_in(run).status == ends_as
