"""The examples of docs/audit.md, run as they stand there."""

import json
import os
import re
import shlex
import sys
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import call_command
from pytest_django.live_server_helper import LiveServer

from core import tenancy
from core.models import AuditEntry, Workspace
from core.services import workspaces
from tests import factories
from tests.documentation import blocks, page, run

TEXT = page("docs/audit.md")
LIST, VERIFY, EXPORT, DUMP, DELETE = blocks(TEXT, "sh")


@pytest.mark.django_db(transaction=True)
def test_the_trail_is_read_proved_and_deleted_by_the_commands_of_the_guide(
    live_server: LiveServer, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    workspace = workspaces.create(slug="demo", name="Demo")
    factories.published(workspace)
    key = factories.api_key(workspace)

    listed = json.loads(run(LIST.replace("2026-11-01", "2000-01-01"), {"API": f"{live_server.url}/api/v1", "KEY": key}))
    paths = {"PYTHONPATH": str(settings.BASE_DIR), "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}
    proved = run(EXPORT, {"API": f"{live_server.url}/api/v1", "KEY": key, **paths}, cwd=tmp_path)
    call_command(*shlex.split(DUMP.removeprefix("python manage.py ").replace("2026-11-01", "2000-01-01")))
    dumped = capsys.readouterr().out
    for command in (VERIFY, DELETE):
        call_command(*shlex.split(command.removeprefix("python manage.py ")))

    assert [row["action"] for row in listed["results"]] == ["workflow.published", "workflow.created"]
    assert (tmp_path / "audit.jsonl").read_text() == dumped
    printed = capsys.readouterr().out
    assert proved == printed.partition("\n")[0].removeprefix("demo: ") + "\n"
    assert re.match(r"demo: 4 entries, intact; head 4:[0-9a-f]{64}\nDeleted the workspace demo, \d+ rows.\n", printed)
    with tenancy.unscoped("the test looks"):
        assert (Workspace.objects.count(), AuditEntry.objects.count()) == (0, 0)


def test_the_table_of_fields_has_every_field() -> None:
    fields = {field.name for field in AuditEntry._meta.fields} - {"id", "workspace", "digest"}

    assert fields <= set(re.findall(r"`(\w+)`", TEXT))
