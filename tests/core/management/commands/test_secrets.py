"""`manage.py secrets`: values go in by standard input, and nothing shows them."""

import io

import pytest
from django.core.management import CommandError
from django.db import OperationalError, connection

from core import tenancy
from core.models import AuditEntry, Secret, Workspace
from core.services import secrets
from tests import commands

CANARY = "canary-c4n4ry"


def put(workspace: Workspace, monkeypatch: pytest.MonkeyPatch, value: str, name: str = "token") -> list[str]:
    monkeypatch.setattr("sys.stdin", io.StringIO(value))
    return commands.said("secrets", "set", name, workspace=workspace)


def test_a_secret_is_stored_replaced_listed_and_deleted(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOGNAME", "ann")
    said = [put(workspace, monkeypatch, f"{CANARY}\n"), put(workspace, monkeypatch, "other")]
    listed = commands.said("secrets", "list", workspace=workspace)
    shown = commands.body("secrets", "list", workspace=workspace)
    with tenancy.scope(workspace.pk):
        revealed = secrets.reveal(["token"])
    deleted = commands.said("secrets", "delete", "token", workspace=workspace)

    assert said == [["The secret token was stored."], ["The secret token was replaced."]]
    assert revealed == {"token": "other"}
    assert [line.split()[0] for line in listed] == ["name", "token", "webhook_signing_secret"]
    assert [set(each) for each in shown] == [{"name", "created_at", "updated_at"}] * 2
    assert deleted == ["The secret token was deleted."]
    with tenancy.scope(workspace.pk):
        entries = AuditEntry.objects.filter(target="secret", actor="manage.py ann").order_by("id")
        assert [each.action for each in entries] == ["secret.created", "secret.replaced", "secret.deleted"]
    assert CANARY not in str([said, listed, shown])


def test_what_cannot_be_a_secret_is_refused_with_a_sentence(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    for value, name, message in (
        ("\n", "token", "There is no value"),
        ("x" * 70_000, "token", "Expected 1 to 65536 bytes"),
        (CANARY, "no name", "cannot be a secret's name"),
    ):
        with pytest.raises(CommandError, match=message) as refused:
            put(workspace, monkeypatch, value, name)
        assert CANARY not in str(refused.value)

    with tenancy.scope(workspace.pk):
        assert not Secret.objects.filter(name="token").exists()


def test_secrets_of_others_are_not_there(
    workspace: Workspace, other_workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(other_workspace, monkeypatch, CANARY, "theirs")

    with pytest.raises(CommandError, match="There is no secret 'theirs' in this workspace"):
        commands.said("secrets", "delete", "theirs", workspace=workspace)

    assert not any("theirs" in line for line in commands.said("secrets", "list", workspace=workspace))
    with tenancy.scope(other_workspace.pk):
        assert Secret.objects.filter(name="theirs").exists()


def test_a_workspace_that_there_is_not_is_said(db: None) -> None:
    with pytest.raises(CommandError, match="There is no workspace 'nowhere'"):
        commands.said("secrets", "list", "--workspace", "nowhere")


def test_without_the_database_there_is_a_sentence(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*args: object) -> None:
        raise OperationalError("connection refused\nsecond line")

    with monkeypatch.context() as patch:
        patch.setattr(connection, "cursor", refuse)
        with pytest.raises(CommandError, match=r"does not answer: connection refused\. Run manage.py doctor"):
            commands.said("secrets", "list", "--workspace", "demo")
