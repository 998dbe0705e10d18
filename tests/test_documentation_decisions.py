"""The examples of docs/decisions.md, run as they stand there."""

import json
import os
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from pytest_django.live_server_helper import LiveServer

from core.models import Workspace
from tests import factories, hooks
from tests.documentation import blocks
from triggers.models import Decision, Subscription
from triggers.services import explaining

TEXT = (settings.BASE_DIR / "docs/decisions.md").read_text()
_, SET_UP, SEND, LISTS, TRY, DRAFT, SWITCH = blocks(TEXT, "sh")
Json = dict[str, Any]


@pytest.fixture
def shell(workspace: Workspace, live_server: LiveServer, tmp_path: Path) -> Any:
    (tmp_path / "leads.yaml").write_text(blocks(TEXT, "yaml")[0])
    environment = {**os.environ, "API": f"{live_server.url}/api/v1", "KEY": factories.api_key(workspace)}

    def run(script: str) -> list[Json]:
        strict = f"set -euo pipefail\n{script.replace('curl -sS', 'curl -sS --fail-with-body').replace('sleep 1', '')}"
        done = subprocess.run(
            ["bash", "-c", strict], env=environment, cwd=tmp_path, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return [json.loads(each) for each in done.stdout.replace("}{", "}\n{").splitlines() if each]

    return run


def verdicts(answer: Json) -> Json:
    return {each["trigger"]["key"]: each["verdict"] for each in answer["results"]}


@pytest.mark.django_db(transaction=True)
def test_the_commands_explain_what_the_text_says(workspace: Workspace, shell: Any) -> None:
    send, _, ask = SEND.partition("sleep 1\n")
    shell(SET_UP)
    shell(send)
    hooks.work(workspace)
    [of_event] = shell(ask)
    everything, not_fired = shell(LISTS)
    as_it_was, as_it_may_be = shell(TRY)
    *_, of_draft = shell(DRAFT)
    [switched] = shell(SWITCH)

    [dutch] = [each for each in of_event["results"] if each["trigger"]["key"] == "dutch"]
    shown = json.loads(blocks(TEXT, "json")[0])
    assert {**dutch, "trigger": {**dutch["trigger"]}} == {**dutch, **shown, "trigger": dutch["trigger"]}
    assert dutch["trigger"].items() >= shown["trigger"].items()
    assert verdicts(everything) == verdicts(not_fired) == verdicts(as_it_was)
    assert verdicts(as_it_was) == {"dutch": "not_matched", "important": "not_matched"}
    assert verdicts(as_it_may_be)["dutch"] == verdicts(of_draft)["dutch"] == "fired"
    assert (switched["is_enabled"], switched["is_active"], switched["statistics"]["seen"]) == (False, False, 1)


def test_every_verdict_and_every_reason_to_be_silent_stands_in_the_tables() -> None:
    rows = re.findall(r"^\| `([^`]+)` \|", TEXT, flags=re.MULTILINE)
    stored = {word for word, _ in Decision._meta.get_field("verdict").choices or ()}

    assert {explaining.FIRED, explaining.NOT_MATCHED, explaining.NOT_LISTENING, *stored} - set(rows) == set()
    assert set(explaining._ENDED.values()) - set(rows) == set()
    endings = {word for word, _ in Subscription._meta.get_field("ended_by").choices or ()}
    assert endings - {""} <= set(explaining._ENDED)
