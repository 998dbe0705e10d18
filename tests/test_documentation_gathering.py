"""The examples of docs/gathering.md and docs/reconcile.md, run as they stand there."""

import re
from io import StringIO

import pytest
from django.core.management import call_command

from core.models import Workspace
from tests import factories, gatherings, runner
from tests.documentation import blocks, page, parsed
from triggers.services import matching
from workflows.definitions import shorthand
from workflows.definitions.check import check
from workflows.definitions.references import Known
from workflows.engine.states import WorkflowStatus
from workflows.selectors import drifts
from workflows.services.flow.controls import batch
from workflows.services.flow.controls.batch import Batch
from workflows.services.flow.controls.debounce import Debounce

TEXT, RECONCILE = page("docs/gathering.md"), page("docs/reconcile.md")
DEBOUNCED, BATCHED = blocks(TEXT, "yaml")


@pytest.mark.parametrize("example", [DEBOUNCED, BATCHED])
def test_the_examples_have_no_problems(example: str) -> None:
    assert check(shorthand.normalise(parsed(example)), Known()) == []


@pytest.mark.django_db
def test_the_last_revision_of_each_document_is_indexed(workspace: Workspace) -> None:
    factories.published(workspace, parsed(DEBOUNCED))
    for document, revision in (("a", 1), ("b", 1), ("a", 2)):
        event = factories.event(workspace, "document.changed", document=document, revision=revision)
        matching.match(event.pk)

    assert gatherings.close_all(after_seconds=29) == 0
    assert gatherings.close_all(after_seconds=30) == 2
    runner.drain()

    said = {runner.outputs(run)["log_event"]["message"] for run in gatherings.runs(workspace)}
    assert said == {"Index a, revision 2", "Index b, revision 1"}


@pytest.mark.django_db
def test_orders_are_imported_by_three(workspace: Workspace) -> None:
    factories.published(workspace, parsed(BATCHED))
    for number in range(4):
        matching.match(factories.event(workspace, "order.created", shop="acme", id=f"o-{number}").pk)

    gatherings.close_all(after_seconds=0)
    runner.drain()

    [run] = gatherings.runs(workspace)
    assert runner.outputs(run)["log_event"]["message"] == "3 orders of acme, the first is o-0"


def test_the_codes_and_the_bound_are_those_of_the_code() -> None:
    codes = set(
        re.findall(r"`(\w+)`", "".join(line.split("|")[3] for line in TEXT.splitlines() if line.count("|") == 5))
    )

    assert codes - {"code"} == {
        Debounce.name, Batch.name, "debounced", "trigger_off", *(WorkflowStatus.PAUSED, WorkflowStatus.ARCHIVED)
    }  # fmt: skip
    assert batch.max_bytes() == 1024 * 1024


@pytest.mark.django_db
def test_the_table_of_reconcile_is_what_is_printed() -> None:
    workspace = factories.WorkspaceFactory.create(slug="demo", name="Demo")
    gatherings.published(workspace, batch={"max_events": 2, "seconds": 60})
    gatherings.send(workspace, 3)
    gatherings.close_all(after_seconds=0)
    [command], [shown], said = blocks(RECONCILE, "sh"), blocks(RECONCILE, "text"), StringIO()

    call_command(*command.split()[2:], stdout=said, stderr=StringIO())

    assert said.getvalue() == shown


def test_the_table_of_drifts_names_them_all() -> None:
    rows = set(re.findall(r"^\| `(\w+)`", RECONCILE, flags=re.MULTILINE))

    assert rows >= {*drifts._CHECKS, "candidates", "summary_fired", "tally_fired"}
