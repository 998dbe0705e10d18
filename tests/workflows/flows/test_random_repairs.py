"""Whatever people do about a run of any shape, in any order, it comes to an end, and no action is done twice."""

from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pytest_django import Settings

from core import tenancy
from core.errors import ConflictError
from core.models import Workspace
from tests import runner
from tests.workflows.flows.test_random_flows import Json, definitions, started
from workflows.engine.states import FINISHED_ACTION, FINISHED_RUN
from workflows.models import ActionAttempt, ActionRun, Run
from workflows.services import stopping
from workflows.services.repair import preview, rerunning, retrying, skipping

pytestmark = pytest.mark.django_db

EXAMPLES = 8
REPAIRS = 5


@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(actions=definitions(), seed=st.integers(0, 1_000_000), is_fast=st.booleans())
def test_repairs_in_any_order_leave_no_run_that_hangs(
    workspace: Workspace,
    settings: Settings,
    actions: list[Json],
    seed: int,
    is_fast: bool,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("workflows.services.workflows.problems", lambda *_, **__: [])  # needs may be impossible to meet
    settings.RUN_FAST_FORWARD = is_fast
    random, run = Random(seed), started(workspace, actions)
    runner.drain(run)
    for _ in range(REPAIRS):
        with tenancy.scope(workspace.pk):
            run = repaired(Run.objects.get(pk=run.pk), random)
        runner.drain(run)
    with tenancy.scope(workspace.pk):
        runs = list(Run.objects.filter(event=run.event_id))

    for each in runs:
        assert runner.finish(each).status in FINISHED_RUN
        assert set(runner.states(each).values()) <= set(FINISHED_ACTION)
        with tenancy.scope(workspace.pk):
            done = ActionAttempt.objects.filter(action_run__run=each, outcome="completed")
            twice = done.values_list("action_run", flat=True)
            assert len(set(twice)) == len(twice), "what completed is not done again"


def repaired(run: Run, random: Random) -> Run:
    """The run that there is after one repair, which may be refused."""
    rows = list(ActionRun.objects.filter(run=run).order_by("id"))
    row = random.choice(rows)
    try:
        match random.randrange(6):
            case 0:
                stopping.cancel_for(run.pk, by="ada", is_immediate=random.random() < 0.5)
            case 1 | 2:
                preview.preview(run, "retry")
                return retrying.retry(run.pk, by="ada")
            case 3:
                return retrying.retry(run.pk, by="ada", action_run_ids=[row.pk])
            case 4:
                return skipping.skip(row.pk, by="ada", reason="random", output={"x": 1})
            case 5:
                preview.preview(run, "replay", from_action=row.key)
                return rerunning.rerun(run.pk, by="ada", from_action=random.choice([row.key, None]))
    except ConflictError:
        pass
    return run
