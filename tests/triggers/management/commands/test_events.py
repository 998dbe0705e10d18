"""`manage.py events` and `schedules`: sent, listed, and why they started something or did not."""

import io

import pytest
from django.core.management import CommandError

from core import tenancy
from core.models import Workspace
from tests import commands, factories
from triggers.models import Event
from triggers.services import matching

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("empty_broker")]
DEFINITION = factories.definition(conditions=[{"field": "score", "operator": "gte", "value": 50}])


def test_an_event_is_sent_once_and_listed(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO('{"score": 90}'))
    first = commands.body("events", "send", "lead.created", "--data", "-", "--id", "e-1", workspace=workspace)
    again = commands.said("events", "send", "lead.created", "--id", "e-1", workspace=workspace)
    listed = commands.said("events", "list", "--type", "lead.*", workspace=workspace)
    shown = commands.body("events", "show", "e-1", workspace=workspace)

    assert (first["duplicate"], first["id"]) == (False, "e-1")
    assert again == [f"Event {first['uid']} (lead.created) had been accepted before."]
    assert [line.split()[:4] for line in listed[1:]] == [[first["uid"], "lead.created", workspace.slug, "e-1"]]
    assert (shown["data"], shown["uid"]) == ({"score": 90}, first["uid"])


def test_why_says_what_each_trigger_decided_and_what_would_have_changed_it(workspace: Workspace) -> None:
    factories.published(workspace, DEFINITION)
    low, high = factories.event(workspace, score=10), factories.event(workspace, score=90)
    undecided = commands.said("events", "why", str(low.pk), workspace=workspace)
    for event in (low, high):
        matching.match(event.pk)

    why_not = commands.said("events", "why", str(low.pk), workspace=workspace)
    why = commands.said("events", "why", str(high.pk), workspace=workspace)
    decided = commands.body("events", "why", str(high.pk), workspace=workspace)
    other = factories.event(workspace, "no.listener")
    matching.match(other.pk)

    assert undecided == [f"Event {low.pk} is not decided yet: no worker has taken it."]
    assert why_not[0].startswith("not_matched: Greet, trigger ")
    assert "score" in why_not[1]
    assert why_not[1].startswith("  it would fire with ")
    assert why[0].startswith("fired: Greet, trigger ")
    assert [each["verdict"] for each in decided] == ["fired"]
    assert commands.said("events", "why", str(other.pk), workspace=workspace) == [
        "No active workflow listens to 'no.listener'."
    ]


def test_what_is_no_event_is_refused_and_nothing_is_kept(workspace: Workspace) -> None:
    for args, message in (
        (["send", "no good!"], "/type: "),
        (["send", "a.b", "--data", "[1]"], "--data is a JSON object"),
        (["send", "a.b", "--data", "{"], "--data: "),
        (["send", "a.b", "--data", '{"x": "\\u0000"}'], "NUL"),
        (["list", "--type", "no good!"], "Expected a type like lead.created"),
        (["list", "--limit", "0"], "--limit"),
        (["why", "nothing"], "There is no event"),
    ):
        with pytest.raises(CommandError, match=message):
            commands.said("events", *args, workspace=workspace)

    with tenancy.scope(workspace.pk):
        assert not Event.objects.exists()


def test_events_of_others_are_not_there(workspace: Workspace, other_workspace: Workspace) -> None:
    theirs = factories.event(other_workspace)

    for what in ("show", "why"):
        with pytest.raises(CommandError, match="There is no event"):
            commands.said("events", what, str(theirs.pk), workspace=workspace)

    assert len(commands.said("events", "list", workspace=workspace)) == 1


def test_schedules_are_listed_with_their_next_time(workspace: Workspace, other_workspace: Workspace) -> None:
    factories.published(workspace, factories.definition(trigger={"type": "schedule", "params": {"cron": "0 7 * * *"}}))

    [row] = commands.body("schedules", "list", workspace=workspace)
    lines = commands.said("schedules", "list", workspace=workspace)

    assert (row["workflow"]["name"], row["timezone"], row["is_active"]) == ("Greet", "UTC", True)
    assert [line.split()[0] for line in lines] == ["workflow", "Greet"]
    assert commands.body("schedules", "list", workspace=other_workspace) == []
