"""What every test may ask for: a workspace, its scope, and a client of the API for each role."""

from collections.abc import Callable, Iterator
from typing import Any, Protocol

import pytest
import redis
from django.core.management.commands import flush
from rest_framework.test import APIClient

from core import tenancy
from core.models import Role, Workspace
from tests import action_types, broker, control_types, factories

__all__ = ("action_types", "control_types")  # importing them registers them


class ClientFor(Protocol):
    """Makes a client of the API with a key of the workspace."""

    def __call__(self, workspace: Workspace, role: Role = Role.ADMIN) -> APIClient: ...


@pytest.fixture(scope="session", autouse=True)
def audit_is_emptied_after_tests() -> Iterator[None]:
    """Tests with transactions end by emptying all tables, which the audit trail refuses whoever does not say so."""
    with pytest.MonkeyPatch.context() as patch:
        plain = flush.sql_flush  # type: ignore[attr-defined]  # it imports that, for its own use

        def allowed(*args: Any, **kwargs: Any) -> list[str]:
            return ["SET LOCAL sequitur.audit_removal = 'allowed'", *plain(*args, **kwargs)]

        patch.setattr(flush, "sql_flush", allowed)
        yield


@pytest.fixture(scope="session")
def httpserver_listen_address() -> tuple[str, int]:
    """By number: the tests' allow-list does, and the server of a process is started once for all its tests."""
    return ("127.0.0.1", 0)


@pytest.fixture
def workspace(db: None) -> Workspace:
    return factories.WorkspaceFactory.create()


@pytest.fixture
def other_workspace(db: None) -> Workspace:
    return factories.WorkspaceFactory.create()


@pytest.fixture
def scope(workspace: Workspace) -> Iterator[Workspace]:
    """The code of the test acts for the workspace."""
    with tenancy.scope(workspace.pk):
        yield workspace


@pytest.fixture
def client_for() -> ClientFor:
    def make(workspace: Workspace, role: Role = Role.ADMIN) -> APIClient:
        client = APIClient()
        client.credentials(HTTP_AUTHORIZATION=f"Bearer {factories.api_key(workspace, role)}")
        return client

    return make


@pytest.fixture
def api(client_for: ClientFor, workspace: Workspace) -> APIClient:
    """A client of the API with an admin's key of the workspace."""
    return client_for(workspace)


@pytest.fixture
def committed(django_capture_on_commit_callbacks: Callable[..., object]) -> Callable[..., object]:
    """Runs what waits for the commit, inside the test's transaction: `with committed(execute=True): ...`."""
    return django_capture_on_commit_callbacks


@pytest.fixture
def empty_broker() -> Iterator[redis.Redis]:
    """A client of the broker, which is empty before and after the test."""
    with broker.connect() as client:
        client.flushdb()
        yield client
        client.flushdb()
