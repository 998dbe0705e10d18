from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from core.models import Workspace
from tests import factories
from tests.workflows.services.flow.conftest import Ask, limited, verdicts
from workflows.models import FlowState

pytestmark = pytest.mark.django_db

MIDNIGHT = 12 * 3600


def allowed(workspace: Workspace, **limits: Any) -> None:
    workspace.limits = limits
    workspace.save()


def test_the_runs_of_a_day_are_those_of_all_workflows(workspace: Workspace, ask: Ask) -> None:
    allowed(workspace, max_runs_per_day=3)
    first = limited(workspace)
    second = factories.published(workspace, factories.definition(name="Another"))

    assert verdicts(ask(first, 0, {}, {})) == ["fired", "fired"]
    answers = ask(second, 1, {}, {})

    assert verdicts(answers) == ["fired", "quota"]
    assert answers[1].reason == "quota: 3 runs a day; the next may start at 2026-03-02 00:00:00Z"


def test_the_day_ends_at_midnight_in_utc(workspace: Workspace, ask: Ask) -> None:
    allowed(workspace, max_runs_per_day=1)
    workflow = limited(workspace)
    ask(workflow, 0)

    assert verdicts(ask(workflow, MIDNIGHT - 0.000001)) == ["quota"]
    assert verdicts(ask(workflow, MIDNIGHT, {}, {})) == ["fired", "quota"]


def test_what_another_control_refuses_uses_nothing(workspace: Workspace, ask: Ask) -> None:
    allowed(workspace, max_runs_per_day=2)
    workflow = limited(workspace, cooldown_seconds=60)

    assert verdicts(ask(workflow, 0, {}, {}, {})) == ["fired", "cooldown", "cooldown"]
    assert verdicts(ask(workflow, 60)) == ["fired"]


@pytest.mark.usefixtures("scope")
def test_without_anything_written_nothing_is_asked_of_the_database(workspace: Workspace, ask: Ask) -> None:
    workflow = limited(workspace)
    ask(workflow, 0)

    with CaptureQueriesContext(connection) as queries:
        ask(workflow, 1)

    assert not [each for each in queries.captured_queries if "flowstate" in each["sql"]]
    assert not FlowState.objects.exists()
