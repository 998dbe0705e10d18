from datetime import timedelta

import pytest
from pytest_django import Settings

from core import tenancy
from core.models import Workspace
from core.redaction import shortening
from tests import factories, gatherings
from triggers.context import event_names
from triggers.models import Decision, Firing
from triggers.services import matching
from workflows.models import Run
from workflows.services.flow.controls import batch

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(("sent", "runs", "waiting"), [(2, 0, 2), (3, 1, 0), (4, 1, 1), (6, 2, 0), (7, 2, 1)])
def test_so_many_events_become_one_run(workspace: Workspace, sent: int, runs: int, waiting: int) -> None:
    gatherings.published(workspace, batch={"max_events": 3, "seconds": 60})

    events = gatherings.send(workspace, sent)
    gatherings.close_all(after_seconds=0)

    assert len(gatherings.runs(workspace)) == runs
    assert gatherings.verdicts(*events) == ["fired"] * (sent - waiting) + ["pending:batch"] * waiting


def test_those_of_one_message_are_counted_like_others(workspace: Workspace) -> None:
    gatherings.published(workspace, batch={"max_events": 3, "seconds": 60})
    events = [factories.event(workspace) for _ in range(7)]

    matching.match_many([event.pk for event in events])

    assert [row.count for row in gatherings.rows(workspace)] == [3, 3, 1]
    assert gatherings.close_all(after_seconds=0) == 2
    assert gatherings.verdicts(*events) == ["fired"] * 6 + ["pending:batch"]


def test_it_is_closed_so_many_seconds_after_the_first(workspace: Workspace) -> None:
    gatherings.published(workspace, batch={"max_events": 3, "seconds": 60})
    gatherings.send(workspace, 2)
    [row] = gatherings.rows(workspace)

    assert row.due_at == row.opened_at + timedelta(seconds=60)
    assert gatherings.close_all(after_seconds=59) == 0
    assert gatherings.close_all(after_seconds=60) == 1
    assert len(gatherings.runs(workspace)) == 1


def test_the_run_is_given_all_events_in_their_order(workspace: Workspace) -> None:
    gatherings.published(workspace, batch={"max_events": 3, "seconds": 60, "key": "{{ event.data.who }}"})
    events = gatherings.send(workspace, 3, who="ada")

    gatherings.close_all(after_seconds=0)

    [run], [row] = gatherings.runs(workspace), gatherings.rows(workspace)
    assert (run.event.type, run.event.source, run.event.is_public) == ("events.batched", "sequitur", False)
    assert run.event.data == {"events": [event_names(event) for event in events], "count": 3, "key": "ada"}
    assert (row.run_id, row.is_open, row.due_at) == (run.pk, False, None)
    with tenancy.scope(workspace.pk):
        fired = set(Firing.objects.values_list("event_id", "gathering"))
        assert Run.objects.get().firing == Firing.objects.get(event=events[-1])
    assert fired == {(each.pk, row.pk) for each in events}
    assert [gatherings.counts(each) for each in events] == [{"candidates": 1, "fired": 1}] * 3


def test_it_ends_early_where_the_next_event_would_be_too_much(workspace: Workspace, settings: Settings) -> None:
    gatherings.published(workspace, batch={"max_events": 10, "seconds": 60})
    [first] = gatherings.send(workspace, 1, text="x" * 100)
    size = shortening.size_bytes(event_names(first))
    settings.SEQUITUR_MAX_EVENT_BYTES = -(-3 * size // batch.LARGEST_EVENTS)
    assert 3 * size <= batch.max_bytes() < 4 * size

    gatherings.send(workspace, 1, text="x" * 100)
    gatherings.send(workspace, 1, text="x" * 100)
    assert [row.count for row in gatherings.rows(workspace)] == [3]
    gatherings.send(workspace, 1, text="x" * 100)

    full, new = gatherings.rows(workspace)
    assert (full.count, full.is_open, new.count, new.is_open) == (3, False, 1, True)
    assert gatherings.close_all(after_seconds=0) == 1


def test_one_event_has_always_room(workspace: Workspace, settings: Settings) -> None:
    gatherings.published(workspace, batch={"max_events": 10, "seconds": 60})
    settings.SEQUITUR_MAX_EVENT_BYTES = 1

    gatherings.send(workspace, 2)

    assert [(row.count, row.is_open) for row in gatherings.rows(workspace)] == [(1, False), (1, True)]


def test_what_waits_says_how_many_there_are(workspace: Workspace) -> None:
    gatherings.published(workspace, batch={"max_events": 3, "seconds": 60})
    gatherings.send(workspace, 2)

    [row] = gatherings.rows(workspace)

    with tenancy.scope(workspace.pk):
        reasons = list(Decision.objects.order_by("pk").values_list("reason", flat=True))
    until = row.due_at.isoformat(timespec="milliseconds") if row.due_at else ""
    assert reasons == [f"batch of 1 of 3 until {until}", f"batch of 2 of 3 until {until}"]
