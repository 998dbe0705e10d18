from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from core import tenancy
from core.models import ApiKey, Workspace
from core.services import api_keys


def run(*arguments: str) -> str:
    out = StringIO()
    call_command("create_api_key", *arguments, stdout=out)
    return out.getvalue()


def test_the_key_alone_is_printed_and_works(workspace: Workspace) -> None:
    printed = run(workspace.slug, "--name", "ci", "--role", "editor")

    row = api_keys.recognise(printed.removesuffix("\n"))
    assert row is not None
    assert (row.workspace, row.name, row.role) == (workspace, "ci", "editor")


def test_the_role_is_operator_when_none_is_said(workspace: Workspace) -> None:
    run(workspace.slug, "--name", "ci")

    with tenancy.scope(workspace.pk):
        assert ApiKey.objects.get().role == "operator"


def test_running_it_twice_makes_two_keys(workspace: Workspace) -> None:
    assert run(workspace.slug, "--name", "ci") != run(workspace.slug, "--name", "ci")


def test_an_unknown_workspace_is_answered_with_those_there_are(
    workspace: Workspace, other_workspace: Workspace
) -> None:
    known = ", ".join(sorted([workspace.slug, other_workspace.slug]))

    with pytest.raises(CommandError, match=f"There is no workspace 'nowhere'; there are: {known}."):
        run("nowhere", "--name", "ci")


def test_without_any_workspace_the_answer_says_so(db: None) -> None:
    with pytest.raises(CommandError, match="there are: none"):
        run("nowhere", "--name", "ci")


@pytest.mark.parametrize("arguments", [(), ("--name", "ci", "--role", "owner")], ids=["no name", "unknown role"])
def test_wrong_arguments_make_no_key(workspace: Workspace, arguments: tuple[str, ...]) -> None:
    with pytest.raises(CommandError):
        run(workspace.slug, *arguments)

    with tenancy.scope(workspace.pk):
        assert ApiKey.objects.count() == 0
