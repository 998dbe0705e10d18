"""The examples of docs/dead-letters.md, run as they stand there."""

import json
import re
from pathlib import Path

import pytest
from django.core.management import call_command
from django.utils import timezone
from pytest_django.live_server_helper import LiveServer

from core import ids, tenancy
from core.models import DeadLetter, Workspace
from core.worker import diagnosis
from tests import factories
from tests.documentation import blocks, chapter, page, run
from triggers.models import Event
from triggers.services import failures

TEXT = page("docs/dead-letters.md")
LIST, REDRIVE, MANY, DISCARD, COMMANDS = blocks(TEXT, "sh")


def letter(workspace: Workspace) -> DeadLetter:
    event = factories.event(workspace)
    failures.give_up(event.pk, code="worker_lost", message="It ended its worker.")
    with tenancy.scope(workspace.pk):
        return DeadLetter.objects.get(source_id=event.pk)


@pytest.mark.django_db(transaction=True)
def test_the_commands_do_what_the_text_says(workspace: Workspace, live_server: LiveServer) -> None:
    first, second = letter(workspace), letter(workspace)
    environment = {"API": f"{live_server.url}/api/v1", "KEY": factories.api_key(workspace)}

    listed = json.loads(run(LIST, environment))["results"]
    seen = json.loads(run(MANY, environment))
    redriven = json.loads(run(REDRIVE, {**environment, "LETTER": str(first.pk)}))
    discarded = json.loads(run(DISCARD, {**environment, "LETTER": str(second.pk)}))

    assert [each["id"] for each in listed] == [str(second.pk), str(first.pk)]
    assert (seen["scheduled"], seen["preview"]) == (2, True)
    assert (redriven["status"], discarded["status"]) == ("redriven", "discarded")
    with tenancy.scope(workspace.pk):
        assert Event.objects.filter(dead_at=None).get().pk == first.source_id


@pytest.mark.django_db
def test_the_commands_for_operators_do_what_the_text_says(capsys: pytest.CaptureFixture[str]) -> None:
    uid, said = ids.new_id(), "There is no task."
    row = DeadLetter(
        id=uid, kind="message", source_id=uid, code="unknown_task", message=said, created_at=timezone.now()
    )
    row.save(force_insert=True)
    for line in COMMANDS.splitlines():
        words = [word.strip('"') for word in re.findall(r'"[^"]*"|\S+', line)]
        assert words[:2] == ["python", "manage.py"]
        call_command(*words[2:])

    listed, seen, scheduled = capsys.readouterr().out.splitlines()
    assert listed == f"{uid} message open - unknown_task: {said}"
    assert (seen.split(",")[0], scheduled.split(",")[0]) == ("1 of 1 letters", "1 of 1 letters")
    call_command("dead_letters", "discard", str(uid), "--reason", "enough")
    assert capsys.readouterr().out == f"{uid} discarded\n"


def test_every_code_of_a_message_is_in_the_table() -> None:
    table = TEXT.partition("| `code` of a message")[2].partition("\n\n")[0]
    codes = {"killed_worker", "rejected", "wrong_arguments", *re.findall(r'Cause\("(\w+)"', _source())}

    assert set(re.findall(r"^\| `(\w+)` \|", table, flags=re.MULTILINE)) == codes
    assert chapter(TEXT, "When letters pile up").count("\n1. ") == 1


def _source() -> str:
    return Path(diagnosis.__file__).read_text()
