"""The examples of docs/streams.md, run as they stand there."""

import pytest
from pytest_django.live_server_helper import LiveServer

from core import tenancy
from core.models import Workspace
from core.streams import seats, stream
from tests import factories, runner
from tests.core.streams.test_stream import told
from tests.documentation import blocks, page, run
from triggers.services import matching
from workflows.api import stream_shapes
from workflows.models import Run
from workflows.selectors import streamed

TEXT = page("docs/streams.md")
[CURL] = blocks(TEXT, "sh")
[SHOWN] = blocks(TEXT, "text")


@pytest.mark.django_db(transaction=True)
def test_the_command_follows_a_run_to_its_end(workspace: Workspace, live_server: LiveServer) -> None:
    factories.published(workspace)
    matching.match(factories.event(workspace).pk)
    runner.drain()
    with tenancy.scope(workspace.pk):
        environment = {"RUN": str(Run.objects.get().pk), "KEY": factories.api_key(workspace)}

    written = run(CURL, environment | {"API": f"{live_server.url}/api/v1"})

    assert written.startswith(SHOWN.partition("\n\n")[0])
    assert [name for name, _, _ in told(written.encode())] == ["run", "action", "ready", "end"]


def test_topics_and_numbers_are_those_of_the_code() -> None:
    assert all(f"`{topic}`" in TEXT for topic in stream_shapes.TOPICS)
    assert f"runs by id ({stream_shapes.MAX_RUNS})" in TEXT
    assert f"by id or slug ({stream_shapes.MAX_WORKFLOWS})" in TEXT
    assert f"a caller have {seats.PER_CALLER}, a workspace {seats.PER_WORKSPACE}" in TEXT
    assert f"all together {seats.PER_PROCESS:,}" in TEXT
    assert f"every {stream.HEARTBEAT_SECONDS:.0f} seconds" in TEXT
    assert f"the newest {streamed.NEWEST} runs" in TEXT
    assert f"lasts {stream.MAX_LIFE_SECONDS / 60:.0f} minutes" in TEXT
