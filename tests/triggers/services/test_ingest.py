from datetime import UTC, datetime

import pytest
import redis
import time_machine
from django.db import transaction
from pytest_django import DjangoCaptureOnCommitCallbacks

from core import tenancy
from core.models import Workspace
from tests import broker, races
from tests.broker import Message
from triggers.engine.incoming import IncomingEvent
from triggers.models import Event
from triggers.services import ingest
from triggers.services.ingest import Accepted

NOW = datetime(2026, 1, 31, 9, 30, tzinfo=UTC)


def accept(workspace: Workspace, **fields: object) -> Accepted:
    incoming = IncomingEvent(**{"type": "lead.created", "data": {"a": 1}, **fields})  # type: ignore[arg-type]  # a test's shorthand
    with tenancy.scope(workspace.pk):
        return ingest.accept(incoming, workspace=workspace)


@time_machine.travel(NOW, tick=False)
def test_empty_fields_get_their_defaults(workspace: Workspace) -> None:
    accepted = accept(workspace)

    event = accepted.event
    assert accepted.duplicate is False
    assert (event.event_id, event.source, event.subject) == (str(event.pk), workspace.slug, "")
    assert event.time == event.received_at == event.hinted_at == NOW
    assert (event.type, event.data, event.workspace_id, event.matched_at) == (
        "lead.created",
        {"a": 1},
        workspace.pk,
        None,
    )


def test_given_fields_are_kept(workspace: Workspace) -> None:
    event = accept(workspace, id="7", source="shop", subject="order", time=NOW).event

    assert (event.event_id, event.source, event.subject, event.time) == ("7", "shop", "order", NOW)


def test_a_doubled_event_is_answered_with_the_first_and_changes_nothing(workspace: Workspace) -> None:
    first = accept(workspace, id="7")

    second = accept(workspace, id="7", data={"a": 2}, type="other", subject="x")

    assert (first.duplicate, second.duplicate) == (False, True)
    assert (second.event.pk, second.event.data, second.event.type) == (first.event.pk, {"a": 1}, "lead.created")
    with tenancy.scope(workspace.pk):
        assert Event.objects.count() == 1


@pytest.mark.parametrize("second", [{"id": "8"}, {"id": "7", "source": "other"}, {}], ids=["id", "source", "no id"])
def test_another_id_or_source_is_another_event(workspace: Workspace, second: dict[str, str]) -> None:
    accept(workspace, id="7", source="shop")

    assert accept(workspace, **{"source": "shop", **second}).duplicate is False


def test_the_same_id_in_another_workspace_is_another_event(workspace: Workspace, other_workspace: Workspace) -> None:
    ours = accept(workspace, id="7", source="shop")
    theirs = accept(other_workspace, id="7", source="shop")

    assert (ours.duplicate, theirs.duplicate) == (False, False)
    assert theirs.event.workspace_id == other_workspace.pk


def test_a_new_event_is_hinted_once_and_a_doubled_one_not(
    workspace: Workspace, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks, empty_broker: redis.Redis
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        event = accept(workspace, id="7").event
        accept(workspace, id="7")

    assert broker.messages(empty_broker, "events") == [Message("triggers.match_events", [[str(event.pk)]], {})]


def test_nothing_is_stored_when_the_hint_cannot_be_prepared(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    def crash(*_: object, **__: object) -> None:
        raise RuntimeError("killed")

    monkeypatch.setattr("core.publish.batch", crash)
    with pytest.raises(RuntimeError, match="killed"):
        accept(workspace)

    with tenancy.scope(workspace.pk):
        assert Event.objects.count() == 0


def test_without_a_scope_nothing_is_accepted(workspace: Workspace) -> None:
    with pytest.raises(tenancy.NoScopeError):
        ingest.accept(IncomingEvent(type="a", data={}), workspace=workspace)


@pytest.mark.django_db(transaction=True)
def test_twenty_who_send_one_event_at_once_are_answered_with_one_row(
    workspace: Workspace, empty_broker: redis.Redis
) -> None:
    accepted = races.at_once(lambda number: accept(workspace, id="7", data={"by": number}), threads=20)

    assert len({each.event.pk for each in accepted}) == 1
    assert [each.duplicate for each in accepted].count(False) == 1
    [first] = [each.event for each in accepted if not each.duplicate]
    assert all(each.event.data == first.data for each in accepted)
    assert [message.args for message in broker.messages(empty_broker, "events")] == [[[str(first.pk)]]]


@pytest.mark.django_db(transaction=True)
def test_an_event_whose_first_sender_rolls_back_is_accepted_from_the_second(workspace: Workspace) -> None:
    with transaction.atomic():
        accept(workspace, id="7")
        transaction.set_rollback(True)

    assert accept(workspace, id="7").duplicate is False
