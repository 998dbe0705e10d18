"""The examples of docs/client.md, run as they stand there against the running server."""

import asyncio
import json
import re
from pathlib import Path
from typing import Any

import pytest
import sequitur_client
from pytest_django.live_server_helper import LiveServer
from sequitur_client import errors
from sequitur_client.retrying import Retries

from core import signing, tenancy
from core.models import Workspace
from tests import factories
from tests.documentation import blocks, page
from triggers.models import Event
from workflows.models import Workflow

TEXT = page("docs/client.md")
SYNC, ASYNC, CHANGE, VERIFY = blocks(TEXT, "python")
WELCOME = blocks(page("README.md"), "yaml")[0]


@pytest.mark.django_db(transaction=True)
def test_the_examples_of_the_guide_do_what_they_say(
    live_server: LiveServer,
    workspace: Workspace,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    (tmp_path / "welcome.yaml").write_text(WELCOME)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SEQUITUR_URL", live_server.url)
    monkeypatch.setenv("SEQUITUR_API_KEY", factories.api_key(workspace))

    for example in (SYNC, ASYNC, CHANGE):
        exec(compile(example, "docs/client.md", "exec"), {"__name__": "example"})

    with tenancy.scope(workspace.pk):
        row = Workflow.objects.get()
        sent = Event.objects.get()
    lines = [line for line in capsys.readouterr().out.splitlines() if "level=" not in line]
    assert (row.status, row.description) == ("active", "For new leads")
    assert lines == [f"{sent.pk} False", row.name]


def test_a_webhook_is_verified_by_the_example(capsys: pytest.CaptureFixture[str]) -> None:
    names: dict[str, Any] = {}
    exec(compile(VERIFY, "docs/client.md", "exec"), names)
    secret, body = signing.new_secret(), json.dumps({"a": 1}).encode()
    from django.utils import timezone

    headers = signing.sign(body, secret=secret, message_id="m-1", sent_at=timezone.now())

    assert names["receive"](headers, body, secret) == 204
    assert names["receive"](headers, body + b" ", secret) == 401
    assert capsys.readouterr().out == "new, unless it was seen before: m-1\n"


def test_every_error_and_number_of_the_guide_is_that_of_the_client() -> None:
    words = set(re.findall(r"`(\w+)`", TEXT))
    kinds = {each for each in sequitur_client.__all__ if isinstance(getattr(sequitur_client, each), type)}
    named = {each for each in kinds if issubclass(getattr(sequitur_client, each), errors.SequiturError)}

    assert named <= words
    assert Retries().most + 1 == 4
    assert Retries().longest_wait_seconds == 60
    assert asyncio.iscoroutinefunction(sequitur_client.AsyncClient.call)
