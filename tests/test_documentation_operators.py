"""The examples of docs/operators.md, run as they stand there, and its table of cards."""

import json
import re

import pytest
from django.test import Client
from pytest_django.live_server_helper import LiveServer

from core.models import Role, Workspace
from tests import factories
from tests.documentation import blocks, page, run

TEXT = page("docs/operators.md")
[CALLS] = blocks(TEXT, "sh")


@pytest.mark.django_db(transaction=True)
def test_the_calls_of_the_guide_answer_a_viewer(live_server: LiveServer) -> None:
    workspace = factories.WorkspaceFactory.create()
    environment = {"API": f"{live_server.url}/api/v1", "KEY": factories.api_key(workspace, Role.VIEWER)}

    answers = [json.loads(run(line, environment)) for line in CALLS.strip().splitlines()]

    assert [[*answer][:1] for answer in answers] == [["runs_24h"], ["next"], ["results"]]
    assert set(answers[0]) - {"counted_to"} <= set(re.findall(r"`(\w+)`", TEXT))


@pytest.mark.django_db
def test_every_card_is_in_the_run_book(admin_client: Client, workspace: Workspace) -> None:
    titles = {card.title.partition(",")[0] for card in admin_client.get("/admin/").context["cards"]}

    assert titles <= {line.split("|")[1].strip() for line in TEXT.splitlines() if line.startswith("| ")}
