"""The examples of docs/schedules.md, run as they stand there."""

from datetime import UTC, datetime, timedelta

import pytest

from core import tenancy
from core.models import Workspace
from tests import factories, runner, schedules
from tests.documentation import blocks, page, parsed
from triggers.engine.schedules import between as times_between
from triggers.engine.schedules import catching_up, checks, cron, of
from triggers.engine.schedules.catching_up import Policy
from triggers.models import Event, Schedule
from triggers.services import matching, ticking
from triggers.types.schedule import Params
from workflows.models import Run

TEXT = page("docs/schedules.md")
NINE = datetime(2026, 1, 5, 9, tzinfo=UTC)


EXAMPLES = list(map(parsed, blocks(TEXT, "yaml")))


def rows(heading: str) -> list[list[str]]:
    """The rows of the table with this first line, without backquotes."""
    after = TEXT.split(heading, 1)[1].splitlines()[2:]
    table = list(after[: next(i for i, line in enumerate(after) if not line.startswith("|"))])
    return [[cell.strip().replace("`", "") for cell in line.strip("|").split("|")] for line in table]


@pytest.mark.django_db
def test_the_first_workflow_runs(workspace: Workspace) -> None:
    workflow = factories.published(workspace, EXAMPLES[0])
    with tenancy.scope(workspace.pk):
        row = Schedule.objects.get(trigger__workflow=workflow)
    schedules.due_at(row, NINE)

    ticking.tick(now=NINE)
    with tenancy.scope(workspace.pk):
        matching.match(Event.objects.get().pk)
        runner.drain()
        run = Run.objects.get()

    assert runner.outputs(run)["log_event"]["message"] == "Report for 2026-01-05T09:00:00Z"


def test_every_expression_and_every_rule_can_be_published() -> None:
    _, expressions, rules = EXAMPLES

    assert [cron.problem(text) for text in expressions] == [None] * 7
    assert [list(checks.problems(params)) for params in rules] == [[]] * 3
    examples = [[name, text.strip('"')] for name, text, _ in rows("| parameter | example | fires |")]
    given = [{name: int(text) if text.isdigit() else text} for name, text in examples]
    assert [list(checks.problems(params)) for params in given] == [[]] * 4


def test_every_parameter_is_explained() -> None:
    named = {name for row in rows("| parameter | example | fires |") for name in row[0].split(", ")}
    named |= {name for row in rows("| parameter | default | meaning |") for name in row[0].split(", ")}

    assert named == set(Params.model_fields)


@pytest.mark.parametrize("row", rows("| cron | day | fires at |"), ids=str)
def test_the_table_of_daylight_saving_holds(row: list[str]) -> None:
    expression, day, expected = row
    spec = of({"cron": expression, "timezone": "Europe/Berlin"}, anchor=NINE)
    begin = datetime.fromisoformat(day).replace(tzinfo=spec.zone).astimezone(UTC) - timedelta(seconds=1)

    found = times_between(spec, begin, begin + timedelta(hours=12), 10)

    assert ", ".join(each.astimezone(spec.zone).isoformat() for each in found) == expected


@pytest.mark.parametrize("row", rows("| `catch_up` | fires | is missed |"), ids=str)
def test_the_table_of_catching_up_holds(row: list[str]) -> None:
    written, fires, missed = row
    catch_up, _, limit = written.partition(", max_catch_up: ")
    spec = of({"cron": "* * * * *"}, anchor=NINE)
    policy = Policy(spec, "key", catch_up=catch_up, max_catch_up=int(limit or 100))  # type: ignore[arg-type]  # by the table

    due = catching_up.settle(policy, slot=NINE, now=NINE + timedelta(minutes=10, seconds=30))

    assert _span(due.fires[0], due.fires[-1]) == fires
    assert (_span(due.missed.first, due.missed.last) if due.missed else "") == missed


def _span(first: datetime, last: datetime) -> str:
    return f"{first:%H:%M}" if first == last else f"{first:%H:%M} to {last:%H:%M}"
