"""Writing workflows: drafts and versions."""

from typing import Any
from unittest.mock import patch

import pytest

from core import tenancy
from core.errors import ConflictError, InvalidError
from core.models import Workspace
from tests import factories, races
from tests.factories import definition, log_event
from triggers.models import Trigger
from triggers.services import catalogue, matching
from workflows.models import Run, Workflow, WorkflowVersion
from workflows.services import workflows

pytestmark = pytest.mark.django_db


def test_a_new_workflow_is_a_draft_in_canonical_form(scope: Workspace) -> None:
    workflow = workflows.create(definition(log_event("hi")))

    assert (workflow.name, workflow.slug, workflow.status, workflow.active_version) == ("Greet", "greet", "draft", None)
    assert workflow.draft == {
        "name": "Greet",
        "triggers": [{"id": "t1", "type": "lead.created"}],
        "actions": [{"id": "log_event", "type": "log_event", "params": {"message": "hi"}}],
    }


def test_a_draft_need_not_be_valid(scope: Workspace) -> None:
    workflow = workflows.create({"name": "Half done", "trigger": "a.b", "actions": 3})

    assert [problem.path for problem in workflows.problems(workflow)] == ["/actions"]


@pytest.mark.parametrize("document", [{}, {"name": " "}, {"name": 3}, {"name": "x" * 201}], ids=str)
def test_a_workflow_without_a_usable_name_is_refused(scope: Workspace, document: dict[str, Any]) -> None:
    with pytest.raises(InvalidError) as raised:
        workflows.create(document)

    assert [problem.path for problem in raised.value.problems] == ["/name"]
    assert not Workflow.objects.exists()


def test_a_name_is_taken_once_in_a_workspace_in_any_case(scope: Workspace) -> None:
    first = workflows.create(definition())

    with pytest.raises(ConflictError, match=str(first.pk)):
        workflows.create(definition(name="GREET"))
    assert Workflow.objects.count() == 1


def test_other_workspaces_may_use_the_same_name(scope: Workspace, other_workspace: Workspace) -> None:
    workflows.create(definition())

    with tenancy.scope(other_workspace.pk):
        assert workflows.create(definition()).slug == "greet"


def test_names_that_differ_only_in_signs_get_slugs_of_their_own(scope: Workspace) -> None:
    slugs = [workflows.create(definition(name=name)).slug for name in ("A b", "A-b", "A.b", "!!", "??")]

    assert slugs == ["a-b", "a-b-2", "ab", "workflow", "workflow-2"]


def test_publishing_makes_the_draft_the_active_version_and_its_triggers_listen(scope: Workspace) -> None:
    workflow = workflows.create(definition(conditions=[{"field": "score", "operator": "gte", "value": 3}]))

    version = workflows.publish(workflow, published_by="ann")

    workflow.refresh_from_db()
    assert (workflow.status, workflow.active_version, version.number) == ("active", version, 1)
    assert (version.definition, version.published_by) == (workflow.draft, "ann")
    trigger = Trigger.objects.get()
    assert (trigger.event_type, trigger.is_active, trigger.version_id) == ("lead.created", True, version.pk)
    assert trigger.conditions == {"and": [{"field": "score", "operator": "gte", "value": 3}]}


def test_publishing_twice_makes_one_version(scope: Workspace) -> None:
    workflow = workflows.create(definition())

    numbers = [workflows.publish(workflow, published_by="ann").number for _ in range(2)]

    assert numbers == [1, 1]
    assert (WorkflowVersion.objects.count(), Trigger.objects.count()) == (1, 1)


def test_an_edit_changes_nothing_that_runs_until_it_is_published(scope: Workspace) -> None:
    workflow = workflows.create(definition(log_event("one")))
    first = workflows.publish(workflow, published_by="ann")

    workflows.update(workflow, definition(log_event("two"), trigger="deal.won"))
    assert Trigger.objects.get().event_type == "lead.created"
    second = workflows.publish(workflow, published_by="ann")

    first.refresh_from_db()
    assert first.definition["actions"][0]["params"] == {"message": "one"}
    assert (second.number, second.definition["actions"][0]["params"]) == (2, {"message": "two"})
    assert Trigger.objects.get().event_type == "deal.won"


def test_a_paused_workflow_starts_no_runs_until_it_is_resumed(scope: Workspace) -> None:
    workflow = factories.published(scope)
    workflows.pause(workflow)
    matching.match(factories.event(scope).pk)
    assert not Run.objects.exists()

    workflows.resume(workflow)
    matching.match(factories.event(scope).pk)

    assert Run.objects.count() == 1


def test_resuming_wakes_the_triggers_of_the_active_version_only(scope: Workspace) -> None:
    workflow = factories.published(scope, definition(triggers=["a.one", "a.two"]))
    workflows.update(workflow, definition(triggers=["a.one"]))
    workflows.publish(workflow, published_by="ann")

    workflows.pause(workflow)
    workflows.resume(workflow)

    assert list(Trigger.objects.filter(is_active=True).values_list("event_type", flat=True)) == ["a.one"]


def test_an_invalid_draft_is_not_published(scope: Workspace) -> None:
    workflow = workflows.create(definition({"type": "fold_paper"}))

    with pytest.raises(InvalidError) as raised:
        workflows.publish(workflow, published_by="ann")

    assert [problem.code for problem in raised.value.problems] == ["unknown_action_type"]
    workflow.refresh_from_db()
    assert (workflow.status, workflow.active_version) == ("draft", None)
    assert not WorkflowVersion.objects.exists()


def test_a_crash_while_publishing_leaves_the_old_version_active(scope: Workspace) -> None:
    workflow = workflows.create(definition(log_event("one")))
    first = workflows.publish(workflow, published_by="ann")
    workflows.update(workflow, definition(log_event("two")))

    with patch.object(catalogue, "replace", side_effect=RuntimeError), pytest.raises(RuntimeError):
        workflows.publish(workflow, published_by="ann")

    workflow.refresh_from_db()
    assert workflow.active_version == first
    assert WorkflowVersion.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_publishing_while_events_are_matched_waits_for_nobody(workspace: Workspace) -> None:
    workflow = factories.published(workspace)
    events = [factories.event(workspace).pk for _ in range(40)]

    def publish_or_match(turn: int) -> None:
        if turn % 4:
            matching.match(events[turn])
            return
        with tenancy.scope(workspace.pk):
            workflows.update(workflow, definition(log_event(f"version {turn}")))
            workflows.publish(workflow, published_by="ann")

    races.at_once(publish_or_match, threads=len(events))

    with tenancy.scope(workspace.pk):
        assert Run.objects.count() == 30
        assert Trigger.objects.get().is_active
