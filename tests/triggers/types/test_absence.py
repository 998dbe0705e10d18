"""Triggers that wait for what does not come, as people write and see them."""

from typing import Any

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from core import tenancy
from core.models import Workspace
from tests import factories
from tests.absences import UNPAID, alarms, came, created, decide, fired, later, listening, reasons
from triggers.services import matching, noticing
from workflows.definitions import shorthand
from workflows.definitions.check import check
from workflows.definitions.references import Known
from workflows.services import explaining, reconciling
from workflows.services.editing import names

Json = dict[str, Any]

pytestmark = pytest.mark.django_db


def test_without_after_it_is_a_heartbeat(workspace: Workspace) -> None:
    listening(workspace, event="beat", after=None, within_seconds=60, key="")
    for ago in (200, 150, 100):
        came(workspace, "beat", ago=ago)

    assert (noticing.notice(), noticing.notice()) == (1, 0)
    came(workspace, "beat")
    assert noticing.notice(now=later(70)) == 1
    assert [alarm.data["after"]["type"] for alarm in alarms(workspace)] == ["beat", "beat"]


def test_what_is_told_of_the_alarm_and_that_everything_is_accounted_for(api: APIClient, workspace: Workspace) -> None:
    listening(workspace)
    created(workspace, ago=4000)
    came(workspace, "order.paid", id=7)
    created(workspace, 8, ago=4000)
    noticing.notice()
    alarm = decide(workspace)[-1]

    [told] = api.get(f"/api/v1/events/{alarm.pk}/decisions/").json()["results"]

    assert told["verdict"] == "fired"
    assert told["reason"] == f"No order.paid came from {alarm.data['since']} until {alarm.data['due']}."
    assert reconciling.reconcile(workspace).drifts == ()


def test_an_alarm_that_is_on_the_way_to_what_is_no_absence_any_more_starts_nothing(
    api: APIClient, workspace: Workspace
) -> None:
    listening(workspace)
    created(workspace, ago=4000)
    noticing.notice()
    trigger = {"id": "unpaid", "type": "**"}
    api.put("/api/v1/workflows/greet/", {"definition": factories.definition(triggers=[trigger])}, format="json")
    assert api.post("/api/v1/workflows/greet/publish/").status_code == 200

    [alarm] = decide(workspace)

    [told] = api.get(f"/api/v1/events/{alarm.pk}/decisions/").json()["results"]
    assert (told["verdict"], told["reason"]) == (
        "not_matched", "The trigger was changed: by now it waits for nothing.",
    )  # fmt: skip
    assert fired(workspace) == 0
    assert reconciling.reconcile(workspace).drifts == ()


def test_what_a_draft_would_do_with_an_alarm(workspace: Workspace) -> None:
    workflow = listening(workspace)
    created(workspace, ago=4000)
    noticing.notice()
    [alarm] = alarms(workspace)

    with tenancy.scope(workspace.pk):
        [told] = explaining.rehearse(workflow, alarm, of_draft=True, now=timezone.now())

    assert (told.verdict, told.reason[:25]) == ("fired", "No order.paid came from 2")


def test_an_event_that_somebody_sends_is_no_alarm(api: APIClient, workspace: Workspace) -> None:
    listening(workspace, event="**", after=None, key="", within_seconds=60)
    body = {"type": "absence.noticed", "source": "pattern", "data": {"missing": "x", "since": "", "due": ""}}

    sent = api.post("/api/v1/events/", body, format="json").json()
    matching.match(sent["uid"])

    assert fired(workspace) == 0
    assert reasons(workspace)[0][2].startswith("waits for **")


def test_the_triggers_own_conditions_are_for_what_is_counted(workspace: Workspace) -> None:
    trigger = {"type": "absence", "params": UNPAID, "filters": {"shop": "web"}, "conditions": {"field": "event.data.id",
               "operator": "gt", "value": 0}}  # fmt: skip
    factories.published(workspace, factories.definition(triggers=[trigger]))
    came(workspace, "order.created", ago=4000, id=1, total=10, shop="web")
    came(workspace, "order.created", ago=4000, id=2, total=10, shop="app")

    assert noticing.notice() == 1
    decide(workspace)
    assert fired(workspace) == 1


def test_a_pattern_may_wait_too(api: APIClient, workspace: Workspace) -> None:
    pattern = {"name": "Unpaid", "type": "absence", "params": UNPAID}
    made = api.post("/api/v1/patterns/", pattern, format="json")
    assert made.status_code == 201, made.json()
    trigger = {"type": "pattern", "params": {"pattern": "Unpaid"}}
    factories.published(workspace, factories.definition(triggers=[trigger]))
    created(workspace, ago=4000)

    assert noticing.notice() == 1
    decide(workspace)
    assert fired(workspace) == 1


def test_a_backtest_knows_what_did_not_come(api: APIClient, workspace: Workspace) -> None:
    listening(workspace)
    created(workspace, 1, ago=9000)  # fires by the clock, before the next event of its key
    created(workspace, 1, ago=5000)  # fires with the end of the period
    created(workspace, 2, ago=5000)
    came(workspace, "order.paid", ago=4000, id=2)
    created(workspace, 3, ago=3000)  # still waits
    noticing.notice()
    decide(workspace)

    found = api.post("/api/v1/workflows/greet/backtest/", {"sample": 10}, format="json").json()

    assert (found["fired"], found["held_by"]) == (2, {"absence": 5}), found
    assert [each["trigger"]["key"] for each in found["would_fire"]] == ["unpaid", "unpaid"]
    assert found["compared"]["same"] == 2
    definition = factories.definition(
        triggers=[{"id": "unpaid", "type": "absence", "params": {**UNPAID, "within_seconds": 500}}]
    )
    asked = {"definition": definition}
    other = api.post("/api/v1/workflows/greet/backtest/", asked, format="json").json()
    assert (other["fired"], other["compared"]["would_fire_and_did_not"]["count"]) == (4, 4)
    assert other["compared"]["fired_and_would_not"]["count"] == 2


def test_what_cannot_be_waited_for_is_refused_where_it_stands(api: APIClient) -> None:
    cases: list[tuple[Json, str]] = [
        ({**UNPAID, "event": "a b"}, "/params/event"),
        ({**UNPAID, "after": {"event": "a b"}}, "/params/after/event"),
        ({**UNPAID, "after": {"event": "a", "filters": {"n": {"larger": 1}}}}, "/params/after/filters/n/larger"),
        ({**UNPAID, "after": {"event": "a", "more": 1}}, "/params/after/more"),
        ({**UNPAID, "filters": {"n": {"larger": 1}}}, "/params/filters/n/larger"),
        ({**UNPAID, "after": {"event": "order.paid"}}, "/params"),
        ({**UNPAID, "within_seconds": 0.5}, "/params/within_seconds"),
        ({**UNPAID, "within_seconds": 31 * 86_400 + 1}, "/params/within_seconds"),
        ({**UNPAID, "key": "{{ user"}, "/params/key"),
        ({"event": "a"}, "/params/within_seconds"),
    ]

    for params, path in cases:
        answer = api.post("/api/v1/patterns/", {"name": "x", "type": "absence", "params": params}, format="json")
        assert (answer.status_code, [each["path"] for each in answer.json()["errors"]]) == (400, [path]), params


@pytest.mark.parametrize(("sent", "codes"), [("order.created", ["feeds_itself"]), ("order.paid", []), ("order.x", [])])
def test_a_workflow_that_starts_its_own_clock_is_refused(sent: str, codes: list[str]) -> None:
    action = {"type": "emit_event", "params": {"type": sent}}
    document = factories.definition(action, triggers=[{"type": "absence", "params": UNPAID}])

    found = check(shorthand.normalise(document), Known())

    assert [each.code for each in found] == codes, found


def test_a_pattern_that_waits_is_fed_by_what_starts_its_clock_alone(api: APIClient) -> None:
    pattern = {"name": "Unpaid", "type": "absence", "params": UNPAID}
    assert api.post("/api/v1/patterns/", pattern, format="json").json()["event_type"] == "order.**"
    codes = []
    for sent in ("order.created", "order.shipped"):
        action = {"type": "emit_event", "params": {"type": sent}}
        trigger = {"type": "pattern", "params": {"pattern": "Unpaid"}}
        document = factories.definition(action, triggers=[trigger])
        answer = api.post("/api/v1/workflows/", {"name": sent, "definition": document}, format="json").json()
        codes.append([each["code"] for each in answer["problems"]])

    assert codes == [["feeds_itself"], []]


def test_templates_may_name_what_the_alarm_says(api: APIClient, workspace: Workspace) -> None:
    workflow = listening(workspace)
    with tenancy.scope(workspace.pk):
        found = names.known_at(workflow, workflow.draft, workflow.draft["actions"][0]["id"], workspace=workspace)

    assert {"key", "missing", "after.id", "due"} <= {each.path for each in found}
