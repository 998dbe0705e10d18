"""Workflows that change the very table that starts them stop like any other, though PostgreSQL tells of the change."""

from collections.abc import Iterator
from typing import Any

import pytest
from pytest_django import Settings

from actions.base import ActionResult
from core import tenancy
from core.models import Workspace
from tests import action_types, factories, runner
from tests.triggers import tables
from triggers.models import Decision, Event, TableChange
from triggers.services import matching, table_changes
from workflows.models import Run

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("empty_broker")]

COUNT_UP = "UPDATE leads SET score = score + 1 WHERE id = 1 -- by one"


@pytest.fixture(autouse=True)
def watched(workspace: Workspace) -> Iterator[None]:
    with tables.leads():
        tables.run("GRANT ALL ON leads TO PUBLIC")  # actions act with the role of tenants
        tables.run("INSERT INTO leads (id, score) VALUES (1, 1), (2, 1)")
        tables.watch("leads", "--workspace", workspace.slug, "--name", "lead", "--fields", "id,score,name")
        yield


def acts(monkeypatch: pytest.MonkeyPatch, statement: str, *values: Any) -> None:
    """What the action of the workflows does."""

    def perform(*_: Any) -> ActionResult:
        tables.run(statement, list(values) or None)
        return ActionResult()

    monkeypatch.setattr(action_types.Trying, "perform", perform)


def settle(workspace: Workspace, *, rounds: int = 8) -> None:
    """Let what happens lead to what it leads to, as far as it ends by itself."""
    for _ in range(rounds):
        table_changes.convert()
        with tenancy.scope(workspace.pk):
            waiting = list(Event.objects.filter(matched_at=None).values_list("pk", flat=True))
        if not waiting:
            return
        matching.match_many(waiting)
        runner.drain()
    pytest.fail("it goes on for ever")


def changed(workspace: Workspace) -> list[Event]:
    with tenancy.scope(workspace.pk):
        return list(Event.objects.filter(type="lead.score_changed").order_by("id"))


def test_a_workflow_that_changes_the_table_that_starts_it_ends_at_a_depth(
    workspace: Workspace, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.SEQUITUR_MAX_EVENT_DEPTH = 3
    acts(monkeypatch, COUNT_UP)
    factories.published(workspace, factories.definition({"type": "test_trying"}, trigger="lead.score_changed"))
    tables.run(COUNT_UP)

    settle(workspace)

    root, *rest = changed(workspace)
    with tenancy.scope(workspace.pk):
        runs = list(Run.objects.order_by("id"))
        [decision] = Decision.objects.filter(code="loop")
    assert (root.depth, root.root, root.cause_run) == (0, None, None)
    assert [(each.depth, each.root, each.cause_run) for each in rest] == [
        (depth, root.pk, run.pk) for depth, run in enumerate(runs, 1)
    ]
    assert decision.reason.startswith("loop: 4 runs led to this event, one after the other; at most 3 may")


def test_all_rows_of_a_statement_are_of_its_run_and_those_after_it_are_not(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    acts(monkeypatch, "UPDATE leads SET score = 7")
    factories.published(workspace, factories.definition({"type": "test_trying"}))
    factories.event(workspace)
    settle(workspace)
    tables.run("UPDATE leads SET score = 8")

    table_changes.convert()

    assert [each.depth for each in changed(workspace)] == [1, 1, 0, 0]


def test_a_value_that_looks_like_a_cause_is_a_value(workspace: Workspace) -> None:
    event = factories.event(workspace)

    tables.run("UPDATE leads SET score = 5, name = %s", [f"/*sequitur:cause={event.pk}/{event.pk}*/"])

    with tenancy.unscoped("the test looks at everything"):
        assert set(TableChange.objects.values_list("cause", flat=True)) == {""}


def test_another_workspace_learns_nothing_of_the_run(
    workspace: Workspace, other_workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    tables.watch("leads", "--workspace", other_workspace.slug, "--name", "lead")
    acts(monkeypatch, COUNT_UP)
    factories.published(workspace, factories.definition({"type": "test_trying"}))
    factories.event(workspace)

    settle(workspace)

    [told] = changed(other_workspace)
    assert (told.cause_run, told.root, told.depth) == (None, None, 0)


def test_a_statement_that_names_nonsense_is_a_change_like_any(workspace: Workspace) -> None:
    nonsense = "-" * 36
    tables.run(f"{COUNT_UP}\n/*sequitur:cause={nonsense}/{nonsense}*/")

    table_changes.convert()

    assert [each.depth for each in changed(workspace)] == [0]
