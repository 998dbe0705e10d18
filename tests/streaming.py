"""The streaming plugin for tests: its types, which no other test sees, and its service in a thread."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

import pytest

from actions.connections.registry import connection_types
from actions.registry import action_types
from actions.services import connections
from core import tenancy
from core.models import Workspace
from examples.streaming.service import StreamingServer

TOKEN = "streaming-token-1"
Types = tuple[dict[str, Any], dict[str, Any]]


@contextmanager
def service() -> Iterator[StreamingServer]:
    """The real service on a free port of loopback."""
    with StreamingServer(("127.0.0.1", 0), token=TOKEN) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        yield server
        server.shutdown()
        thread.join(5)


def install(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make the plugin's types known until the test is over."""
    monkeypatch.setattr(action_types, "_items", dict(action_types._items))
    monkeypatch.setattr(connection_types, "_items", dict(connection_types._items))
    theirs, kinds = _types()
    for key, item in theirs.items():
        action_types.register(key, item)
    for key, item in kinds.items():
        connection_types.register(key, item)


def connect(workspace: Workspace, server: StreamingServer, *, token: str = TOKEN) -> None:
    """A connection of the workspace to the service."""
    url = f"http://127.0.0.1:{server.server_address[1]}"
    with tenancy.scope(workspace.pk):
        connections.create(name="studio", kind="streaming", settings_={"base_url": url}, secrets={"token": token})


@cache
def _types() -> Types:
    """What `StreamingConfig.ready` registers, told from what was there before. It runs once: modules stay imported."""
    from django.apps import AppConfig

    before = dict(action_types._items), dict(connection_types._items)
    if "create_clip" not in action_types:
        AppConfig.create("examples.streaming").ready()
    found = (
        {key: item for key, item in action_types._items.items() if key not in before[0]},
        {key: item for key, item in connection_types._items.items() if key not in before[1]},
    )
    for key in found[0]:
        del action_types._items[key]
    for key in found[1]:
        del connection_types._items[key]
    return found
