"""Runs that go on with another version of their workflow."""

from typing import Any

import pytest

from core import tenancy
from core.models import Workspace
from tests import factories, runner
from tests.factories import log_event
from triggers.services import matching
from workflows.models import ActionRun, Run, Workflow, WorkflowVersion
from workflows.services import claims, moving, outcomes, performing, workflows
from workflows.services.moving import Goal, PinnedError

pytestmark = pytest.mark.django_db

WAIT = {"id": "wait", "type": "delay", "params": {"seconds": 60}}


def started(document: dict[str, Any], workspace: Workspace) -> tuple[Workflow, Run]:
    """A run of the first version, its first actions done as far as they can be."""
    workflow = factories.published(workspace, document)
    event = factories.event(workspace)
    with tenancy.scope(workspace.pk):
        matching.match(event.pk)
        run = Run.objects.get()
    runner.drain()
    return workflow, run


def published(workflow: Workflow, *actions: dict[str, Any], **changes: Any) -> WorkflowVersion:
    workflows.update(workflow, factories.definition(*actions, **changes))
    return workflows.publish(workflow, published_by="test")


def log(key: str, message: str = "", **changes: Any) -> dict[str, Any]:
    return log_event(message or key, id=key, **changes)


def test_what_has_not_begun_goes_by_the_new_version_and_what_has_ended_stays(scope: Workspace) -> None:
    workflow, run = started(factories.definition(log("a", "old"), WAIT, log("b", "old"), log("gone")), scope)
    version = published(workflow, log("a", "new"), WAIT, log("b", "new"), log("c", "new"))

    moving.move(run.pk, version_id=version.pk, by="key ann", reason="fixed text")
    runner.finish(run)

    assert (run.status, run.version_id) == ("completed", version.pk)
    assert {key: (found or {}).get("message") for key, found in runner.outputs(run).items() if key != "wait"} == {
        "a": "old", "b": "new", "c": "new"
    }  # fmt: skip
    assert [(each["what"], each["by"], each["reason"]) for each in run.repairs] == [
        ("moved", "key ann", "from version 1 to 2. fixed text")
    ]
    positions = ActionRun.objects.filter(run=run).order_by("position").values_list("key", flat=True)
    assert list(positions) == ["a", "wait", "b", "c"]


def test_the_bodies_of_containers_that_go_on_are_made_anew(scope: Workspace) -> None:
    def loop(*body: dict[str, Any]) -> dict[str, Any]:
        return {"id": "each", "type": "loop", "for_each": {"items": [1, 2]}, "params": {"actions": list(body)}}

    workflow, run = started(factories.definition(loop(WAIT, log("b", "old"))), scope)
    version = published(workflow, loop(WAIT, log("b", "new"), log("c", "item {{ item }}")))

    moving.move(run.pk, version_id=version.pk, by="test")
    runner.finish(run)

    outputs = runner.outputs(run)
    assert run.status == "completed"
    assert [outputs[f"{key}[{number}]"]["message"] for key in "bc" for number in (0, 1)] == [
        "new", "new", "item 1", "item 2"
    ]  # fmt: skip


CHANGES = {
    "no such action": [log("x"), WAIT],
    "of the type": [{"id": "a", "type": "kv_get", "params": {"key": "x"}}, WAIT],
    "needs something else": [log("x", needs=[]), log("a", needs=["x"]), {**WAIT, "needs": ["a"]}],
    "treated differently": [log("a", allow_failure=True), WAIT],
    "another place": [log("a", for_each={"items": [1]}), WAIT],
}


@pytest.mark.parametrize("why", CHANGES)
def test_a_run_that_cannot_go_on_stays_as_it_is_and_says_why(scope: Workspace, why: str) -> None:
    workflow, run = started(factories.definition(log("a"), WAIT, log("b")), scope)
    version = published(workflow, *CHANGES[why])
    before = list(ActionRun.objects.filter(run=run).order_by("pk").values())

    with pytest.raises(PinnedError, match=why):
        moving.move(run.pk, version_id=version.pk, by="test")
    with pytest.raises(PinnedError, match=why):
        moving.look(run, Goal.of(version.pk))

    run.refresh_from_db()
    assert (run.version_id == version.pk, run.repairs) == (False, [])
    assert list(ActionRun.objects.filter(run=run).order_by("pk").values()) == before


def test_a_failure_that_somebody_handles_is_handled_in_the_new_version_too(scope: Workspace) -> None:
    fail = {"id": "a", "type": "fail", "params": {"message": "no"}}
    handler = log("h", needs=["a.error"])
    workflow, run = started(factories.definition(fail, handler, {**WAIT, "needs": ["h"]}), scope)
    version = published(workflow, fail, {**WAIT, "needs": []})

    with pytest.raises(PinnedError, match="`a` has begun, and nobody handles its failure"):
        moving.move(run.pk, version_id=version.pk, by="test")


def test_a_run_that_has_ended_or_goes_by_the_version_stays(scope: Workspace) -> None:
    workflow, run = started(factories.definition(log("a")), scope)
    version = published(workflow, log("a"), log("b"))

    with pytest.raises(PinnedError, match="ended"):
        moving.move(run.pk, version_id=version.pk, by="test")


def test_a_completion_by_the_old_version_loses_nothing_and_starts_what_the_new_one_says(scope: Workspace) -> None:
    workflow = factories.published(scope, factories.definition(log("a"), log("b"), log("gone")))
    event = factories.event(scope)
    matching.match(event.pk)
    run = Run.objects.get()
    first = ActionRun.objects.get(run=run, key="a")
    claim = claims.claim(first.pk, is_careful=True)
    assert claim is not None
    version = published(workflow, log("a"), log("x"), log("b", needs=["x"]))

    moving.move(run.pk, version_id=version.pk, by="test")
    outcomes.record(claim, performing.perform(claim), may_take=lambda _: True)
    runner.drain()

    run.refresh_from_db()
    assert (run.status, runner.states(run)) == ("completed", dict.fromkeys(["a", "x", "b"], "completed"))
