from typing import Any

import pytest

from core import tenancy
from core.models import Workspace
from tests import factories
from triggers.engine.matcher import Matcher
from triggers.models import Catalogue, Subscription, Trigger
from triggers.services import catalogue, subscriptions
from workflows.models import Workflow
from workflows.services import workflows

pytestmark = pytest.mark.usefixtures("scope")


def generation() -> int:
    return Catalogue.objects.get().generation


def current(workspace: Workspace) -> Matcher:
    return subscriptions.matcher(workspace.pk, generation=generation())


def listening(workspace: Workspace) -> dict[str, list[Any]]:
    """Who listens, by the name of the workflow, as this process knows it."""
    names = dict(Workflow.objects.values_list("pk", "name"))
    rows = current(workspace)._listeners.values()
    return {names[each.workflow_id]: [each.key, each.event_type] for each in rows}


def named(workspace: Workspace, name: str, **changes: Any) -> Workflow:
    return factories.published(workspace, factories.definition(name=name, **changes))


def test_what_is_published_listens_and_what_is_paused_does_not(workspace: Workspace) -> None:
    greet, bye = named(workspace, "Greet"), named(workspace, "Bye", trigger={"type": "lead.*"})
    assert listening(workspace) == {"Greet": ["t1", "lead.created"], "Bye": ["t1", "lead.*"]}

    workflows.pause(greet)
    assert listening(workspace) == {"Bye": ["t1", "lead.*"]}

    workflows.resume(greet)
    workflows.pause(bye)
    assert listening(workspace) == {"Greet": ["t1", "lead.created"]}


def test_only_what_changed_is_read(workspace: Workspace, django_assert_num_queries: Any) -> None:
    greet = named(workspace, "Greet")
    known = current(workspace)
    kept = next(iter(known._listeners.values()))
    bye = named(workspace, "Bye")

    with django_assert_num_queries(2):
        current(workspace)
    with django_assert_num_queries(1):  # for the generation
        assert current(workspace) is known

    assert known._listeners[kept.subscription_id] is kept
    assert {each.workflow_id for each in known._listeners.values()} == {greet.pk, bye.pk}


def test_what_begins_and_ends_between_two_looks_is_never_seen(workspace: Workspace) -> None:
    named(workspace, "Greet")
    current(workspace)
    bye = named(workspace, "Bye")
    workflows.pause(bye)

    assert listening(workspace) == {"Greet": ["t1", "lead.created"]}


def test_a_generation_without_subscriptions_is_known_too(workspace: Workspace, django_assert_num_queries: Any) -> None:
    greet = named(workspace, "Greet")
    workflows.pause(greet)
    current(workspace)
    workflows.pause(greet)

    assert current(workspace).generation == generation()
    with django_assert_num_queries(1):
        current(workspace)


def test_other_workspaces_are_not_heard(workspace: Workspace, other_workspace: Workspace) -> None:
    named(workspace, "Greet")
    factories.published(other_workspace)

    assert list(listening(workspace)) == ["Greet"]


def test_the_longest_unused_is_forgotten_when_there_are_too_many(
    workspace: Workspace, other_workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(subscriptions, "_matchers", type(subscriptions._matchers)())
    monkeypatch.setattr(subscriptions, "MAX_LISTENERS", 1)
    named(workspace, "Greet")
    current(workspace)
    factories.published(other_workspace)

    with tenancy.scope(other_workspace.pk):
        current(other_workspace)

    assert list(subscriptions._matchers) == [other_workspace.pk]


def test_half_a_change_is_forgotten(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    named(workspace, "Greet")
    known = current(workspace)
    named(workspace, "Bye")

    def crash(*_: object) -> None:
        raise RuntimeError("killed")

    monkeypatch.setattr(subscriptions, "compiled", crash)
    with pytest.raises(RuntimeError, match="killed"):
        current(workspace)
    monkeypatch.undo()

    assert set(listening(workspace)) == {"Greet", "Bye"}
    assert current(workspace) is not known


def test_a_trigger_has_its_own_switch(workspace: Workspace) -> None:
    triggers = [{"type": "lead.created"}, {"type": "lead.closed", "active": False}]
    workflow = named(workspace, "Greet", triggers=triggers)
    assert listening(workspace) == {"Greet": ["t1", "lead.created"]}

    first, second = Trigger.objects.filter(workflow=workflow).order_by("key")
    catalogue.enable(first, is_enabled=False, is_listening=True)
    catalogue.enable(second, is_enabled=True, is_listening=True)

    assert listening(workspace) == {"Greet": ["t2", "lead.closed"]}
    assert list(Subscription.objects.order_by("since").values_list("trigger__key", "ended_by")) == [
        ("t1", "disabled"),
        ("t2", ""),
    ]


def test_a_switch_of_a_paused_workflow_waits_for_it(workspace: Workspace) -> None:
    workflow = named(workspace, "Greet")
    [trigger] = Trigger.objects.all()
    workflows.pause(workflow)

    catalogue.enable(trigger, is_enabled=True, is_listening=False)
    assert listening(workspace) == {}
    workflows.resume(workflow)

    assert listening(workspace) == {"Greet": ["t1", "lead.created"]}


def test_who_follows_is_told_of_every_change(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[list[tuple[str, bool]]] = []
    follow = lambda triggers: told.append([(each.key, each.is_active) for each in triggers])  # noqa: E731
    monkeypatch.setattr(catalogue, "FOLLOWERS", (follow,))

    workflow = named(workspace, "Greet")
    workflows.pause(workflow)
    workflows.resume(workflow)

    assert told == [[("t1", True)], [("t1", False)], [("t1", True)]]
