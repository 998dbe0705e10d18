"""Who is named for what commands do."""

import getpass

import pytest
from django.contrib.auth.models import User
from django.core.management import call_command

from core import tenancy
from core.models import AuditEntry, Role, Workspace
from core.services import api_keys

pytestmark = pytest.mark.django_db


def test_every_command_names_the_user_of_the_system(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(getpass, "getuser", lambda: "ann")
    User.objects.create_user("bob")
    key, _ = api_keys.issue(workspace, name="old", role=Role.VIEWER, by="somebody")

    call_command("create_api_key", workspace.slug, "--name", "ci")
    call_command("api_keys", "rotate", workspace.slug, key.prefix)
    call_command("members", "add", workspace.slug, "bob", "--role", "viewer")
    call_command("create_workspace", "new", "New")

    with tenancy.unscoped("entries of two workspaces"):
        entries = AuditEntry.objects.filter(actor="manage.py ann").order_by("id")
        assert {each.action for each in entries} >= {"api_key.created", "api_key.rotated", "secret.created"}
        assert not AuditEntry.objects.filter(actor__in=["", "manage.py"]).exists()
