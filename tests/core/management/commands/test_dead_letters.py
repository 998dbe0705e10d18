"""`manage.py dead_letters`: which letters its options mean."""

from uuid import UUID

import pytest
from django.core.management import CommandError, call_command

from core import ids
from core.models import DeadLetter, LetterKind, Workspace
from core.services import dead_letters
from core.services.dead_letters import Death

pytestmark = pytest.mark.django_db


def letter(workflow_id: UUID | None = None) -> DeadLetter:
    """One of the workspace in scope."""
    source = ids.new_id()
    dead_letters.bury(Death(LetterKind.ACTION, source, "refused", "No.", attempts=1, workflow_id=workflow_id))
    return DeadLetter.objects.get(source_id=source)


def test_letters_of_a_workflow_and_of_a_time_are_listed_and_tried_again(
    scope: Workspace, capsys: pytest.CaptureFixture[str]
) -> None:
    workflow = ids.new_id()
    before, meant, _, after = (letter(each) for each in (workflow, workflow, ids.new_id(), workflow))
    since, until = meant.created_at.isoformat(), after.created_at.isoformat()
    asked = ["--workflow", str(workflow), "--since", since, "--until", until]

    call_command("dead_letters", "list", *asked)
    assert [line.split()[0] for line in capsys.readouterr().out.splitlines()] == [str(meant.pk)]
    call_command("dead_letters", "redrive", *asked, "--per-second", "5")

    assert capsys.readouterr().out.startswith("1 of 1 letters, the last at ")
    assert set(DeadLetter.objects.filter(status="redriving").values_list("pk", flat=True)) == {meant.pk}
    assert {each.status for each in DeadLetter.objects.filter(pk__in=[before.pk, after.pk])} == {"open"}


def test_a_list_that_is_cut_says_so_and_how_it_goes_on(
    scope: Workspace, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("core.management.commands.dead_letters.SHOWN", 2)
    newest = [str(letter().pk) for _ in range(4)][::-1]

    call_command("dead_letters", "list")
    first = capsys.readouterr()
    call_command("dead_letters", "list", "--after", newest[1])
    rest = capsys.readouterr()

    assert [line.split()[0] for line in first.out.splitlines()] == newest[:2]
    assert f"--after {newest[1]}" in first.err
    assert [line.split()[0] for line in rest.out.splitlines()] == newest[2:]
    assert rest.err == ""


@pytest.mark.parametrize("said", ["yesterday", "2026-13-01T00:00:00Z"])
def test_what_is_no_instant_is_refused(said: str) -> None:
    with pytest.raises(CommandError, match="--since"):
        call_command("dead_letters", "list", "--since", said)


@pytest.mark.parametrize("pace", ["0", "-1", "nan", "0.000000001"])
def test_a_pace_that_is_none_is_refused(scope: Workspace, pace: str) -> None:
    row = letter()

    with pytest.raises(CommandError, match="--per-second"):
        call_command("dead_letters", "redrive", "--per-second", pace)

    row.refresh_from_db()
    assert row.status == "open"


def test_discarding_needs_letters_and_a_reason(scope: Workspace) -> None:
    row = letter()

    with pytest.raises(CommandError, match="Name the letters"):
        call_command("dead_letters", "discard", "--reason", "enough")
    with pytest.raises(CommandError, match="Say why"):
        call_command("dead_letters", "discard", str(row.pk))

    row.refresh_from_db()
    assert row.status == "open"
