"""The examples of docs/versions.md, run as they stand there."""

import json
import re
from pathlib import Path

import pytest
from pytest_django.live_server_helper import LiveServer

from core import tenancy
from core.models import Workspace
from tests import factories, runner
from tests.documentation import blocks, page, run
from workflows.definitions.diffing import Kind
from workflows.models import Repair, Run
from workflows.services.bulk import working

TEXT = page("docs/versions.md")
SET_UP, PATCH, DIFF, PUBLISH, ROLLBACK = blocks(TEXT, "sh")


def test_every_kind_of_change_has_a_row() -> None:
    assert {kind.value for kind in Kind} <= set(re.findall(r"`(\w+)`", TEXT))


@pytest.mark.django_db(transaction=True)
def test_a_run_that_waits_gets_what_was_mended_by_the_commands_of_the_guide(
    workspace: Workspace, live_server: LiveServer, tmp_path: Path
) -> None:
    environment = {"API": f"{live_server.url}/api/v1", "KEY": factories.api_key(workspace)}
    run(SET_UP, environment, cwd=tmp_path)
    runner.drain()
    run(PATCH, environment)

    found = json.loads(run(DIFF, environment))
    preview, published = PUBLISH.split("\ncurl", 1)
    told = json.loads(run(preview, environment))
    activated = json.loads(run(f"curl{published}", environment))
    with tenancy.scope(workspace.pk):
        working.work(Repair.objects.get().pk)
        waiting = Run.objects.get()
    rolled_back = json.loads(run(ROLLBACK, environment))

    assert [change["sentence"] for change in found["changes"]] == [
        '`remind`: params.message changed from "Call {{ event.data.name }}" to "Please call {{ event.data.name }}".'
    ]
    assert (told["matched"], told["moves"]) == (1, 1)
    assert (activated["active_version"], activated["runs"]["total"]) == (2, 1)
    assert (rolled_back["active_version"], rolled_back["has_unpublished_changes"]) == (1, True)
    runner.finish(waiting)
    assert runner.outputs(waiting)["remind"]["message"] == "Please call Ann"
