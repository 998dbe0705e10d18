"""The examples of docs/repair.md, run as they stand there."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from pytest_django.live_server_helper import LiveServer

from core import tenancy
from core.models import Workspace
from tests import factories, runner
from tests.documentation import blocks, page, run
from triggers.models import Event
from triggers.services import matching
from workflows.api.repair_shapes import RepairPreviewResponse
from workflows.models import Run

TEXT = page("docs/repair.md")
(EXAMPLE,) = blocks(TEXT, "yaml")
SET_UP, PREVIEW, SKIP, REPLAY = blocks(TEXT, "sh")


def test_every_verb_has_a_row_and_every_number_a_word() -> None:
    verbs = re.findall(r"^\| (\w+)[^|]*\|[^|]*\|[^|]*\|[^|]*\|$", TEXT, flags=re.MULTILINE)

    assert {"cancel", "retry", "skip", "replay"} <= set(verbs)
    assert all(f"`{name}`" in TEXT for name in RepairPreviewResponse.model_fields if name != "actions")


@pytest.mark.django_db(transaction=True)
def test_an_order_is_repaired_by_the_commands_of_the_guide(
    workspace: Workspace, live_server: LiveServer, tmp_path: Path
) -> None:
    (tmp_path / "ship.yaml").write_text(EXAMPLE)
    environment = {"API": f"{live_server.url}/api/v1", "KEY": factories.api_key(workspace)}
    run(SET_UP, environment, cwd=tmp_path)
    with tenancy.scope(workspace.pk):
        matching.match(Event.objects.get().pk)
    runner.drain()
    with tenancy.scope(workspace.pk):
        failed = Run.objects.get()
        rate = failed.action_runs.get(key="rate")
    environment |= {"RUN": str(failed.pk), "ACTION": str(rate.pk)}
    assert (failed.status, rate.status) == ("failed", "failed")

    told: dict[str, Any] = json.loads(run(PREVIEW, environment))
    run(SKIP, environment)
    runner.drain()
    replayed = json.loads(run(REPLAY, environment))
    runner.drain()

    assert (told["executed"], told["skipped"]) == (0, 1)
    assert runner.outputs(failed)["label"]["message"] == "Label for o-7: 3 kg"
    with tenancy.scope(workspace.pk):
        new = Run.objects.get(pk=replayed["run"])
    assert (new.status, runner.outputs(new)["label"]["message"]) == ("completed", "Label for o-7: 3 kg")
    assert json.loads(run(REPLAY, environment))["run"] == replayed["run"]
