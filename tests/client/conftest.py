"""Clients of the product: by WSGI into this process and the test's transaction, or over sockets where tests say so."""

from collections.abc import Callable, Iterator

import httpx
import pytest
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections
from sequitur_client import Client, Retries

from core.models import Role, Workspace
from tests import factories

NO_PAUSE = Retries(first_pause_seconds=0, longest_wait_seconds=1)
Connect = Callable[..., Client]


@pytest.fixture
def wsgi() -> Iterator[httpx.BaseTransport]:
    """The product as its web server calls it. The connection stays, with the test's transaction in it."""
    both = (request_started, request_finished)
    for signal in both:
        signal.disconnect(close_old_connections)
    yield httpx.WSGITransport(app=get_wsgi_application())
    for signal in both:
        signal.connect(close_old_connections)


@pytest.fixture
def connect(db: None, wsgi: httpx.BaseTransport) -> Connect:
    def make(workspace: Workspace, role: Role = Role.ADMIN) -> Client:
        return Client("http://testserver", factories.api_key(workspace, role), retries=NO_PAUSE, transport=wsgi)

    return make


@pytest.fixture
def sequitur(connect: Connect, workspace: Workspace) -> Iterator[Client]:
    """A client with an admin's key of the workspace."""
    with connect(workspace) as client:
        yield client
