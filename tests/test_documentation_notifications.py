"""The examples of docs/notifications.md, run as they stand there."""

import json
import re
from pathlib import Path

import pytest
from pytest_django.live_server_helper import LiveServer

from core import tenancy
from core.models import Workspace
from tests import factories, runner
from tests.documentation import blocks, page, parsed, run
from triggers.models import Event
from triggers.services import matching
from workflows.definitions import shorthand
from workflows.definitions.check import check
from workflows.definitions.document import Notification
from workflows.definitions.notifications import ALSO
from workflows.definitions.references import Known
from workflows.engine import notices
from workflows.engine.notices import DeliveryStatus, NotifyOn
from workflows.models import NotificationDelivery
from workflows.services.notifications import delivering

TEXT = page("docs/notifications.md")
(EXAMPLE,) = blocks(TEXT, "yaml")
SET_UP, LIST, REPLAY = blocks(TEXT, "sh")


def test_the_example_has_no_problems() -> None:
    assert check(shorthand.normalise(parsed(EXAMPLE)), Known()) == []


def test_the_tables_have_every_field_trigger_status_and_name() -> None:
    rows = {name for cell in re.findall(r"^\| (`[^|]*) \|", TEXT, flags=re.MULTILINE) for name in cell.split("`")[1::2]}

    assert rows == {*Notification.model_fields, *NotifyOn, *DeliveryStatus, *ALSO}
    assert f"at most {notices.RETRY.max_attempts}," in TEXT


@pytest.mark.django_db(transaction=True)
def test_people_are_told_by_the_commands_of_the_guide(
    workspace: Workspace, live_server: LiveServer, tmp_path: Path
) -> None:
    (tmp_path / "charge.yaml").write_text(EXAMPLE)
    environment = {"API": f"{live_server.url}/api/v1", "KEY": factories.api_key(workspace)}
    run(SET_UP, environment, cwd=tmp_path)
    work(workspace)

    listed = json.loads(run(LIST, environment))["results"]
    replayed = json.loads(run(REPLAY, environment))
    work(workspace)

    assert {each["to"] for each in listed} == {"ada@example.com", "sales@example.com"}
    assert {each["subject"] for each in listed} == {"Order o-7 was charged"}
    assert {each["text"] for each in listed} == {"charge took 1 try. Thank you, friend."}
    assert replayed["replay_of"] in {each["id"] for each in listed}
    assert len(json.loads(run(LIST, environment))["results"]) == 3


def work(workspace: Workspace) -> None:
    """What the workers would do."""
    with tenancy.scope(workspace.pk):
        matching.match_many(list(Event.objects.filter(matched_at=None).values_list("pk", flat=True)))
    runner.drain()
    with tenancy.scope(workspace.pk):
        for pk in NotificationDelivery.objects.filter(status="pending").values_list("pk", flat=True):
            delivering.deliver(pk)
