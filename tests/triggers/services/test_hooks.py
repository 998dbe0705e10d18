from typing import Any

import pytest
from django.db import connection, transaction

from core import tenancy
from core.errors import ConflictError
from core.models import Workspace
from tests import factories, hooks, races
from triggers.models import Hook, Trigger
from triggers.services import hooks as service
from workflows.models import Workflow
from workflows.services import workflows

pytestmark = pytest.mark.django_db


def republish(workspace: Workspace, **changes: Any) -> None:
    with tenancy.scope(workspace.pk):
        workflow = workflows.update(Workflow.objects.get(), factories.definition(**changes))
        workflows.publish(workflow, published_by="test")


def test_a_webhook_keeps_its_url_over_versions_and_pauses(workspace: Workspace) -> None:
    before = hooks.published(workspace).public_id

    republish(workspace, name="Hooked", triggers=[{"type": "webhook", "params": {"event": "x.y"}}])
    with tenancy.scope(workspace.pk):
        workflows.pause(Workflow.objects.get())
        workflows.resume(Workflow.objects.get())
        [after] = Hook.objects.all()

    assert after.public_id == before
    assert len(before) == 32


def test_following_twice_makes_one_hook_and_other_triggers_have_none(workspace: Workspace) -> None:
    hooks.published(workspace)
    factories.published(workspace)

    with tenancy.scope(workspace.pk):
        service.follow(list(Trigger.objects.all()))
        assert Hook.objects.count() == 1


def test_a_trigger_that_is_no_webhook_any_more_is_not_found_until_it_is_one_again(workspace: Workspace) -> None:
    hook = hooks.published(workspace)

    republish(workspace, name="Hooked", triggers=[{"type": "lead.created"}])
    assert service.find(hook.public_id) is None
    republish(workspace, name="Hooked", triggers=[{"type": "webhook"}])
    assert service.find(hook.public_id) == hook


def test_a_crash_while_publishing_leaves_neither_trigger_nor_hook(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Workflow, "save", _crash_after(Workflow.save))

    with pytest.raises(RuntimeError, match="killed"):
        hooks.published(workspace)

    with tenancy.scope(workspace.pk):
        assert (Trigger.objects.count(), Hook.objects.count()) == (0, 0)


def _crash_after(save: Any) -> Any:
    def saved(row: Workflow, **options: Any) -> None:
        save(row, **options)
        if row.status == "active":
            raise RuntimeError("killed")

    return saved


def test_rotation_gives_another_url_each_time(workspace: Workspace) -> None:
    hook = hooks.published(workspace)

    with tenancy.scope(workspace.pk):
        ids = {hook.public_id, *(service.rotate(hook.trigger).public_id for _ in range(2))}

    assert len(ids) == 3
    assert hooks.refreshed(hook).rotated_at is not None


def test_only_a_webhook_of_the_workspace_can_be_rotated(workspace: Workspace, other_workspace: Workspace) -> None:
    hook = hooks.published(workspace)
    factories.published(workspace)

    with tenancy.scope(workspace.pk), pytest.raises(ConflictError, match="no URL"):
        service.rotate(Trigger.objects.get(type="event"))
    with tenancy.scope(other_workspace.pk), pytest.raises(ConflictError):
        service.rotate(hook.trigger)
    assert hooks.refreshed(hook).public_id == hook.public_id


def test_requests_are_counted(workspace: Workspace) -> None:
    hook = hooks.published(workspace, verification={"scheme": "none", "id_header": "X-Id"})

    for id_ in ("a", "b", "a"):
        hooks.post(hook, {}, X_Id=id_)
    hooks.post(hook, b"{")

    seen = hooks.refreshed(hook)
    assert (seen.accepted, seen.duplicates, seen.refused) == (2, 1, 1)
    assert seen.last_received_at is not None
    assert seen.last_received_at < (seen.last_refused_at or seen.last_received_at)


@pytest.mark.django_db(transaction=True)
def test_who_meets_another_at_the_count_does_not_wait_and_is_counted_later(workspace: Workspace) -> None:
    hook = hooks.published(workspace)

    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM triggers_hook WHERE id = %s FOR UPDATE", [hook.pk])
        answers = races.at_once(lambda _: hooks.post(hook, {}).status_code, threads=2)
    assert (answers, hooks.refreshed(hook).accepted) == ([202, 202], 0)

    hooks.post(hook, {})

    assert hooks.refreshed(hook).accepted == 3
