"""Sending many events, and applying files."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone
from sequitur_client import Client, NotFound, SendFailed
from sequitur_client.generated import models as m
from sequitur_client.helpers import events

from core import tenancy
from core.models import ApiKey, Workspace
from tests.client.conftest import Connect

FILE = """
name: Welcome
trigger: {type: lead.created}
actions:
  - {type: log_event, params: {message: hello}}
"""


def test_many_events_are_sent_in_batches_and_answered_in_order(
    sequitur: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(events, "MOST_IN_A_BATCH", 2)
    rows: list[m.EventRequest | dict[str, Any]] = [
        m.EventRequest(type="a.b", id="1"),
        {"type": "not good!", "id": "2"},
        {"type": "a.b", "id": "3"},
    ]

    sent = sequitur.events.send_many([*rows, {"type": "a.b", "id": "1"}])

    assert [each.status for each in sent.results] == ["accepted", "rejected", "accepted", "duplicate"]
    ((index, event, error),) = [(each.index, each.event, each.error) for each in sent.rejected]
    assert (index, event, error and error.code) == (1, rows[1], "invalid")
    assert sequitur.events.send_many([]).results == []


def test_a_batch_that_fails_tells_what_became_of_those_before(
    sequitur: Client, workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(events, "MOST_IN_A_BATCH", 1)

    def rows() -> Iterator[dict[str, Any]]:
        yield {"type": "a.b"}
        with tenancy.scope(workspace.pk):
            ApiKey.objects.update(revoked_at=timezone.now())
        yield {"type": "a.b"}

    with pytest.raises(SendFailed, match="After 1 events: 401 unauthenticated") as failed:
        sequitur.events.send_many(rows())

    assert [each.status for each in failed.value.sent.results] == ["accepted"]


def test_a_file_is_applied_once(sequitur: Client, tmp_path: Path) -> None:
    path = tmp_path / "welcome.yaml"
    path.write_text(FILE)

    first = sequitur.workflows.apply(path, publish=True, reason="new")
    second = sequitur.workflows.apply(str(path), publish=True)
    third = sequitur.workflows.apply(FILE.replace("hello", "good day"))
    renamed = sequitur.workflows.apply({**third.workflow.draft, "name": "Greet"}, name="Welcome", publish=True)

    assert [each.change for each in (first, second, third, renamed)] == ["created", "unchanged", "updated", "updated"]
    assert [each.is_published for each in (first, second, third, renamed)] == [True, False, False, True]
    assert {each.workflow.id for each in (first, second, third, renamed)} == {first.workflow.id}
    assert (renamed.workflow.name, renamed.workflow.active_version, renamed.workflow.revision) == ("Greet", 2, 3)


def test_a_definition_without_a_name_is_not_sent(sequitur: Client) -> None:
    for text, message in (("trigger: x\nactions: []\n", "does not say its name"), ("a: [\n", "not YAML")):
        with pytest.raises(ValueError, match=message):
            sequitur.workflows.apply(text)

    assert list(sequitur.workflows.list()) == []


def test_workflows_of_others_are_not_applied_to(sequitur: Client, connect: Connect, other_workspace: Workspace) -> None:
    theirs = connect(other_workspace).workflows.apply(FILE)

    assert sequitur.workflows.apply(FILE).change == "created"
    with pytest.raises(NotFound):
        sequitur.runs.wait(theirs.workflow.id)
