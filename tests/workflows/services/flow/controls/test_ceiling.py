"""How many runs of a workflow go on at once under the workspace's ceiling, whatever their keys."""

from typing import Any

import pytest

from core.models import Workspace
from tests import factories, lanes, runner
from triggers.models import Decision
from triggers.services import matching
from workflows.models import FlowState, Run
from workflows.services import runs as starting
from workflows.services import stopping
from workflows.services.flow import lanes as service
from workflows.services.flow.starts import HeldBackError

pytestmark = pytest.mark.django_db

OF_EACH = {"limit": 20, "key": "{{ event.id }}"}
OF_CUSTOMER = {"limit": 1, "key": "{{ event.data.customer }}"}


def reasons(runs: list[Run]) -> list[str]:
    return [Run.objects.get(pk=run.pk).held_reason for run in runs]


def test_keys_of_their_own_do_not_evade_it_and_the_reason_names_it(scope: Workspace) -> None:
    lanes.capped(scope, 2)
    lanes.published(scope, concurrency=OF_EACH)

    runs = [lanes.sent(scope) for _ in range(3)]

    assert lanes.now(runs) == ["queued", "queued", "held"]
    assert reasons(runs) == ["", "", "concurrency: workspace's ceiling of 2"]


def test_events_of_one_message_are_counted_among_each_other(scope: Workspace) -> None:
    lanes.capped(scope, 2)
    lanes.published(scope, concurrency=OF_EACH)

    lanes.sent_many(scope, 5)

    assert Run.objects.filter(held_at=None).count() == 2


@pytest.mark.parametrize("own", [{}, {"concurrency": 7}], ids=["none of its own", "a higher one"])
def test_a_workflow_without_a_key_has_it_as_its_limit(scope: Workspace, own: dict[str, Any]) -> None:
    lanes.capped(scope, 1)
    lanes.published(scope, **own)

    runs = [lanes.sent(scope) for _ in range(2)]

    assert reasons(runs) == ["", "concurrency: workspace's ceiling of 1"]


def test_the_limit_of_a_key_holds_besides(scope: Workspace) -> None:
    lanes.capped(scope, 2)
    lanes.published(scope, concurrency=OF_CUSTOMER)

    runs = [lanes.sent(scope, customer=name) for name in ("acme", "acme", "globex", "initech")]

    assert lanes.now(runs) == ["queued", "held", "queued", "held"]
    assert reasons(runs)[1:] == [
        "concurrency: 1 of 1 runs with key 'acme' goes on", "", "concurrency: workspace's ceiling of 2",
    ]  # fmt: skip


def test_each_workflow_has_its_own(scope: Workspace) -> None:
    lanes.capped(scope, 1)
    lanes.published(scope, concurrency=OF_EACH)
    lanes.published(scope, name="Other", concurrency=OF_EACH)

    matching.match_many([factories.event(scope).pk for _ in range(2)])

    assert sorted(Run.objects.filter(held_at=None).values_list("workflow__name", flat=True)) == ["Other", "Sync"]


def test_a_run_that_ends_lets_the_oldest_of_any_lane_that_has_room_start(scope: Workspace) -> None:
    lanes.capped(scope, 2)
    lanes.published(scope, lanes.WAIT, concurrency=OF_CUSTOMER)
    runs = [lanes.sent(scope, customer=name) for name in ("acme", "globex", "acme", "initech", "umbrella")]
    assert lanes.now(runs) == ["queued", "queued", "held", "held", "held"]

    stopping.cancel(runs[1].pk)
    assert service.open_for(runs[1].pk) == 1

    assert lanes.now(runs) == ["queued", "cancelled", "held", "queued", "held"]


def test_who_comes_while_others_wait_for_it_does_not_overtake_them(scope: Workspace) -> None:
    lanes.capped(scope, 1)
    lanes.published(scope, concurrency=OF_EACH)
    runs = [lanes.sent(scope) for _ in range(2)]
    runner.drain()  # there is room, and nobody was told

    late = lanes.sent(scope)

    assert lanes.now([*runs, late]) == ["completed", "held", "held"]
    assert reasons([late]) == ["concurrency: workspace's ceiling of 1: other runs wait before it"]
    lanes.opened()
    assert lanes.now([*runs, late]) == ["completed", "queued", "held"]


def test_who_waits_for_a_full_key_keeps_no_other_key_from_starting(scope: Workspace) -> None:
    lanes.capped(scope, 3)
    lanes.published(scope, concurrency=OF_CUSTOMER)
    runs = [lanes.sent(scope, customer=name) for name in ("acme", "acme", "globex")]
    service.open_for(runs[0].pk)

    runs.append(lanes.sent(scope, customer="initech"))

    assert lanes.now(runs) == ["queued", "held", "queued", "queued"]


def test_with_skip_one_more_does_not_start_and_the_decision_says_why(scope: Workspace) -> None:
    lanes.capped(scope, 1)
    lanes.published(scope, concurrency={**OF_EACH, "on_limit": "skip"})
    lanes.sent(scope)

    matching.match(factories.event(scope).pk)

    decision = Decision.objects.get()
    assert (decision.verdict, decision.code, decision.reason) == (
        "suppressed", "concurrency", "concurrency: workspace's ceiling of 1",
    )  # fmt: skip


def test_with_cancel_running_what_has_another_key_is_not_cancelled_for_it(scope: Workspace) -> None:
    lanes.capped(scope, 2)
    lanes.published(scope, lanes.WAIT, concurrency={**OF_CUSTOMER, "on_limit": "cancel_running"})
    runs = [lanes.sent(scope, customer=name) for name in ("acme", "globex", "initech", "acme")]

    service.open_for(runs[3].pk)

    assert lanes.now(runs) == ["cancelled", "queued", "queued", "held"]


def test_one_whose_time_has_come_waits_for_it(scope: Workspace) -> None:
    lanes.capped(scope, 1)
    lanes.published(scope, concurrency=OF_EACH, throttle={"limit": 1, "per_seconds": 1})
    runs = [lanes.sent(scope) for _ in range(2)]

    lanes.opened()

    assert lanes.now(runs) == ["queued", "held"]
    assert reasons(runs)[1] == "concurrency: workspace's ceiling of 1"


def test_a_run_that_one_of_them_waits_for_is_not_left_to_wait_for_ever(scope: Workspace) -> None:
    lanes.capped(scope, 1)
    workflow = lanes.published(scope, concurrency=OF_EACH)
    parent = lanes.sent(scope).action_runs.get()
    workflow.refresh_from_db()

    with pytest.raises(HeldBackError, match="might wait for ever"):
        starting.start_child(parent, workflow, {}, depth=0, is_awaited=True)


def test_raising_it_lets_those_start_that_wait(scope: Workspace) -> None:
    lanes.capped(scope, 1)
    lanes.published(scope, concurrency=OF_EACH)
    runs = [lanes.sent(scope) for _ in range(3)]

    lanes.capped(scope, 2)
    lanes.opened()
    assert lanes.now(runs) == ["queued", "queued", "held"]

    scope.flow = {}
    scope.save()
    lanes.opened()
    assert lanes.now(runs) == ["queued"] * 3


def test_a_workspace_without_one_asks_nothing_of_it(scope: Workspace) -> None:
    lanes.published(scope, concurrency=OF_EACH)

    lanes.sent(scope)

    assert set(FlowState.objects.values_list("control", flat=True)) == {"concurrency"}
