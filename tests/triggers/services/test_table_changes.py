from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection, transaction

from core import tenancy
from core.models import Workspace
from tests import races
from tests.triggers import tables
from tests.triggers.conftest import Told
from triggers import tasks
from triggers.models import Event, TableChange
from triggers.services import ingest, table_changes

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def watched(workspace: Workspace) -> Iterator[None]:
    with tables.leads():
        tables.watch("leads", "--workspace", workspace.slug, "--name", "lead", "--fields", "id,name,score")
        yield


def insert(number: int, **values: Any) -> None:
    columns = {"id": number, **values}
    marks = ", ".join(["%s"] * len(columns))
    tables.run(f"INSERT INTO leads ({', '.join(columns)}) VALUES ({marks})", list(columns.values()))


def waiting() -> int:
    with tenancy.unscoped("the test looks at everything"):
        return TableChange.objects.count()


def test_a_row_that_is_inserted_updated_and_deleted_is_told_in_this_order(workspace: Workspace, told: Told) -> None:
    insert(7, name="Ada", score=9)
    tables.run("UPDATE leads SET score = 9.5, iban = 'NL1'")
    tables.run("DELETE FROM leads")

    assert table_changes.convert() == 3

    created, updated, changed, deleted = told()
    assert [each.type for each in told()] == ["lead.created", "lead.updated", "lead.score_changed", "lead.deleted"]
    row = {"id": 7, "name": "Ada", "score": "9.00"}
    assert created.data == {
        "lead": row, "lead_id": 7, "lead_data": row, "old": {}, "new": row, "changed": list(created.data["lead"])
    }  # fmt: skip
    assert changed.data == {
        "lead": {**row, "score": "9.50"},
        "lead_id": 7,
        "old": {"score": "9.00"},
        "new": {"score": "9.50"},
        "changed": ["score"],
        "old_score": "9.00",
        "new_score": "9.50",
        "old_value": "9.00",
        "new_value": "9.50",
    }
    assert (deleted.data["lead"], deleted.data["new"]) == ({**row, "score": "9.50"}, {})
    assert {each.source for each in told()} == {"table/public.leads"}
    assert updated.event_id + ":score" == changed.event_id


def test_a_second_sweep_finds_nothing(workspace: Workspace, told: Told) -> None:
    insert(1)

    assert [table_changes.convert(), table_changes.convert()] == [1, 0]

    assert (len(told()), waiting()) == (1, 0)


def test_what_is_rolled_back_never_happened(told: Told) -> None:
    with transaction.atomic():
        insert(1)
        transaction.set_rollback(True)

    tasks.sweep()

    assert told() == []


def test_an_update_that_changes_nothing_that_is_told_is_nothing(told: Told) -> None:
    insert(1, name="Ada")
    tables.run("UPDATE leads SET name = 'Ada', iban = 'NL1', extra = '{}'")

    table_changes.convert()

    assert [each.type for each in told()] == ["lead.created"]


def test_copy_is_seen(told: Told) -> None:
    connection.ensure_connection()
    with connection.cursor() as cursor, cursor.copy("COPY leads (id, name) FROM STDIN") as copy:
        for number in range(450):
            copy.write_row((number, f"lead {number}"))

    assert table_changes.convert() == 450

    assert [each.data["lead_id"] for each in told()] == [*range(450)]


def test_two_sweeps_at_once_tell_everything_once_and_in_order(told: Told) -> None:
    tables.run("INSERT INTO leads (id) SELECT * FROM generate_series(1, 500)")

    counts = races.at_once(lambda _: table_changes.convert(), threads=4)
    table_changes.convert()

    assert sum(counts) <= 500
    assert [each.data["lead_id"] for each in told()] == [*range(1, 501)]
    assert waiting() == 0


def test_a_crash_before_the_rows_are_gone_tells_nothing_twice(told: Told, monkeypatch: pytest.MonkeyPatch) -> None:
    insert(1)
    real = ingest.accept_many

    def crash(*args: Any, **kwargs: Any) -> None:
        real(*args, **kwargs)
        raise RuntimeError("killed")

    with monkeypatch.context() as patch:
        patch.setattr(ingest, "accept_many", crash)
        with pytest.raises(RuntimeError, match="killed"):
            table_changes.convert()
    assert (told(), waiting()) == ([], 1)

    assert table_changes.convert() == 1
    assert len(told()) == 1


def test_a_change_that_comes_back_is_the_same_event(told: Told) -> None:
    insert(1)
    with tenancy.unscoped("the test looks at everything"):
        [row] = TableChange.objects.all()
        table_changes.convert()
        row.save(force_insert=True)

    table_changes.convert()

    assert (len(told()), waiting()) == (1, 0)


def test_masked_columns_never_leave_their_row(workspace: Workspace, told: Told) -> None:
    tables.watch("leads", "--workspace", workspace.slug, "--name", "lead", "--fields", "name", "--masked", "iban")
    insert(1, iban="NL-secret-1")
    tables.run("UPDATE leads SET iban = 'NL-secret-2'")

    with tenancy.unscoped("the test looks at everything"):
        assert "secret" not in str(list(TableChange.objects.values()))
    table_changes.convert()

    assert told()[-1].type == "lead.iban_changed"
    assert told()[-1].data["old_iban"] == told()[-1].data["lead"]["iban"] == "***"


def test_the_workspace_may_stand_in_the_row(workspace: Workspace, other_workspace: Workspace, told: Told) -> None:
    tables.watch("leads", "--workspace-column", "ws", "--name", "lead")
    insert(1, ws=workspace.pk)
    insert(2, ws=other_workspace.pk)
    insert(3, ws=None)
    tables.run("UPDATE leads SET ws = %s WHERE id = 1", [other_workspace.pk])
    table_changes.convert()

    assert [(each.type, each.data["lead_id"]) for each in told()] == [("lead.created", 1), ("lead.deleted", 1)]
    with tenancy.scope(other_workspace.pk):
        theirs = [(each.type, each.data["lead_id"]) for each in Event.objects.order_by("id")]
    assert theirs == [("lead.created", 2), ("lead.created", 1)]


def test_the_workspace_may_be_a_slug_and_one_that_there_is_not_is_no_event(workspace: Workspace, told: Told) -> None:
    tables.watch("leads", "--workspace-column", "place", "--name", "lead")
    insert(1, place=workspace.slug)
    insert(2, place="nobody")
    insert(3)

    assert table_changes.convert() == 1
    assert [each.data["lead_id"] for each in told()] == [1]


def test_rows_of_a_workspace_that_is_gone_hold_up_nobody(workspace: Workspace, told: Told) -> None:
    tables.watch("leads", "--workspace-column", "ws", "--name", "lead")
    insert(1, ws="00000000-0000-7000-8000-000000000000")
    insert(2, ws=workspace.pk)

    assert table_changes.convert() == 2

    assert ([each.data["lead_id"] for each in told()], waiting()) == ([2], 0)


def test_numbers_and_documents_come_as_they_are(workspace: Workspace, told: Told) -> None:
    tables.watch("leads", "--workspace", workspace.slug, "--name", "lead")
    insert(1, score="NaN", big=2**63 - 1, extra='{"huge": 1e400, "list": [1.5, null, true]}')
    table_changes.convert()

    lead = told()[0].data["lead"]
    assert (lead["score"], lead["big"], lead["extra"]["list"]) == ("NaN", 2**63 - 1, [1.5, None, True])


def test_somebody_who_may_only_write_the_table_is_seen_too(told: Told) -> None:
    tables.run("DROP ROLE IF EXISTS writer")
    tables.run("CREATE ROLE writer")
    tables.run("GRANT INSERT ON leads TO writer")
    try:
        with transaction.atomic():
            tables.run("SET LOCAL ROLE writer")
            insert(1)
    finally:
        tables.run("DROP OWNED BY writer; DROP ROLE writer")

    assert table_changes.convert() == 1
