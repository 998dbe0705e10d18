"""The examples of docs/access.md, run as they stand there."""

import json
import re
import shlex
from io import StringIO

import pytest
from django.core.management import call_command
from pytest_django.live_server_helper import LiveServer

from core import scopes, tenancy
from core.models import ApiKey, Invitation, Role
from core.services import workspaces
from tests import factories
from tests.documentation import blocks, page, parsed, run

TEXT = page("docs/access.md")
MAKE, ROTATE, INVITE, QUOTAS, COMMANDS = blocks(TEXT, "sh")


@pytest.mark.django_db(transaction=True)
def test_keys_members_and_quotas_are_managed_by_the_commands_of_the_guide(live_server: LiveServer) -> None:
    workspace = workspaces.create(slug="demo", name="Demo")
    factories.published(workspace)
    names = {"API": f"{live_server.url}/api/v1", "KEY": factories.api_key(workspace), "SLUG": "demo"}

    made = json.loads(run(MAKE, names))
    rotated = json.loads(run(ROTATE, {**names, "ID": made["id"]}))
    invited = json.loads(run(INVITE, names))
    quotas = json.loads(run(QUOTAS, names))

    assert (rotated["new"]["scopes"], rotated["old"]["id"]) == (["events:write", "runs:read"], made["id"])
    with tenancy.scope(workspace.pk):
        assert str(Invitation.objects.get().pk) == invited["id"]
    [shown] = blocks(TEXT, "json")
    expected = parsed(shown)["results"]
    ends = {each["name"]: each["resets_at"] for each in quotas["results"]}
    assert quotas["results"] == [{**each, "resets_at": ends[each["name"]]} for each in expected]


def test_the_commands_of_the_guide_do_what_they_say(db: None) -> None:
    workspace = workspaces.create(slug="demo", name="Demo", owner=factories.UserFactory.create(username="bob"))
    factories.UserFactory.create(username="ann")
    factories.api_key(workspace, Role.VIEWER)
    printed, prefix = [], ""

    for command in COMMANDS.strip().splitlines():
        with tenancy.scope(workspace.pk):
            prefix = ApiKey.objects.all()[0].prefix  # the newest
        out = StringIO()
        words = shlex.split(command.removeprefix("python manage.py ").replace("$PREFIX", prefix))
        call_command(*words, stdout=out)
        printed.append(out.getvalue().splitlines())

    assert printed[:5] == [
        ["bob admin owner"],
        ["bob admin owner", "ann editor"],
        ["bob admin", "ann admin owner"],
        ["bob viewer", "ann admin owner"],
        ["ann admin owner"],
    ]
    assert re.fullmatch(r"sq_\w{8} viewer - expires never test viewer", printed[5][0])
    assert re.fullmatch(r"sq_\w{8}_\w{40}", printed[6][0])
    assert printed[7] == [f"{prefix} revoked"]


def test_the_table_of_scopes_has_every_scope() -> None:
    cells = [line.split("|")[1] for line in TEXT.splitlines() if line.startswith("| `")]

    assert {word for cell in cells for word in re.findall(r"`(\w+:\w+)`", cell)} == {*scopes.SCOPES}
