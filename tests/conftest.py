"""What every test may ask for: a workspace, its scope, and a client of the API for each role."""

import gc
from collections.abc import Callable, Iterator
from typing import Protocol

import pytest
import redis
from django.core.management.commands import flush
from django.db.backends.base.base import BaseDatabaseWrapper
from rest_framework.test import APIClient

from core import tenancy
from core.models import Role, Workspace
from tests import action_types, broker, control_types, factories

__all__ = ("action_types", "control_types")  # importing them registers them


class ClientFor(Protocol):
    """Makes a client of the API with a key of the workspace."""

    def __call__(self, workspace: Workspace, role: Role = Role.ADMIN) -> APIClient: ...


def pytest_collection_finish() -> None:
    """Modules and ten thousand collected tests stay until the end: let no collection of garbage look at them again.
    A sixth of the suite's processor time."""
    gc.collect()
    gc.freeze()


KEPT_TABLES = {"django_content_type", "django_migrations", "auth_permission"}  # what migrating writes


def emptied(style: object, connection: BaseDatabaseWrapper, **options: object) -> list[str]:
    """Delete what is in the tables, which are nearly all empty: ten times as fast as truncating all of them. Without
    triggers: the audit trail is append-only, and nothing that refers to a row stays."""
    tables = [
        name for name in connection.introspection.django_table_names(only_existing=True) if name not in KEPT_TABLES
    ]
    looks = ", ".join(f"CASE WHEN EXISTS (SELECT FROM \"{name}\") THEN '{name}' END" for name in tables)
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT ARRAY_REMOVE(ARRAY[{looks}], NULL)")
        [full] = cursor.fetchone()
    return ["SET LOCAL session_replication_role = replica", *(f'DELETE FROM "{name}"' for name in full)]


@pytest.fixture(scope="session", autouse=True)
def tables_are_emptied_after_tests() -> Iterator[None]:
    """After those with transactions. What is migrated stays, so nothing has to be made anew."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(flush, "sql_flush", emptied)
        patch.setattr(flush, "emit_post_migrate_signal", lambda *args, **options: None)
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
