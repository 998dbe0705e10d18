import json
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from core import tenancy
from core.models import Workspace
from tests import gatherings
from workflows.models import Run

pytestmark = pytest.mark.django_db


def told(*arguments: str) -> tuple[str, str, int]:
    """What the command prints, what it says beside, and its status."""
    out, err = StringIO(), StringIO()
    try:
        call_command("reconcile", *arguments, stdout=out, stderr=err)
    except SystemExit as end:
        return out.getvalue(), err.getvalue(), int(end.code or 0)
    return out.getvalue(), err.getvalue(), 0


@pytest.fixture
def happened(workspace: Workspace) -> Workspace:
    gatherings.published(workspace, batch={"max_events": 2, "seconds": 60})
    gatherings.send(workspace, 3)
    gatherings.close_all(after_seconds=0)
    return workspace


def test_a_table_shows_that_all_sources_agree(happened: Workspace) -> None:
    said, beside, status = told("--workspace", happened.slug)

    head, *rows, end = [" ".join(line.split()) for line in said.splitlines()]
    assert head == "workspace source events candidates fired not matched suppressed failed pending"
    assert rows == [
        f"{happened.slug} summaries 3 3 2 0 0 0 1",
        f"{happened.slug} rows 3 3 2 0 0 0 1",
        f"{happened.slug} tallies - 3 2 0 0 0 1",
    ]
    assert (end, status) == ("No drift.", 0)
    assert "adding up" in beside


def test_a_drift_ends_with_status_1(happened: Workspace) -> None:
    with tenancy.scope(happened.pk):
        Run.objects.get().delete()

    said, _, status = told()

    assert status == 1
    assert f"{happened.slug}: 1 gatherings that fired do not have exactly one run: " in said
    assert said.endswith("1 kinds of drift.\n")


def test_json_says_the_same(happened: Workspace) -> None:
    said, _, status = told("--json", "--since", "2026-01-01")

    [account] = json.loads(said)
    counts: dict[str, Any] = account["ledgers"]["rows"]
    assert (account["workspace"], account["drifts"], status) == (happened.slug, [], 0)
    assert (counts["fired"], counts["pending"], set(account["ledgers"])) == (2, 1, {"summaries", "rows"})


@pytest.mark.parametrize("arguments", [("--workspace", "none"), ("--since", "soon"), ("--since", "2026-02-30")])
def test_what_there_is_not_is_refused(happened: Workspace, arguments: tuple[str, str]) -> None:
    with pytest.raises(CommandError):
        told(*arguments)
