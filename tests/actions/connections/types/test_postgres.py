from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from actions.base import ActionFailedError
from actions.connections.base import TestCall
from actions.connections.registry import connection_types
from core.ids import new_id
from core.redaction import Redactor
from tests.actions import postgres_server
from tests.actions.postgres_server import Server

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("loopback_is_allowed")]


@pytest.fixture(scope="module")
def shop() -> Iterator[Server]:
    with postgres_server.running() as server:
        yield server


def test_a_test_says_what_answers_and_what_its_role_may(shop: Server) -> None:
    call = TestCall(new_id(), timeout_seconds=5, now=datetime.now(UTC), redactor=Redactor())

    said = connection_types.get("postgres").test(shop.account(), call)

    assert said.startswith("PostgreSQL 1")
    assert said.endswith("the role can write to some tables.")


def test_a_test_says_why_it_fails(shop: Server) -> None:
    call = TestCall(new_id(), timeout_seconds=5, now=datetime.now(UTC), redactor=Redactor())

    with pytest.raises(ActionFailedError, match=r'database "nope" does not exist'):
        connection_types.get("postgres").test(shop.account(database="nope"), call)
