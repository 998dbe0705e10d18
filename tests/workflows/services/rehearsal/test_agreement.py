"""A test of a workflow and a run of it come to the same: in order, in states and in outputs."""

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from pytest_django import Settings

from core import tenancy
from core.models import Workspace
from tests import runner
from tests.action_types import Trying
from tests.workflows.flows.test_random_flows import definitions, started
from tests.workflows.services.rehearsal import scripts
from workflows.models import ActionAttempt, Run
from workflows.services.rehearsal import rehearsing
from workflows.services.rehearsal.report import Report

pytestmark = pytest.mark.django_db

Json = dict[str, Any]
EXAMPLES = 3


@settings(
    max_examples=EXAMPLES,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(actions=definitions())
def test_a_workflow_of_any_shape_goes_in_test_mode_as_it_runs(
    workspace: Workspace, settings: Settings, actions: list[Json], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("workflows.services.workflows.problems", lambda *_, **__: [])  # needs may be impossible to meet
    monkeypatch.setattr(Trying, "is_pure", True)  # it fails when it is told to, and does nothing else
    settings.RUN_FAST_FORWARD = False
    run = runner.finish(started(workspace, actions))

    found = rehearsing.rehearse(scripts.of_run(workspace, run))

    assert (found.status, (found.error or {}).get("code")) == (run.status, (run.error or {}).get("code"))
    assert states(found) == runner.states(run)
    assert outputs(found) == {name: without_ids(each) for name, each in runner.outputs(run).items()}
    if not _waits(actions):  # the runner of these tests lets all time pass at once
        assert order(found) == order_of(run)


def states(found: Report) -> dict[str, str]:
    return {name(each.action, each.iteration): each.status for each in found.actions}


def outputs(found: Report) -> Json:
    return {name(each.action, each.iteration): without_ids(each.output) for each in found.actions}


def order(found: Report) -> list[str]:
    """The actions that were tried, as they began."""
    return [name(each.action, each.iteration) for each in found.actions if each.attempts]


def order_of(run: Run) -> list[str]:
    with tenancy.scope(run.workspace_id):
        tries = ActionAttempt.objects.filter(action_run__run=run).order_by("id").select_related("action_run")
        return list(dict.fromkeys(name(each.action_run.key, each.action_run.iteration) for each in tries))


def _waits(actions: list[Json]) -> bool:
    text = json.dumps(actions)
    return '"delay"' in text or '"initial_seconds": 5' in text


def name(key: str, iteration: str) -> str:
    return key + (f"[{iteration}]" if iteration else "")


def without_ids(output: Any) -> Any:
    """Keys are made of ids, and instants of the clock."""
    if isinstance(output, dict):
        return {each: without_ids(value) for each, value in output.items() if each not in {"key", "until"}}
    return [without_ids(each) for each in output] if isinstance(output, list) else output
