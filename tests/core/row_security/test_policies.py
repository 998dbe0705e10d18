"""The policies are those of the models, and made once."""

import re
from io import StringIO

import pytest
from django.core.management import call_command
from django.db import connection

from core import tenancy
from core.ids import new_id
from core.models import Heartbeat
from core.row_security import following, policies
from tests.test_admin import OURS

pytestmark = pytest.mark.django_db


def run(statement: str) -> None:
    with tenancy.unscoped("the test breaks the wall"), connection.cursor() as cursor:
        cursor.execute(statement)


def command(*arguments: str) -> tuple[str, int]:
    out = StringIO()
    try:
        call_command("row_security", *arguments, stdout=out)
    except SystemExit as end:
        return out.getvalue(), int(str(end.code))
    return out.getvalue(), 0


def test_every_table_of_tenants_is_walled_by_the_migrations() -> None:
    of_tenants = {model._meta.db_table for model in OURS if model is not Heartbeat}  # which is of no workspace

    assert of_tenants == {wall.table for wall in policies.walls()}
    assert command()[0].splitlines()[-1] == f"{len(of_tenants)} tables are walled"


def test_tables_with_a_workspace_that_no_scope_holds_are_named() -> None:
    tables = "crm_account, crm_contact, crm_deal, crm_lead"

    said, status = command("--check")

    expected = f"not walled: {tables} (their models have a workspace, and no tenancy.ScopedManager)"
    assert (said.splitlines()[0], status) == (expected, 0)


def test_what_is_missing_is_said_and_made() -> None:
    run("DROP POLICY sequitur_own_rows ON core_secret; ALTER TABLE workflows_run DISABLE ROW LEVEL SECURITY")
    run(f'REVOKE ALL ON triggers_event FROM "{_role()}"')

    found = command("--check")
    made = command("--apply")

    assert (found[0].splitlines()[-1], found[1]) == ("missing: role, core_secret, workflows_run", 1)
    assert made == ("made: role, core_secret, workflows_run\n", 0)
    assert command("--apply") == ("nothing was missing\n", 0)
    assert policies.missing() == []


def test_a_policy_is_a_filter_that_leaves_the_choice_of_the_index_to_the_statement() -> None:
    with tenancy.scope(new_id()), connection.cursor() as cursor:
        for plan in ("seqscan", "bitmapscan", "sort"):  # what small tables, or those nobody has analysed, are read by
            cursor.execute(f"SET LOCAL enable_{plan} = off")
        cursor.execute("EXPLAIN SELECT * FROM workflows_run WHERE id = %s", [new_id()])
        by_id = "\n".join(line for (line,) in cursor.fetchall())
        cursor.execute("EXPLAIN SELECT * FROM triggers_event WHERE workspace_id = %s ORDER BY id DESC", [new_id()])
        of_list = "\n".join(line for (line,) in cursor.fetchall())

    assert re.search(r"workflows_run_pkey.*\n *Index Cond: \(id = '[-0-9a-f]+'::uuid\)\n *Filter: \(", by_id), by_id
    assert re.search(r"Index Cond: \(workspace_id = '[-0-9a-f]+'::uuid\)\n *Filter: \(", of_list), of_list
    assert by_id.count("InitPlan") == 2  # what it is, and where it is compared: not made for each row


def _role() -> str:
    return str(following.role_of(connection.settings_dict["NAME"]))
