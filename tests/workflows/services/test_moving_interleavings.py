"""Workers that go on with a run while it is moved to another version."""

from concurrent.futures import wait

import pytest

from core import tenancy
from core.models import Workspace
from tests import factories, rivals, runner
from tests.factories import log_event
from tests.workflows.services.conftest import StartRun
from tests.workflows.services.test_interleavings import BLOCKED_SECONDS, SECONDS, before, elsewhere, end, held, status
from triggers.services import matching
from workflows.models import ActionAttempt, ActionRun, Run, Workflow
from workflows.services import moving, workflows

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("empty_broker")]

Json = dict[str, object]


def log(key: str, **changes: object) -> Json:
    return log_event(key, id=key, **changes)


def publish(workspace: Workspace, *actions: Json) -> object:
    with tenancy.scope(workspace.pk):
        workflow = Workflow.objects.get()
        workflows.update(workflow, factories.definition(*actions))
        return workflows.publish(workflow, published_by="test").pk


def test_a_completion_that_waits_for_the_move_starts_nothing_of_the_old_version(
    workspace: Workspace, start_run: StartRun
) -> None:
    run = start_run(log("a"), log("b"), log("c"))
    claim = held(run, "a")
    version_id = publish(workspace, log("a"), log("x"), log("b", needs=["x"]))

    def completes_meanwhile() -> object:
        done = elsewhere(lambda: end(claim))
        assert not wait([done], BLOCKED_SECONDS).done  # it sees the old version, and waits for our locks
        return done

    with tenancy.scope(workspace.pk), before(moving, "_note", completes_meanwhile) as happened:
        moving.move(run.pk, version_id=version_id, by="test")  # type: ignore[arg-type]
    happened[0].result(SECONDS)  # type: ignore[attr-defined]
    runner.drain()

    assert (status(run), runner.states(run)) == ("completed", dict.fromkeys(["a", "x", "b"], "completed"))


@pytest.mark.long
def test_runs_that_are_moved_while_workers_go_on_lose_and_double_nothing(
    workspace: Workspace, start_run: StartRun
) -> None:
    runs = [start_run(*map(log, "abcd"))]
    for _ in range(7):
        event = factories.event(workspace)
        matching.match(event.pk)
    with tenancy.scope(workspace.pk):
        runs = list(Run.objects.order_by("pk"))
    version_id = publish(workspace, *map(log, "abxcd"))
    code = f"""
from contextlib import suppress
from uuid import UUID
from core import tenancy
from tests import runner
from workflows.models import Run
from workflows.services import moving
from workflows.services.moving import PinnedError
if number == 0:
    with tenancy.scope(UUID("{workspace.pk}")):
        for run in Run.objects.order_by("-pk"):
            with suppress(PinnedError):
                moving.move(run.pk, version_id=UUID("{version_id}"), by="test")
else:
    runner.drain()
"""
    rivals.race(code, number=3)
    runner.drain()

    with tenancy.scope(workspace.pk):
        for run in runs:
            run.refresh_from_db()
            wanted = "abxcd" if run.version_id == version_id else "abcd"
            rows = ActionRun.objects.filter(run=run).order_by("position")
            assert (run.status, [(row.key, row.status) for row in rows]) == (
                "completed", [(key, "completed") for key in wanted]
            )  # fmt: skip
            assert ActionAttempt.objects.filter(action_run__run=run).count() == len(wanted)
