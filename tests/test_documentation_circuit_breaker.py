"""The examples of docs/circuit-breaker.md, run as they stand there."""

import json

import pytest
from django.conf import settings
from pytest_django.live_server_helper import LiveServer

from core.models import Workspace
from tests import factories, runner
from tests.documentation import blocks, page, parsed, run
from triggers.services import matching
from workflows.definitions.flow import CircuitBreaker
from workflows.engine.flow.circuit import CircuitState

TEXT = page("docs/circuit-breaker.md")
(EXAMPLE,) = blocks(TEXT, "yaml")
LOOK, RESUME = blocks(TEXT, "sh")


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("empty_broker")
def test_the_example_opens_and_is_resumed_by_the_commands_of_the_guide(
    workspace: Workspace, live_server: LiveServer
) -> None:
    factories.published(workspace, parsed(EXAMPLE))
    environment = {"API": f"{live_server.url}/api/v1", "KEY": factories.api_key(workspace)}
    for _ in range(3):
        matching.match(factories.event(workspace, "order.placed").pk)
        runner.drain()

    looked = json.loads(run(LOOK, environment))["circuit"]
    resumed = json.loads(run(RESUME, environment))["circuit"]

    assert (looked["state"], looked["failures"], resumed["state"]) == ("open", 3, "closed")
    assert looked["reason"].startswith("circuit breaker: 3 failures in 300 s; open until ")


def test_the_page_names_what_there_is() -> None:
    assert all(f"`{state}`" in TEXT for state in CircuitState)
    assert all(f"{name}:" in EXAMPLE for name in CircuitBreaker.model_fields)
    assert f"`SEQUITUR_MAX_RUNS_PER_EVENT_CHAIN` ({settings.SEQUITUR_MAX_RUNS_PER_EVENT_CHAIN:,})" in TEXT
