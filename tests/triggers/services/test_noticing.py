"""Clocks that run out fire once, whoever looks, and never because we are late."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from core import tenancy
from core.models import Workspace
from tests import factories, rivals
from tests.absences import UNPAID, alarms, came, created, decide, fired, later, listening, reasons, stored
from triggers import tasks
from triggers.engine.incoming import IncomingEvent
from triggers.models import Decision, Event, Firing, Subscription, TriggerState
from triggers.services import detecting, ingest, matching, noticing
from workflows.models import Run
from workflows.services import reconciling, workflows

Json = dict[str, Any]

pytestmark = pytest.mark.django_db


def test_what_does_not_come_starts_the_workflow_once(workspace: Workspace) -> None:
    listening(workspace)
    order = created(workspace)
    created(workspace, 8)
    came(workspace, "order.created", id=9, total=9)  # does not meet the filters
    came(workspace, "order.paid", id=8)

    looks = [noticing.notice(now=later(seconds)) for seconds in (0, 3599, 3610, 3610)]

    assert looks == [0, 0, 1, 0]
    (alarm,) = decide(workspace)
    due = order.received_at + timedelta(hours=1)
    assert (alarm.is_public, alarm.source, alarm.time) == (False, "pattern", due)
    assert alarm.data == {
        "key": "7", "missing": "order.paid", "within_seconds": 3600, "is_certain": True,
        "since": noticing._iso(order.received_at), "due": noticing._iso(due),
        "after": {"uid": str(order.pk), "id": order.event_id, "type": "order.created", "data": order.data,
                  "time": noticing._iso(order.time)},
    }  # fmt: skip
    with tenancy.scope(workspace.pk):
        assert Firing.objects.get().event_id == alarm.pk
        assert Run.objects.get().event_id == alarm.pk
        assert list(TriggerState.objects.values_list("due_at", flat=True)) == [None, None]
    told = [reason for _, _, reason in reasons(workspace)]
    assert told[0] == f"waits for order.paid until {due:%Y-%m-%dT%H:%M:%SZ}"
    assert told[2] == "order.paid came in time"
    assert {code for _, code, _ in reasons(workspace)} == {"absence"}


def test_after_it_fired_the_next_event_arms_it_again(workspace: Workspace) -> None:
    listening(workspace)
    created(workspace, ago=4000)
    assert noticing.notice() == 1
    came(workspace, "order.paid", id=7)
    created(workspace)

    assert [noticing.notice(now=later(seconds)) for seconds in (0, 3610)] == [0, 1]


def test_nothing_fires_while_an_event_that_came_before_waits_to_be_decided_on(workspace: Workspace) -> None:
    listening(workspace)
    created(workspace, ago=3700)
    paid = stored(workspace, "order.paid", ago=200, id=7)

    assert noticing.notice() == 0
    assert noticing.notice(now=later(3)) == 0
    matching.match(paid.pk)
    assert noticing.notice(now=later(3)) == 0
    assert reasons(workspace)[-1][2] == "order.paid came in time"


def test_it_does_not_wait_for_ever(workspace: Workspace) -> None:
    listening(workspace)
    created(workspace, ago=3700)
    stored(workspace, "order.paid", ago=200, id=7)

    assert noticing.notice() == 0
    assert noticing.notice(now=later(600)) == 1
    assert alarms(workspace)[0].data["is_certain"] is False


def test_an_event_that_waits_in_a_backlog_is_waited_for_and_a_dead_one_is_not(workspace: Workspace) -> None:
    listening(workspace)
    created(workspace, ago=3700)
    paid = stored(workspace, "order.paid", ago=200, id=7)
    with tenancy.scope(workspace.pk):
        Event.objects.filter(pk=paid.pk).update(hinted_at=None, queue_priority=0)
    assert noticing.notice() == 0

    with tenancy.scope(workspace.pk):
        Event.objects.filter(pk=paid.pk).update(queue_priority=None, dead_at=timezone.now())
    assert noticing.notice(now=later(3)) == 1


def test_what_is_answered_before_it_is_decided_on_does_not_start_a_clock(workspace: Workspace) -> None:
    listening(workspace)
    order = stored(workspace, "order.created", ago=30, id=7, total=10)
    came(workspace, "order.paid", ago=20, id=7)
    matching.match(order.pk)

    assert noticing.notice(now=later(3700)) == 0
    assert reasons(workspace)[0][2] == "order.paid came after it already"


def test_what_comes_too_late_stops_nothing(workspace: Workspace) -> None:
    listening(workspace)
    created(workspace, ago=3700)
    came(workspace, "order.paid", ago=50, id=7)

    assert noticing.notice() == 1


@pytest.mark.parametrize("is_resumed", [True, False])
def test_a_clock_of_a_trigger_that_was_paused_does_not_fire(workspace: Workspace, is_resumed: bool) -> None:
    workflow = listening(workspace)
    created(workspace, ago=3000)
    with tenancy.scope(workspace.pk):
        workflows.pause(workflow)
        if is_resumed:
            workflows.resume(workflow)

    assert noticing.notice(now=later(700)) == 0
    if is_resumed:  # the next one starts it again
        created(workspace)
        assert noticing.notice(now=later(3700)) == 1


def test_a_clock_that_began_before_a_pause_does_not_hide_one_that_began_after(workspace: Workspace) -> None:
    workflow = listening(workspace)
    created(workspace, ago=3000)
    with tenancy.scope(workspace.pk):
        workflows.pause(workflow)
        workflows.resume(workflow)
    order = created(workspace)

    assert noticing.notice(now=later(700)) == 0
    assert noticing.notice(now=later(3700)) == 1
    assert alarms(workspace)[0].data["after"]["uid"] == str(order.pk)


def test_a_publication_that_leaves_the_trigger_as_it_is_leaves_its_clocks(api: APIClient, workspace: Workspace) -> None:
    workflow = listening(workspace)
    created(workspace, ago=3000)
    with tenancy.scope(workspace.pk):
        workflows.publish(workflow, published_by="test")
        assert Subscription.objects.count() == 2

    assert noticing.notice(now=later(700)) == 1


def test_a_trigger_that_was_changed_forgets_its_clocks(api: APIClient, workspace: Workspace) -> None:
    listening(workspace)
    created(workspace, ago=3000)
    created(workspace, 8, ago=4000)
    assert noticing.notice() == 1  # its alarm is on the way
    for seconds in (1800, 3600):  # another one, and the same again: it missed what came in between
        trigger = {"id": "unpaid", "type": "absence", "params": {**UNPAID, "within_seconds": seconds}}
        api.put("/api/v1/workflows/greet/", {"definition": factories.definition(triggers=[trigger])}, format="json")
        api.post("/api/v1/workflows/greet/publish/")
        if seconds == 1800:
            decide(workspace)

    assert noticing.notice(now=later(4000)) == 0
    assert fired(workspace) == 0
    assert reasons(workspace)[-1] == ("suppressed", "absence", "by now the trigger waits for something else")
    assert reconciling.reconcile(workspace).drifts == ()


def test_a_clock_is_not_forgotten_before_it_was_looked_at(workspace: Workspace) -> None:
    listening(workspace)
    created(workspace, ago=4000)
    with tenancy.scope(workspace.pk):
        TriggerState.objects.update(expires_at=timezone.now() - timedelta(seconds=1))

    assert detecting.forget_over() == 0
    assert noticing.notice() == 1
    assert detecting.forget_over() == 1


def test_what_stops_in_the_middle_loses_nothing(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    listening(workspace)
    created(workspace, ago=4000)
    with monkeypatch.context() as patched:
        patched.setattr(detecting, "save", lambda *_, **__: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            noticing.notice()
    assert alarms(workspace) == []

    assert noticing.notice() == 1


def test_many_clocks_that_ran_out_together_are_written_in_parts(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(noticing, "MAX_FIRES", 2)
    listening(workspace)
    for number in range(5):
        created(workspace, number)

    looks = [noticing.notice(now=later(3700), budget_seconds=0) for _ in range(4)]

    assert looks == [2, 2, 1, 0]


def test_an_event_that_somebody_sends_under_the_id_of_an_alarm_silences_nothing(workspace: Workspace) -> None:
    listening(workspace)
    created(workspace)
    with tenancy.scope(workspace.pk):
        row = TriggerState.objects.get()
        id_ = detecting.alarm_id(row.trigger_id, row.key, row.state["clock"]["since"][0])
        forged = IncomingEvent(type="order.noted", data={}, source="pattern", id=id_)
        matching.match(ingest.accept(forged, workspace=workspace).event.pk)

    assert noticing.notice(now=later(3700)) == 1
    decide(workspace)
    assert fired(workspace) == 1


def test_a_state_that_cannot_be_read_stops_no_other(workspace: Workspace) -> None:
    listening(workspace)
    created(workspace, ago=4000)
    created(workspace, 8, ago=3900)
    with tenancy.scope(workspace.pk):
        TriggerState.objects.filter(label="7").update(state={"clock": 1})

    assert (noticing.notice(), noticing.notice()) == (1, 0)
    assert [alarm.data["key"] for alarm in alarms(workspace)] == ["8"]


def test_an_event_that_is_not_kept_any_more_is_named(workspace: Workspace) -> None:
    listening(workspace)
    order = created(workspace, ago=4000)
    with tenancy.scope(workspace.pk):
        Decision.objects.all().delete()
        Event.objects.filter(pk=order.pk).delete()

    assert noticing.notice() == 1
    assert alarms(workspace)[0].data["after"] == {"uid": str(order.pk)}


def test_the_chain_of_runs_goes_on(workspace: Workspace) -> None:
    listening(workspace)
    order = stored(workspace, "order.created", ago=4000, id=7, total=10)
    with tenancy.scope(workspace.pk):
        Event.objects.filter(pk=order.pk).update(depth=3, root=order.pk)
    matching.match(order.pk)
    tasks.notice.run()

    assert [(alarm.depth, alarm.root) for alarm in alarms(workspace)] == [(3, order.pk)]


_NOTICE = """
from triggers.services import noticing
"""


@pytest.mark.long
@pytest.mark.django_db(transaction=True)
def test_two_processes_notice_each_absence_once(workspace: Workspace) -> None:
    listening(workspace)
    for number in range(20):
        created(workspace, number, ago=4000)

    printed = rivals.race("for _ in range(3): print(noticing.notice())", setup=_NOTICE)

    assert sum(int(line) for each in printed for line in each.split()) == 20
    assert len(alarms(workspace)) == 20


_RIVALS = """
from core import tenancy
from triggers.models import Event
from triggers.services import matching, noticing
with tenancy.unscoped("the test looks"):
    ids = list(Event.objects.filter(type="order.paid").order_by("id").values_list("pk", flat=True))
def go():
    if number:
        for each in ids:
            matching.match(each)
    else:
        for _ in range(30):
            noticing.notice()
"""


@pytest.mark.long
@pytest.mark.django_db(transaction=True)
def test_what_is_decided_while_somebody_looks_came_in_time(workspace: Workspace) -> None:
    listening(workspace)
    for number in range(20):
        created(workspace, number, ago=4000)
        stored(workspace, "order.paid", ago=3000, id=number)

    rivals.race("go()", setup=_RIVALS)

    assert alarms(workspace) == []
    assert {reason for _, _, reason in reasons(workspace)[1::2]} == {"order.paid came in time"}
