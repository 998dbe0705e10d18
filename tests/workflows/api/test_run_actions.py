"""A run of very many actions is shown in parts, and none is left out."""

from typing import Any

import pytest
from rest_framework.test import APIClient

from core import tenancy
from core.models import Workspace
from tests import factories, runner
from tests.conftest import ClientFor
from tests.envelopes import refused
from triggers.services import matching
from workflows.api import run_shapes
from workflows.models import Run
from workflows.selectors import runs

KEYS = ["a1", "a2", "a3", "a4", "a5"]


@pytest.fixture
def run(workspace: Workspace) -> Run:
    actions = [{**factories.log_event("hello"), "id": key} for key in KEYS]
    factories.published(workspace, factories.definition(*actions))
    matching.match_many([factories.event(workspace).pk])
    runner.drain()
    with tenancy.scope(workspace.pk):
        return Run.objects.get()


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    """A run is shown whole up to two actions."""
    monkeypatch.setattr(runs, "MAX_ACTIONS", 2)
    monkeypatch.setattr(run_shapes, "MAX_ACTIONS", 2)


def test_the_rest_follows_where_the_run_says(api: APIClient, run: Run, few: None) -> None:
    shown = api.get(f"/api/v1/workflow-runs/{run.pk}/").json()
    found: list[Any] = shown["actions"]
    url = shown["actions_next"]
    while url:
        page = api.get(url if "limit" in url else f"{url}&limit=2").json()
        found += page["results"]
        url = page["next"]

    assert sorted(each["key"] for each in found) == KEYS
    assert {each["status"] for each in found} == {"completed"}
    assert shown["usage"]["actions"] == 5


def test_a_run_that_is_shown_whole_goes_on_nowhere(api: APIClient, run: Run) -> None:
    shown = api.get(f"/api/v1/workflow-runs/{run.pk}/").json()
    listed = api.get(f"/api/v1/workflow-runs/{run.pk}/actions/").json()

    assert (shown["actions_next"], listed["next"], len(shown["actions"])) == (None, None, 5)
    assert sorted(listed["results"], key=lambda each: each["key"]) == shown["actions"]


def test_actions_of_other_workspaces_are_not_found(client_for: ClientFor, other_workspace: Workspace, run: Run) -> None:
    stranger = client_for(other_workspace)

    refused(stranger.get(f"/api/v1/workflow-runs/{run.pk}/actions/"), status=404, code="not_found")
