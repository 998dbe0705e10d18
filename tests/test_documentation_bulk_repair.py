"""The examples of docs/bulk-repair.md, run as they stand there."""

import json
import re
from pathlib import Path

import pytest
from django.conf import settings
from pytest_django.live_server_helper import LiveServer

from core import tenancy
from core.models import Workspace
from tests import factories, processes
from tests.documentation import blocks, chapter, page, run
from tests.workflows.services.bulk.doing import steps, waiting_runs
from workflows.api.bulk_shapes import BulkRequest
from workflows.engine.repairs import RepairStatus
from workflows.models import Repair, Run
from workflows.services.bulk import table
from workflows.services.bulk.filters import MAX_IDS, NotificationFilter, RunFilter
from workflows.services.bulk.selecting import MAX_ITEMS

TEXT = page("docs/bulk-repair.md")
PREVIEW, ASK, STEER, COMMAND = blocks(TEXT, "sh")
RUNBOOK = [
    re.sub(r"^   ", "", each, flags=re.MULTILINE) for each in re.findall(r"   ```bash\n(.*?)   ```", TEXT, re.DOTALL)
]


def rows(text: str) -> set[str]:
    cells = re.findall(r"^\| (`[^|]*) \|", text, flags=re.MULTILINE)
    return {name for cell in cells for name in cell.split("`")[1::2]}


def test_the_tables_have_every_operation_field_and_filter() -> None:
    request, filters = chapter(TEXT, "The request").split("| filter |")

    assert {each.name for each in table.OPERATIONS} == set(re.findall(r"^\| \w+ \| `(\w+)`", TEXT, flags=re.MULTILINE))
    assert rows(request) == {*BulkRequest.model_fields, "filter"}
    assert rows(filters) == {*RunFilter.model_fields, *NotificationFilter.model_fields}
    assert f"{MAX_ITEMS:,}" in TEXT
    assert f"{MAX_IDS:,}" in filters
    assert all(f"`{status}`" in TEXT or f".{status}`" in TEXT for status in RepairStatus)


@pytest.mark.django_db(transaction=True)
def test_runs_are_cancelled_by_the_commands_of_the_guide(workspace: Workspace, live_server: LiveServer) -> None:
    waiting_runs(workspace, 2)
    environment = {"API": f"{live_server.url}/api/v1", "KEY": factories.api_key(workspace)}

    shown = json.loads(run(PREVIEW, environment))
    asked, again = json.loads(run(ASK, environment)), json.loads(run(ASK, environment))
    told = run(STEER, {**environment, "REPAIR": asked["id"]})

    assert (shown["matched"], asked["id"], asked["total"]) == (2, again["id"], 2)
    assert '"status_reason":"the CRM is slow"' in told
    with tenancy.scope(workspace.pk):
        steps(Repair.objects.get())
        assert set(Run.objects.values_list("status", flat=True)) == {"cancelled"}


@pytest.mark.django_db(transaction=True)
def test_the_command_shows_the_preview(workspace: Workspace) -> None:
    waiting_runs(workspace, 2)

    environment = {**processes.environment_of_test(), "WORKSPACE": workspace.slug}
    said = run(COMMAND.replace("python ", ".venv/bin/python "), environment, cwd=settings.BASE_DIR)

    assert said.splitlines()[0] == "cancel: 2 runs, about 1 s at this pace"


@pytest.mark.django_db(transaction=True)
def test_the_runbook_retries_what_failed_in_the_outage(
    workspace: Workspace, live_server: LiveServer, tmp_path: Path
) -> None:
    at = "2026-05-01T10:00:00Z"
    runs = waiting_runs(workspace, 2)
    error = {"code": "http_503", "message": "down", "action": "push_to_crm"}
    with tenancy.scope(workspace.pk):
        Run.objects.filter(pk=runs[0].pk).update(status="failed", created_at=at, error=error)
        Run.objects.filter(pk=runs[1].pk).update(status="failed", error=error)
    environment = {"API": f"{live_server.url}/api/v1", "KEY": factories.api_key(workspace)}

    repair = json.loads(run("\n".join(RUNBOOK), environment, cwd=tmp_path))

    assert (repair["operation"], repair["total"], repair["per_second"]) == ("retry", 1, 2.0)
