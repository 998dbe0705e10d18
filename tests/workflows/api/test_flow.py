"""Starts by hand, and new workflows, that flow control or a quota refuses."""

from typing import Any

import pytest
from rest_framework.test import APIClient

from core import tenancy
from core.models import Workspace
from tests import factories
from tests.envelopes import envelope, refused
from triggers.models import Event
from workflows.models import Run, Workflow

pytestmark = pytest.mark.django_db


def limited(workspace: Workspace, **settings: Any) -> str:
    workflow = factories.published(workspace, factories.definition(settings=settings))
    return f"/api/v1/workflows/{workflow.pk}/execute/"


def execute(api: APIClient, url: str, **body: Any) -> Any:
    return api.post(url, body, format="json")


def test_a_start_over_the_rate_is_refused_and_told_when_to_come_again(api: APIClient, workspace: Workspace) -> None:
    url = limited(workspace, rate_limit={"limit": 1, "per_seconds": 60})
    execute(api, url)

    answer = execute(api, url)

    assert refused(answer, status=429, code="rate_limit") == []
    detail = envelope(answer)["detail"]
    assert detail.startswith("The run may not start now: rate limit 1/60s: the next may start at ")
    assert 50 <= int(answer["Retry-After"]) <= 60
    with tenancy.scope(workspace.pk):
        assert (Run.objects.count(), Event.objects.count()) == (1, 1)


def test_an_idempotency_key_that_started_a_run_is_answered_with_it_over_the_rate_too(
    api: APIClient, workspace: Workspace
) -> None:
    url = limited(workspace, rate_limit={"limit": 1, "per_seconds": 60})
    first = execute(api, url, idempotency_key="k")

    again = execute(api, url, idempotency_key="k")

    assert (again.status_code, again.json()["run"]) == (200, first.json()["run"])


def test_a_start_by_hand_does_not_mind_cooldown_and_dedupe(api: APIClient, workspace: Workspace) -> None:
    url = limited(workspace, cooldown_seconds=60, dedupe={"key": "{{ event.type }}"})

    assert [execute(api, url).status_code for _ in range(2)] == [202, 202]


def test_a_key_that_cannot_be_read_is_no_matter_of_time(api: APIClient, workspace: Workspace) -> None:
    url = limited(workspace, rate_limit={"limit": 1, "per_seconds": 60, "key": "{{ event.data.name }}"})

    answer = execute(api, url)

    refused(answer, status=400, code="key")
    assert "Retry-After" not in answer.headers


def test_a_start_over_the_quota_is_refused_until_midnight(api: APIClient, workspace: Workspace) -> None:
    workspace.limits = {"max_runs_per_day": 1}
    workspace.save()
    url = limited(workspace)
    execute(api, url)

    answer = execute(api, url)

    refused(answer, status=429, code="quota")
    assert "quota: 1 runs a day" in envelope(answer)["detail"]
    assert 1 <= int(answer["Retry-After"]) <= 86_400


def test_one_workflow_more_than_the_quota_is_refused_and_archived_ones_do_not_count(
    api: APIClient, workspace: Workspace
) -> None:
    workspace.limits = {"max_workflows": 1}
    workspace.save()
    first = api.post("/api/v1/workflows/", factories.definition(), format="json")
    another = factories.definition(name="Another")

    answer = api.post("/api/v1/workflows/", another, format="json")

    refused(answer, status=429, code="quota_exceeded")
    assert envelope(answer)["detail"] == (
        "The workspace has 1 workflows, as many as may be (max_workflows). Nothing was done: archive one, "
        "or ask an operator for more."
    )
    with tenancy.scope(workspace.pk):
        Workflow.objects.filter(pk=first.json()["id"]).update(status="archived")
    assert api.post("/api/v1/workflows/", another, format="json").status_code == 201
