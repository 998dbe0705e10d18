"""The examples of docs/testing.md, run as they stand there."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from pytest_django.live_server_helper import LiveServer

from core import tenancy
from core.models import Workspace
from tests import factories
from tests.documentation import blocks, page, run
from workflows.api.testing_shapes import TestRequest
from workflows.models import Run
from workflows.services.rehearsal.script import Source

TEXT = page("docs/testing.md")
(EXAMPLE,) = blocks(TEXT, "yaml")
TEST, KEEP, PUBLISH, EDIT = blocks(TEXT, "sh")


def test_every_field_and_every_source_has_a_word() -> None:
    words = set(re.findall(r"`(\w+)`", TEXT))

    assert set(TestRequest.model_fields) <= words
    assert {each.value for each in Source} <= words


@pytest.mark.django_db(transaction=True)
def test_a_workflow_is_tested_by_the_commands_of_the_guide(
    workspace: Workspace, live_server: LiveServer, tmp_path: Path
) -> None:
    (tmp_path / "big.yaml").write_text(EXAMPLE)
    environment = {"API": f"{live_server.url}/api/v1", "KEY": factories.api_key(workspace)}

    tested = answers(run(TEST, environment, cwd=tmp_path))[1]
    kept, results = answers(run(KEEP, environment))
    (published,) = answers(run(PUBLISH, environment))
    rendered, names = answers(run(EDIT, environment))

    came = {each["action"]: (each["status"], each["source"]) for each in tested["actions"]}
    assert (tested["status"], tested["would_start"]) == ("completed", True)
    assert came == {
        "rate": ("completed", "pinned"), "big": ("completed", "computed"), "ask": ("completed", "answer"),
        "label": ("skipped", None),
    }  # fmt: skip
    assert kept["expected"]["actions"]["label"]["output"] == {"label": "o-7: 3 kg"}
    assert (results["passed"], results["failed"]) == (1, 0)
    assert published["version"]["number"] == 1
    assert (rendered["result"], rendered["problems"]) == ("O-7: 3 kg", [])
    assert {"actions.rate.output.body", "now"} <= {each["path"] for each in names["results"]}
    with tenancy.scope(workspace.pk):
        assert not Run.objects.exists()


def answers(printed: str) -> list[Any]:
    """The documents that the commands printed, one after the other."""
    decoder, found, at = json.JSONDecoder(), [], 0
    while at < len(printed.rstrip()):
        document, at = decoder.raw_decode(printed, at)
        found.append(document)
    return found
