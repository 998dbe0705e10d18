from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from pytest_django import Settings

from core import tenancy
from core.models import Workspace
from triggers.services.querying import role, running

pytestmark = pytest.mark.django_db


def one(statement: str) -> Any:
    with tenancy.unscoped("the catalog has no tenants"), connection.cursor() as cursor:
        cursor.execute(statement)
        return cursor.fetchone()


def test_migrations_made_all_of_it() -> None:
    assert role.apply() == role.Outcome()
    assert one(
        "SELECT rolsuper, rolcreatedb, rolcreaterole, rolbypassrls, rolconnlimit FROM pg_roles "
        "WHERE rolname = 'sequitur_queries'"
    ) == (False, False, False, False, 4)


def test_it_makes_way_for_migrations_and_is_made_again(events: Workspace) -> None:
    role.give_way()
    assert one("SELECT to_regclass('sequitur_queries.events')") == (None,)

    assert role.apply() == role.Outcome(made=True)

    with tenancy.scope(events.pk):
        assert running.answer("SELECT count(*) FROM events").rows == [[4]]


def test_what_a_login_may_not_do_is_said_and_the_rest_is_done() -> None:
    with tenancy.unscoped("the test makes a role"), connection.cursor() as cursor:
        name = connection.settings_dict["NAME"]
        cursor.execute(f"CREATE ROLE modest; GRANT CREATE ON DATABASE {name} TO modest")
        cursor.execute("DROP SCHEMA sequitur_queries CASCADE; GRANT SELECT ON triggers_event TO modest")
        cursor.execute("SET ROLE modest")
        outcome, again = role.apply(), role.apply()
        cursor.execute("RESET ROLE")

    assert [each.partition(":")[0] for each in outcome.refused] == ["what nobody needs"]
    assert again == role.Outcome()
    assert one("SELECT to_regclass('sequitur_queries.events') IS NULL") == (False,)


def test_the_command_prints_what_it_would_run_and_no_password(settings: Settings) -> None:
    settings.SEQUITUR_QUERY_DATABASE_URL = "postgresql://asker:in-clear@localhost/x"
    printed = StringIO()

    call_command("query_role", stdout=printed)

    assert 'CREATE ROLE "asker" LOGIN PASSWORD \'SCRAM-SHA-256$' in printed.getvalue()
    assert "in-clear" not in printed.getvalue()
    settings.SEQUITUR_QUERY_DATABASE_URL = ""
    with pytest.raises(CommandError, match="is not set"):
        call_command("query_role")


def test_the_command_makes_it() -> None:
    printed = StringIO()

    call_command("query_role", "--apply", stdout=printed)

    assert printed.getvalue() == "the role sequitur_queries may read the view of events\n"
