import pytest
from django.core.management import CommandError
from django.db import connection
from psycopg import sql

from core import tenancy
from core.models import Workspace
from tests.triggers import tables
from tests.triggers.conftest import Told
from triggers.models import TableChange
from triggers.services import table_changes

pytestmark = pytest.mark.django_db

HOSTILE = ['a"b', "a'b", "a; DROP TABLE core_workspace; --", "Ünïcode %s {x}", "a.b", "$$", "\\'); --"]


@pytest.fixture
def leads(db: None) -> None:
    with tables.leads():
        pass


def test_a_table_is_watched_and_then_not(workspace: Workspace, leads: None, told: Told) -> None:
    assert tables.watch("leads", "--workspace", workspace.slug) == "leads is watched.\n"
    tables.run("INSERT INTO leads (id) VALUES (1)")
    assert tables.watch("public.leads", "--remove") == "public.leads is no longer watched.\n"
    tables.run("INSERT INTO leads (id) VALUES (2)")
    tables.watch("leads", "--remove")

    table_changes.convert()

    assert [(each.type, each.data["leads_id"]) for each in told()] == [("leads.created", 1)]


def test_watching_twice_tells_once_and_the_second_holds(workspace: Workspace, leads: None, told: Told) -> None:
    tables.watch("leads", "--workspace", workspace.slug)
    tables.watch("leads", "--workspace", workspace.slug, "--name", "lead")
    tables.run("INSERT INTO leads (id) VALUES (1)")

    table_changes.convert()

    assert [each.type for each in told()] == ["lead.created"]


def test_with_sql_it_is_only_printed(workspace: Workspace, leads: None) -> None:
    printed = tables.watch("leads", "--workspace", workspace.slug, "--sql")
    tables.run("INSERT INTO leads (id) VALUES (1)")
    with tenancy.unscoped("the test looks at everything"):
        assert TableChange.objects.count() == 0

    with connection.cursor() as cursor:
        cursor.execute(printed)
    tables.run("INSERT INTO leads (id) VALUES (2)")
    with tenancy.unscoped("the test looks at everything"):
        assert TableChange.objects.count() == 1


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_names_are_names(workspace: Workspace, told: Told, name: str) -> None:
    table, column = sql.Identifier(name), sql.Identifier(f"{name} column")
    create = sql.SQL("CREATE TABLE {} (id int PRIMARY KEY, {} text, secret text)").format(table, column)
    insert = sql.SQL("INSERT INTO {} VALUES (1, 'a', 'hidden')").format(table)
    update = sql.SQL("UPDATE {} SET {} = 'b'").format(table, column)
    connection.ensure_connection()
    tables.run(create.as_string(connection.connection))

    tables.watch(name, "--workspace", workspace.slug, "--name", "row", "--fields", f"{name} column")
    tables.run(insert.as_string(connection.connection))
    tables.run(update.as_string(connection.connection))
    table_changes.convert()

    assert [each.type for each in told()][:2] == ["row.created", "row.updated"]
    assert told()[-1].data["row"] == {f"{name} column": "b"}
    assert told()[-1].data["changed"] == [f"{name} column"]
    assert Workspace.objects.exists()


def test_a_key_of_several_columns_is_a_list_and_none_is_null(workspace: Workspace, told: Told) -> None:
    tables.run("CREATE TABLE pairs (b int, a int, PRIMARY KEY (a, b))")
    tables.run("CREATE TABLE loose (a int)")
    for table in ("pairs", "loose"):
        tables.watch(table, "--workspace", workspace.slug)
    tables.run("INSERT INTO pairs (a, b) VALUES (1, 2)")
    tables.run("INSERT INTO loose (a) VALUES (1)")

    table_changes.convert()

    assert [(each.data.get("pairs_id"), each.data.get("loose_id")) for each in told()] == [([1, 2], None), (None, None)]
    assert [each.subject for each in told()] == ["[1, 2]", ""]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["nope", "--workspace", "w"], "There is no table 'nope'"),
        (["leads"], "Say whose rows they are"),
        (["leads", "--workspace", "nobody"], "There is no workspace 'nobody'"),
        (["leads", "--workspace-column", "nope"], "has no column 'nope'; it has id, name"),
        (["leads", "--workspace-column", "score"], "The column 'score' is of type numeric"),
        (["leads", "--workspace-column", "ws", "--fields", "a"], "has no column 'a'"),
        (["leads", "--workspace-column", "ws", "--masked", "a"], "has no column 'a'"),
        (["leads", "--workspace-column", "ws", "--masked", "id"], "id is the primary key"),
        (["leads", "--workspace-column", "ws", "--name", "a b"], "A row cannot be called 'a b'"),
        (["leads", "--workspace-column", "ws", "--workspace", "w"], "not allowed with argument"),
    ],
    ids=str,
)
def test_what_cannot_be_watched_is_refused_with_a_sentence(leads: None, arguments: list[str], message: str) -> None:
    with pytest.raises(CommandError, match=message):
        tables.watch(*arguments)
