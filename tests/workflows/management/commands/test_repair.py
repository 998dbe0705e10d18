"""`manage.py repair`: its preview, what it does, and what it refuses."""

from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from core.management import frame
from core.models import Workspace
from tests.workflows.services.bulk.doing import audited, waiting_runs
from workflows.models import Repair, Run

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("scope")]


class Terminal(StringIO):
    """Takes what is written, and says that it is a terminal."""

    def isatty(self) -> bool:
        return True


def repair(workspace: Workspace, *args: str, out: StringIO | None = None, **options: Any) -> str:
    to = out or StringIO()
    call_command("repair", workspace.slug, *args, stdout=to, no_color=True, **options)
    return to.getvalue()


def test_a_preview_does_nothing(workspace: Workspace) -> None:
    waiting_runs(workspace, 3)

    shown = repair(workspace, "cancel", "--status", "waiting", "--per-second", "2", "--preview")

    assert shown.splitlines()[:2] == ["cancel: 3 runs, about 2 s at this pace", "  Greet: 3"]
    assert Repair.objects.count() == 0


def test_it_is_done_until_it_is_over_with_a_bar_on_a_terminal(workspace: Workspace) -> None:
    waiting_runs(workspace, 2)
    out = Terminal()

    args = ["--status", "waiting", "--workflow", "greet", "--reason", "wrong price", "--per-second", "100", "--yes"]
    said = repair(workspace, "cancel", *args, out=out)

    assert said.splitlines()[-1] == "completed: 2 done, 0 failed, 0 skipped, 0 left."
    assert f"[{'#' * 30}] 2/2, 0 failed" in said
    assert set(Run.objects.values_list("status", flat=True)) == {"cancelled"}
    (entry,) = audited("repair.requested")
    assert (entry.actor, entry.reason) == (frame.operator(), "wrong price")


@pytest.mark.parametrize(("answer", "number"), [("y", 1), ("", 0), ("no", 0)])
def test_it_asks_first(workspace: Workspace, monkeypatch: pytest.MonkeyPatch, answer: str, number: int) -> None:
    waiting_runs(workspace, 1)
    monkeypatch.setattr("builtins.input", lambda _: answer)

    if number:
        repair(workspace, "cancel", "--status", "waiting", "--detach")
    else:
        with pytest.raises(CommandError, match="Nothing was done"):
            repair(workspace, "cancel", "--status", "waiting")

    assert Repair.objects.count() == number


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (["cancel"], "say which: at least one of workflow"),
        (["cancel", "--status", "done"], "The filter is not valid"),
        (["cancel", "--workflow", "none"], "There is no workflow 'none'"),
        (["cancel", "--status", "waiting", "--per-second", "0"], "The pace is from 0.01 to 100 a second"),
        (["cancel", "--status", "waiting", "--max-errors", "0"], "The error budget is at least 1"),
        (["cancel", "--notifications", "--status", "sent"], "There is no operation 'cancel' for notifications"),
        (["cancel", "--status", "waiting", "--from-action", "x"], "The request is not valid"),
    ],
)
def test_what_cannot_be_is_refused(workspace: Workspace, args: list[str], message: str) -> None:
    with pytest.raises(CommandError) as refused:
        repair(workspace, *args)

    assert message.lower() in str(refused.value).lower()


def test_a_workspace_that_there_is_not_is_said() -> None:
    with pytest.raises(CommandError, match="There is no workspace 'none'"):
        call_command("repair", "none", "cancel", "--status", "waiting")
