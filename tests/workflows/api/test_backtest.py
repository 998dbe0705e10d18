"""What a definition would have done with the events that came, over HTTP."""

from datetime import datetime, timedelta
from itertools import count
from typing import Any
from unittest import mock

import pytest
from django.db import InternalError, connection
from django.utils import timezone
from rest_framework.test import APIClient

from core import tenancy
from core.models import Role, Workspace
from tests import absences, factories, hooks
from tests.conftest import ClientFor
from tests.envelopes import refused
from tests.test_admin import OURS
from triggers.models import Event
from triggers.ports import Verdict
from triggers.services import matching
from workflows.models import Workflow
from workflows.services.backtesting import backtesting, reading
from workflows.services.backtesting.backtesting import Backtest
from workflows.services.backtesting.reading import Window
from workflows.services.rehearsal import preparing

Json = dict[str, Any]

pytestmark = pytest.mark.django_db


@pytest.fixture
def workflow(workspace: Workspace) -> Workflow:
    """Listens to leads with a score from 50 on."""
    trigger = {"type": "lead.created", "filters": {"score": {"gte": 50}}}
    return factories.published(workspace, factories.definition(trigger=trigger))


@pytest.fixture
def began(workspace: Workspace) -> datetime:
    return timezone.now()


def came(workspace: Workspace, began: datetime, *scores: int, type_: str = "lead.created") -> list[Event]:
    """Events with these scores, decided, one a second."""
    events = [factories.event(workspace, type_, score=score) for score in scores]
    matching.match_many([event.pk for event in events])
    with tenancy.scope(workspace.pk):
        for number, event in enumerate(events):
            Event.objects.filter(pk=event.pk).update(received_at=began + timedelta(seconds=number))
    return events


def asked(api: APIClient, began: datetime, **body: Any) -> Any:
    period = {"since": began.isoformat(), "until": (began + timedelta(minutes=5)).isoformat()}
    answer = api.post("/api/v1/workflows/greet/backtest/", {**period, **body}, format="json")
    assert answer.status_code == 200, answer.json()
    return answer.json()


def lower(score: int = 10, **settings: Any) -> Json:
    """A definition that listens to lower scores."""
    trigger = {"type": "lead.created", "filters": {"score": {"gte": score}}}
    return factories.definition(trigger=trigger, settings=settings)


def counts(found: Json) -> tuple[int, ...]:
    return tuple(found[name] for name in ("events_seen", "matched", "fired", "suppressed", "pending", "failed"))


def test_a_definition_is_compared_with_what_really_fired(
    api: APIClient, workspace: Workspace, workflow: Workflow, began: datetime
) -> None:
    low, high, _ = came(workspace, began, 20, 60, 5)

    found = asked(api, began, definition=lower())

    assert (counts(found), found["is_complete"], found["version"]) == ((3, 2, 2, 0, 0, 0), True, None)
    assert [(each["event"]["uid"], each["verdict"]) for each in found["would_fire"]] == [
        (str(low.pk), "fired"), (str(high.pk), "fired"),
    ]  # fmt: skip
    compared = found["compared"]
    assert (compared["active_version"], compared["same"], compared["fired_and_would_not"]) == (
        1, 1, {"count": 0, "sample": []},
    )  # fmt: skip
    assert compared["would_fire_and_did_not"]["count"] == 1
    [sample] = compared["would_fire_and_did_not"]["sample"]
    assert (sample["event"]["uid"], sample["would"][0]["verdict"]) == (str(low.pk), "fired")
    assert sample["did"][0]["reason"] == "`score` gte 50 does not hold: it is 20."


def test_what_fired_and_would_not_is_told_with_why(
    api: APIClient, workspace: Workspace, workflow: Workflow, began: datetime
) -> None:
    came(workspace, began, 60, 70, 90)

    stricter = asked(api, began, definition=lower(80))
    cooler = asked(api, began, definition=lower(50, cooldown_seconds=2))
    other = asked(api, began, definition=factories.definition(trigger="lead.lost"))

    told = [each["compared"]["fired_and_would_not"] for each in (stricter, cooler, other)]
    assert [each["count"] for each in told] == [2, 1, 3]
    assert [each["sample"][0]["would"][0]["verdict"] for each in told] == ["not_matched", "suppressed", "not_listening"]
    assert told[1]["sample"][0]["would"][0]["code"] == "cooldown"
    assert (counts(cooler), cooler["held_by"]) == ((3, 3, 2, 1, 0, 0), {"cooldown": 1})
    assert [each["code"] for each in cooler["would_not"]] == ["cooldown"]
    assert counts(other) == (3, 0, 0, 0, 0, 0)


def test_the_draft_a_version_and_the_active_one_can_be_asked(
    api: APIClient, workspace: Workspace, workflow: Workflow, began: datetime
) -> None:
    came(workspace, began, 20, 60)
    api.put("/api/v1/workflows/greet/", {"definition": lower(), "name": "Greet"}, format="json")

    found = [asked(api, began, **body) for body in ({}, {"draft": True}, {"version": 1}, {"version": "active"})]

    assert [(each["version"], each["fired"]) for each in found] == [(None, 2), (None, 2), (1, 1), (1, 1)]


def test_only_the_events_of_the_period_are_looked_at_and_no_more_than_the_limit(
    api: APIClient, workspace: Workspace, workflow: Workflow, began: datetime
) -> None:
    came(workspace, began, 60, 60, 60, 60)
    after = {"since": (began + timedelta(seconds=1)).isoformat(), "until": (began + timedelta(seconds=3)).isoformat()}

    inside, limited = asked(api, began, version=1, **after), asked(api, began, version=1, limit=2)
    exactly = asked(api, began, version=1, limit=4)

    assert (inside["fired"], inside["is_complete"]) == (2, True)
    assert (limited["fired"], limited["is_complete"]) == (2, False)
    assert datetime.fromisoformat(limited["scanned_until"]) == began + timedelta(seconds=1)
    assert (exactly["is_complete"], datetime.fromisoformat(exactly["scanned_until"])) == (
        True, began + timedelta(minutes=5),
    )  # fmt: skip


def test_it_says_when_time_was_too_short(workspace: Workspace, workflow: Workflow, began: datetime) -> None:
    came(workspace, began, 60)
    window = reading.Window(began, began + timedelta(minutes=5), 10)

    with tenancy.scope(workspace.pk):
        subject = preparing.subject_of(workflow, version=1, role=Role.ADMIN)
        found = backtesting.run(workflow, subject, window, workspace=workspace, sample=1, max_seconds=0)

    assert (found.events_seen, found.is_complete, found.scanned_until) == (0, False, None)


def limited(workspace: Workspace, workflow: Workflow, window: Window, *, looks: int) -> Backtest:
    """A backtest that has time until somebody looked at the clock so often."""
    clock = mock.Mock(monotonic=count().__next__)
    with tenancy.scope(workspace.pk), mock.patch.object(backtesting, "time", clock):
        subject = preparing.subject_of(workflow, version=1, role=Role.ADMIN)
        return backtesting.run(workflow, subject, window, workspace=workspace, sample=1, max_seconds=looks)


def test_what_it_had_no_time_for_is_no_difference(workspace: Workspace, workflow: Workflow, began: datetime) -> None:
    came(workspace, began, *[60] * 8)

    found = limited(workspace, workflow, reading.Window(began, began + timedelta(minutes=5), 100), looks=6)

    assert 0 < found.events_seen < 8
    assert (found.same, found.did_and_would_not.count) == (found.events_seen, 0)


def test_clocks_that_run_out_together_have_no_more_time_than_events(workspace: Workspace, began: datetime) -> None:
    workflow = absences.listening(workspace, within_seconds=60)
    for number in range(10):
        absences.created(workspace, number)

    found = limited(workspace, workflow, reading.Window(began, began + timedelta(minutes=5), 100), looks=18)

    assert found.events_seen == 10
    assert 0 < found.verdicts[Verdict.FIRED] < 10
    assert not found.is_complete


def test_a_chunk_that_takes_too_long_is_the_end(workspace: Workspace, began: datetime) -> None:
    with tenancy.scope(workspace.pk):
        with pytest.raises(TimeoutError), reading._bounded(0.05), connection.cursor() as cursor:
            cursor.execute("SELECT pg_sleep(5)")
        assert reading._timeout("SHOW statement_timeout") == "0"


def test_nothing_is_written(api: APIClient, workspace: Workspace, workflow: Workflow, began: datetime) -> None:
    came(workspace, began, 20, 60)
    before = rows()

    asked(api, began, definition=lower(10, cooldown_seconds=60, dedupe={"key": "{{ score }}"}))

    assert rows() == before
    with tenancy.scope(workspace.pk), pytest.raises(InternalError, match="read-only"), reading.nothing_written():
        Event.objects.update(type="x")


def rows() -> dict[str, list[Json]]:
    """All rows of all tables, but for when a key was used."""
    with tenancy.unscoped("the test looks at every row"):
        tables = (model for model in OURS if model.__name__ != "ApiKey")
        return {model.__name__: list(model._default_manager.order_by("pk").values()) for model in tables}


def test_events_of_its_own_webhook_are_decided_again(api: APIClient, workspace: Workspace) -> None:
    began = timezone.now()
    hook = hooks.published(workspace, name="Greet")
    hooks.post(hook, {"a": 1})
    hooks.work(workspace)

    found = asked(api, began, version=1)

    assert (counts(found), found["compared"]["same"]) == ((1, 1, 1, 0, 0, 0), 1)


def test_a_pattern_is_asked_as_it_is(api: APIClient, workspace: Workspace, workflow: Workflow, began: datetime) -> None:
    came(workspace, began, 20, 60)
    pattern = {"name": "Any", "type": "lead.*", "filters": {"score": {"gte": 1}}}
    api.post("/api/v1/patterns/", pattern, format="json")

    found = asked(
        api, began, definition=factories.definition(trigger={"type": "pattern", "params": {"pattern": "Any"}})
    )

    assert found["fired"] == 2


def test_events_that_nobody_decided_on_are_seen(
    api: APIClient, workspace: Workspace, workflow: Workflow, began: datetime
) -> None:
    factories.event(workspace, score=60)

    found = asked(api, began, version=1)

    assert (found["fired"], found["compared"]["would_fire_and_did_not"]["count"]) == (1, 1)


def test_what_cannot_be_asked_is_refused(api: APIClient, workflow: Workflow, began: datetime) -> None:
    cases: list[tuple[Json, list[str]]] = [
        ({"version": 9}, ["/version"]),
        ({"version": 1, "draft": True}, [""]),
        ({"definition": {"actions": []}}, ["/definition/actions", "/definition/triggers"]),
        ({"limit": 100_001, "sample": 101}, ["/limit", "/sample"]),
        ({"since": began.isoformat(), "until": began.isoformat()}, ["/since"]),
        ({"since": "yesterday"}, ["/since"]),
        ({"until": "0001-01-01T00:00:00Z"}, ["/until"]),
        ({"other": 1}, ["/other"]),
    ]

    for body, paths in cases:
        answer = api.post("/api/v1/workflows/greet/backtest/", body, format="json")
        errors = refused(answer, status=400, code="invalid")
        assert sorted({each["path"] for each in errors})[: len(paths)] == paths, body


def test_who_may_not_edit_or_is_not_here_is_refused(
    client_for: ClientFor, workspace: Workspace, other_workspace: Workspace, workflow: Workflow
) -> None:
    url = f"/api/v1/workflows/{workflow.pk}/backtest/"

    assert client_for(workspace, Role.OPERATOR).post(url, {}, format="json").status_code == 403
    assert client_for(other_workspace).post(url, {}, format="json").status_code == 404
