"""The service of the streaming plugin for tests, in a thread, and a connection to it."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from actions.services import connections
from core import tenancy
from core.models import Workspace
from examples.streaming.service import StreamingServer

TOKEN = "streaming-token-1"


@contextmanager
def service() -> Iterator[StreamingServer]:
    """The real service on a free port of loopback."""
    with StreamingServer(("127.0.0.1", 0), token=TOKEN) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        yield server
        server.shutdown()
        thread.join(5)


def connect(workspace: Workspace, server: StreamingServer, *, token: str = TOKEN) -> None:
    """A connection of the workspace to the service."""
    url = f"http://127.0.0.1:{server.server_address[1]}"
    with tenancy.scope(workspace.pk):
        connections.create(name="studio", kind="streaming", settings_={"base_url": url}, secrets={"token": token})
