"""Raw statements: prepared once, and healed where nothing can be done twice."""

import pytest
from django.db import OperationalError, connection

from tests import factories
from tests.workflows.services.conftest import StartRun
from workflows.models import ActionRun
from workflows.services import claims, execution, statements

pytestmark = pytest.mark.django_db(transaction=True)


def cut_connection() -> None:
    """As when the database is restarted while a worker is idle."""
    with connection.cursor() as cursor, pytest.raises(OperationalError):
        cursor.execute("SELECT pg_terminate_backend(pg_backend_pid())")


def test_a_claim_survives_a_connection_that_was_cut(start_run: StartRun) -> None:
    run = start_run(factories.log_event("x"))
    wanted = ActionRun._base_manager.get(run=run).pk
    cut_connection()

    assert claims.claim(wanted) is not None


def test_what_writes_is_not_repeated_on_another_connection() -> None:
    connection.ensure_connection()
    cut_connection()

    with pytest.raises(OperationalError):
        statements.one("SELECT now()")

    connection.close()


def test_the_statements_of_every_action_are_prepared(start_run: StartRun) -> None:
    run = start_run(factories.log_event("x"), factories.log_event("y"))
    first, second = ActionRun._base_manager.filter(run=run).order_by("position").values_list("pk", flat=True)

    for pk in (first, second):
        execution.execute(pk)

    statement = "SELECT generic_plans, custom_plans FROM pg_prepared_statements WHERE statement LIKE %s"
    with connection.cursor() as cursor:
        cursor.execute(statement, ["%_actionrun%"])
        plans = cursor.fetchall()
    assert len(plans) >= 3
    assert sum(custom for _, custom in plans) == 0
