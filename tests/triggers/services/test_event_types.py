import pytest

from core import tenancy
from core.errors import InvalidError
from core.models import Workspace
from tests import races
from triggers.engine.incoming import IncomingEvent
from triggers.models import Event, EventType, Validation
from triggers.services import event_types, ingest

SCHEMA = {"required": ["a"]}


def test_a_version_that_another_process_wrote_is_used_at_once(scope: Workspace) -> None:
    row = event_types.create("t", {"schema": SCHEMA, "validation": "enforce"})
    assert event_types.judge([("t", {})])[0][0] == Validation.ENFORCE

    EventType.objects.filter(pk=row.pk).update(schema={"required": ["b"]}, version=2)

    assert event_types.judge([("t", {"b": 1})]) == [(Validation.OFF, [])]


def test_what_says_the_same_is_no_new_version(scope: Workspace) -> None:
    event_types.create("t", {"schema": SCHEMA})

    event_types.change("t", {"schema": SCHEMA})
    row, created = event_types.put("t", {"schema": SCHEMA})

    assert (row.version, created) == (1, False)


def test_a_change_that_cannot_be_is_not_stored(scope: Workspace) -> None:
    event_types.create("t", {"schema": SCHEMA, "sample": {"a": 1}})

    with pytest.raises(InvalidError):
        event_types.change("t", {"sample": {}})

    row = event_types.find("t")
    assert (row.sample, row.version) == ({"a": 1}, 1)


def test_accept_many_stores_nothing_when_one_does_not_fit_and_accept_each_the_others(scope: Workspace) -> None:
    event_types.create("t", {"schema": SCHEMA, "validation": "enforce"})
    events = [IncomingEvent(type="t", data={"a": 1}, id="1"), IncomingEvent(type="t", data={}, id="2")]

    with pytest.raises(ingest.MismatchError):
        ingest.accept_many(events, workspace=scope)
    stored = ingest.accept_each(events, workspace=scope)

    assert [type(each).__name__ for each in stored] == ["Accepted", "MismatchError"]
    assert [each.event_id for each in Event.objects.all()] == ["1"]


def test_what_is_for_its_addressee_alone_is_not_validated(scope: Workspace) -> None:
    event_types.create("t", {"schema": SCHEMA, "validation": "enforce"})

    accepted = ingest.accept(IncomingEvent(type="t", data={}, is_public=False), workspace=scope)

    assert accepted.event.warnings is None


@pytest.mark.django_db(transaction=True)
def test_twenty_who_register_one_name_at_once_make_one_row(workspace: Workspace) -> None:
    def register(number: int) -> bool:
        with tenancy.scope(workspace.pk):
            return event_types.put("t", {"description": str(number)})[1]

    created = races.at_once(register, threads=20)

    assert created.count(True) == 1
    with tenancy.scope(workspace.pk):
        assert EventType.objects.get().version == 20
