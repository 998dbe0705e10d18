from dataclasses import replace
from typing import Any

import pytest

from core.expressions.operators import OPERATORS
from core.models import Workspace
from tests import factories
from triggers.models import Event, Trigger
from triggers.services import catalogue, explaining, matching
from workflows.models import Workflow
from workflows.services import workflows

pytestmark = pytest.mark.usefixtures("scope")

IS_NL = {"type": "lead.created", "filters": {"country": "NL"}}


def happen(workspace: Workspace, type_: str = "lead.created", **data: Any) -> Event:
    event = factories.event(workspace, type_, **data)
    matching.match(event.pk)
    return Event.objects.select_related("workspace").get(pk=event.pk)


def told(workflow: Workflow, event: Event) -> list[tuple[int | None, str, str]]:
    found = explaining.of_workflow(workflow.pk, [event]).get(event.pk, [])
    return [(each.version, each.verdict, each.reason) for each in found]


def test_what_did_not_match_says_which_value_stood_in_the_way_and_what_would_have_done(workspace: Workspace) -> None:
    workflow = factories.published(workspace, factories.definition(trigger=IS_NL))
    event = happen(workspace, country="DE")

    [account] = explaining.of_workflow(workflow.pk, [event])[event.pk]

    assert (account.verdict, account.reason) == ("not_matched", '`country` eq "NL" does not hold: it is "DE".')
    assert explaining.to_json(account)["would_fire_if"] == [
        {"field": "country", "operator": "eq", "expected": "NL", "actual": "DE", "to": "NL"}
    ]
    assert explaining.to_json(account)["explanation"] == {
        "operator": "and",
        "children": [{"field": "country", "expected": "NL", "actual": "DE", "operator": "eq", "result": False}],
        "result": False,
    }


@pytest.mark.parametrize(
    ("conditions", "data", "reason"),
    [
        ({"field": "a.b", "operator": "gt", "value": 1}, {}, "`a.b` gt 1: there is no `a.b`."),
        (
            {"field": "a", "operator": "gt", "value": 1},
            {"a": [1]},
            "`a` gt 1 could not be decided: type mismatch: list compared with number.",
        ),
        ({"field": "a", "operator": "exists"}, {}, "`a` exists true: there is no `a`."),
        (
            {"field": "a", "operator": "eq", "value": 1},
            {"a": None},
            "`a` eq 1 could not be decided: type mismatch: null compared with number.",
        ),
        (
            {"field": "a", "operator": "eq", "value": "y"},
            {"a": "x" * 300},
            '`a` eq "y" does not hold: it is "' + "x" * 199 + "….",
        ),
        ({"not": {"field": "a", "operator": "eq", "value": 1}}, {"a": 1}, "`a` eq 1 holds, and must not: it is 1."),
        ({"jsonlogic": {"==": [{"var": "a"}, 1]}}, {"a": 2}, "Its JSONLogic rule does not hold."),
    ],
)
def test_the_reason_is_a_sentence(workspace: Workspace, conditions: Any, data: Any, reason: str) -> None:
    workflow = factories.published(workspace, factories.definition(conditions=conditions))

    assert told(workflow, happen(workspace, **data)) == [(1, "not_matched", reason)]


def test_an_explanation_stays_what_it_was_whatever_is_published_or_set_later(workspace: Workspace) -> None:
    conditions = {"field": "workspace.plan", "operator": "eq", "value": "gold"}
    workspace.settings = {"plan": "gold"}
    workspace.save()
    workflow = factories.published(workspace, factories.definition(conditions=conditions))
    event = happen(workspace)

    workspace.settings = {"plan": "free"}
    workspace.save()
    workflows.update(workflow, factories.definition(conditions={**conditions, "value": "platinum"}))
    workflows.publish(workflow, published_by="test")
    later = happen(workspace)

    assert [verdict for _, verdict, _ in told(workflow, event)] == ["fired"]
    assert told(workflow, later) == [(2, "not_matched", '`workspace.plan` eq "platinum" does not hold: it is "free".')]


def test_who_did_not_listen_says_why(workspace: Workspace) -> None:
    before = happen(workspace)
    workflow = factories.published(workspace)
    other_type = happen(workspace, "lead.closed")
    workflows.pause(workflow)
    while_paused = happen(workspace)
    workflows.resume(workflow)
    [trigger] = Trigger.objects.all()
    catalogue.enable(trigger, is_enabled=False, is_listening=True)
    switched_off = happen(workspace)
    catalogue.enable(trigger, is_enabled=True, is_listening=True)
    workflows.update(workflow, factories.definition(trigger={"id": "other", "type": "lead.created"}))
    workflows.publish(workflow, published_by="test")
    replaced = happen(workspace)

    reasons = [told(workflow, event)[-1] for event in (before, other_type, while_paused, switched_off, replaced)]
    assert reasons == [
        (None, "not_listening", "It was published after the event was decided on."),
        (1, "not_listening", "It listens to lead.created; the event is lead.closed."),
        (1, "not_listening", "The workflow was paused."),
        (1, "not_listening", "The trigger was switched off."),
        (1, "not_listening", "The version that was active had no such trigger any more."),
    ]
    assert told(workflow, replaced)[0] == (2, "fired", "Everything that it asks for holds.")


def test_what_was_held_back_or_failed_says_the_stored_reason(workspace: Workspace) -> None:
    workflow = factories.published(workspace)
    event = factories.event(workspace)
    Event.objects.filter(pk=event.pk).update(depth=11)
    matching.match(event.pk)

    event = Event.objects.select_related("workspace").get(pk=event.pk)
    [(version, verdict, reason)] = told(workflow, event)

    assert (version, verdict) == (1, "suppressed")
    assert reason.startswith("loop: 11 runs led to this event, one after the other; at most 10 may (workflow ")


def test_an_event_that_is_not_decided_is_pending(workspace: Workspace) -> None:
    factories.published(workspace)
    event = factories.event(workspace)
    event.generation = 1

    [account] = explaining.accounts(explaining.candidates(event), event)

    assert account.verdict == "pending"


def test_only_the_addressee_is_a_candidate_for_what_is_for_it_alone(workspace: Workspace) -> None:
    factories.published(workspace, factories.definition(trigger={"type": "**"}))
    [trigger] = Trigger.objects.all()
    other = factories.published(workspace, factories.definition(name="Other", trigger={"type": "**"}))
    event = factories.event(workspace, "tick")
    Event.objects.filter(pk=event.pk).update(addressee=trigger.pk, is_public=False)
    matching.match(event.pk)
    event = Event.objects.select_related("workspace").get(pk=event.pk)

    assert [row.trigger_id for row in explaining.candidates(event)] == [trigger.pk]
    assert told(other, event) == [(1, "not_listening", "The event was for another trigger alone.")]


def test_an_operator_with_a_fault_stops_neither_the_decision_nor_its_explanation(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    def explode(_actual: Any, _expected: Any) -> Any:
        raise ZeroDivisionError("of the plugin")

    faulty = replace(OPERATORS.get("eq"), name="explodes", apply=explode)
    monkeypatch.setitem(OPERATORS._items, "explodes", faulty)
    conditions = [{"field": "a", "operator": "eq", "value": 1}, {"field": "b", "operator": "explodes", "value": 1}]
    workflow = factories.published(workspace, factories.definition(conditions=conditions))

    passed_over, met = happen(workspace, a=2, b=1), happen(workspace, a=1, b=1)

    reason = "ZeroDivisionError: of the plugin"
    assert told(workflow, passed_over) == [(1, "not_matched", reason)]
    assert told(workflow, met) == [(1, "failed", reason)]
