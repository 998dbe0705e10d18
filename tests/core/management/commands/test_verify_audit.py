from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, transaction

from core.models import Workspace
from core.services import audit_proof

pytestmark = pytest.mark.django_db(transaction=True)


def run(*arguments: str) -> str:
    out = StringIO()
    call_command("verify_audit", *arguments, stdout=out)
    return out.getvalue()


def test_an_intact_trail_is_told_with_its_head(workspace: Workspace, other_workspace: Workspace) -> None:
    head = audit_proof.verify(workspace).head

    assert run("--workspace", workspace.slug) == f"{workspace.slug}: 1 entries, intact; head {head}\n"
    assert run("--workspace", workspace.slug, "--head", str(head)).count("intact") == 1
    assert run().count("intact") == 2


def test_a_broken_trail_ends_with_an_error_that_names_the_entry(
    workspace: Workspace, other_workspace: Workspace, capsys: pytest.CaptureFixture[str]
) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute("UPDATE core_auditentry SET actor = 'nobody' WHERE workspace_id = %s", [workspace.pk])

    with pytest.raises(CommandError, match="1 workspace") as raised:
        call_command("verify_audit")

    assert raised.value.returncode == 1
    out = capsys.readouterr().out
    assert f"{workspace.slug}: BROKEN: entry 1 (secret.created, " in out
    assert f"{other_workspace.slug}: 1 entries, intact" in out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--workspace", "nope"], "There is no workspace 'nope'."),
        (["--head", "1:" + "0" * 64], "--head is that of one workspace"),
        (["--workspace", "nope", "--head", "x"], "--head is a number"),
    ],
)
def test_what_cannot_be_proved_is_refused(arguments: list[str], message: str) -> None:
    with pytest.raises(CommandError, match=message):
        run(*arguments)
