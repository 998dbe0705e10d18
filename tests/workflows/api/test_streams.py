import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from rest_framework.test import APIClient

from core import tenancy
from core.ids import new_id
from core.models import ApiKey, Role, Workspace
from core.services import workspaces
from core.streams import responses, seats, stream
from tests import factories, runner
from tests.conftest import ClientFor
from tests.core.streams.test_stream import Told, told
from triggers.services import matching
from workflows.models import ActionRun, Run, Workflow

pytestmark = pytest.mark.django_db


class Page:
    """What a browser is told, look by look; between looks the test does what it likes."""

    def __init__(self, response: Any) -> None:
        assert response.status_code == 200, response.content
        self.response = response
        self._parts: Iterator[bytes] = iter(response.streaming_content)

    def look(self) -> Told:
        return told(next(self._parts, b""))

    def close(self) -> None:
        self.response.stream.close()  # not the response: that would close the connection of the test


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(responses, "LOOK_SECONDS", 0)


@pytest.fixture
def run(workspace: Workspace) -> Run:
    """A run that is queued, of two actions."""
    actions = [factories.log_event("one", id="one"), factories.log_event("two", id="two")]
    factories.published(workspace, factories.definition(*actions))
    matching.match(factories.event(workspace).pk)
    with tenancy.scope(workspace.pk):
        return Run.objects.get()


def names(events: Told) -> list[str]:
    return [name for name, _, _ in events]


def statuses(events: Told) -> list[tuple[str, str]]:
    return [(data.get("key", "run"), data["status"]) for name, data, _ in events if name in {"run", "action"}]


def test_a_run_is_told_until_it_has_ended(api: APIClient, run: Run) -> None:
    page = Page(api.get(f"/api/v1/workflow-runs/{run.pk}/stream/"))
    assert page.response["Content-Type"] == "text/event-stream; charset=utf-8"
    assert page.response["Cache-Control"] == "no-cache, no-transform"

    first = page.look()
    nothing = page.look()
    runner.drain()
    last = page.look()

    assert statuses(first) == [("run", "queued"), ("one", "queued"), ("two", "pending")]
    assert (names(first)[-1], nothing) == ("ready", [])
    assert statuses(last) == [("run", "completed"), ("one", "completed"), ("two", "completed")]
    assert last[-1][:2] == ("end", {"reason": "done"})
    assert page.look() == []


def test_who_comes_back_is_told_what_they_missed_or_that_it_is_over(api: APIClient, run: Run) -> None:
    url = f"/api/v1/workflow-runs/{run.pk}/stream/"
    first = Page(api.get(url)).look()[-1][2]
    again = Page(api.get(url, headers={"Last-Event-ID": first})).look()
    runner.drain()

    missed = Page(api.get(url, headers={"Last-Event-ID": first})).look()
    last = [id_ for _, _, id_ in missed if id_][-1]

    assert again == [("ready", {"missed": False}, first)]
    assert names(missed) == ["reset", "run", "action", "action", "ready", "end"]
    assert api.get(url, headers={"Last-Event-ID": last}).status_code == 204
    assert api.get(f"{url}?last_event_id={last}").status_code == 204


def test_one_stream_tells_of_all_that_a_page_watches(api: APIClient, workspace: Workspace, run: Run) -> None:
    other = factories.published(workspace, factories.definition(name="Other", trigger={"type": "deal.won"}))
    topics = "workflows,dead_letters,dashboard"
    page = Page(api.get(f"/api/v1/stream/?runs={run.pk}&workflows=other&topics={topics}"))
    first = page.look()

    matching.match(factories.event(workspace, "deal.won").pk)
    with tenancy.scope(workspace.pk):
        Workflow.objects.filter(pk=other.pk).update(status="paused")
    second = page.look()

    assert names(first) == ["run", "action", "action", "workflow", "workflow", "dashboard", "ready"]
    assert [(name, data["status"]) for name, data, _ in second] == [("run", "queued"), ("workflow", "paused")]
    assert second[0][1]["workflow"] == {"id": str(other.pk), "name": "Other"}
    page.close()


def test_nothing_of_another_workspace_is_told(
    api: APIClient, client_for: ClientFor, workspace: Workspace, other_workspace: Workspace, run: Run
) -> None:
    theirs = client_for(other_workspace)
    page = Page(theirs.get("/api/v1/stream/?topics=runs,workflows,dead_letters"))
    first = page.look()

    runner.drain()

    assert (names(first), page.look()) == (["ready"], [])
    urls = [
        f"/api/v1/workflow-runs/{run.pk}/stream/",
        f"/api/v1/stream/?runs={run.pk}",
        f"/api/v1/stream/?workflows={run.workflow_id}",
        "/api/v1/stream/?workflows=greet",
        f"/api/v1/stream/?runs={new_id()}",
    ]
    assert {theirs.get(url).status_code for url in urls} == {404}
    page.close()


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("", "invalid"),
        ("topics=everything", "unknown_topic"),
        (f"runs={','.join(['a' * 8 + str(n) for n in range(51)])}", "too_many"),
        (f"workflows={','.join(f'w{n}' for n in range(21))}", "too_many"),
        ("runs=%00", "malformed"),
        (f"runs={'x' * 2001}", "at most 2000 characters"),
        ("colour=red", "colour"),
    ],
)
def test_what_cannot_be_watched_is_said_as_json(api: APIClient, query: str, code: str) -> None:
    response = api.get(f"/api/v1/stream/?{query}", headers={"Accept": "text/event-stream"})

    assert (response.status_code, response["Content-Type"]) == (400, "application/json")
    assert code in str(response.json())


def test_a_key_that_is_revoked_or_expired_or_kept_to_less_ends_its_stream(
    workspace: Workspace, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stream, "ACCESS_SECONDS", 0)
    changes: list[dict[str, Any]] = [
        {"revoked_at": timezone.now()},
        {"expires_at": timezone.now() - timedelta(seconds=1)},
        {"scopes": ["events:read"]},
    ]
    for change in changes:
        key = factories.api_key(workspace, Role.VIEWER)
        client = APIClient()
        client.credentials(HTTP_AUTHORIZATION=f"Bearer {key}")
        page = Page(client.get("/api/v1/stream/?topics=runs"))
        assert names(page.look()) == ["run", "ready"]
        assert page.look() == []

        with tenancy.scope(workspace.pk):
            ApiKey.objects.filter(prefix=key[:11]).update(**change)

        assert page.look() == [("end", {"reason": "access"}, "")]
        page.close()


def test_a_browser_names_its_workspace_in_the_url_and_ends_with_its_session(
    workspace: Workspace, other_workspace: Workspace, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stream, "ACCESS_SECONDS", 0)
    user, browser = factories.UserFactory.create(), Client()
    for each in (workspace, other_workspace):
        workspaces.add_member(each, user=user, role=Role.VIEWER)
    browser.force_login(user)

    refused = browser.get("/api/v1/stream/?topics=runs")
    elsewhere = browser.get("/api/v1/stream/?topics=runs&workspace=nowhere")
    page = Page(browser.get(f"/api/v1/stream/?topics=runs&workspace={workspace.slug}"))
    first, second = page.look(), page.look()
    browser.logout()

    assert (refused.status_code, elsewhere.status_code) == (403, 403)
    assert (names(first), second) == (["run", "ready"], [])
    assert page.look() == [("end", {"reason": "access"}, "")]


def test_streams_are_bounded_and_a_closed_one_makes_room(
    api: APIClient, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(seats, "PER_CALLER", 1)
    url = "/api/v1/stream/?topics=runs"
    page = Page(api.get(url))

    refused = api.get(url)
    page.close()
    again: Any = api.get(url)

    assert (refused.status_code, refused.json()["code"], refused["Retry-After"]) == (429, "too_many_streams", "10")
    assert again.status_code == 200
    again.stream.close()
    assert api.head(url).status_code == 200
    assert json.loads(api.post(url).content)["code"] == "method_not_allowed"


def test_a_look_takes_as_many_statements_for_many_runs_as_for_one(
    api: APIClient, workspace: Workspace, run: Run, django_assert_num_queries: Any
) -> None:
    for _ in range(5):
        matching.match(factories.event(workspace).pk)
    with tenancy.scope(workspace.pk):
        ids = ",".join(str(each) for each in Run.objects.values_list("pk", flat=True))
    for url in (f"/api/v1/workflow-runs/{run.pk}/stream/", f"/api/v1/stream/?runs={ids}"):
        page = Page(api.get(url))
        page.look()
        with django_assert_num_queries(2):
            page.look()
        page.close()


def test_a_skipped_or_retried_action_is_told(api: APIClient, workspace: Workspace, run: Run) -> None:
    page = Page(api.get(f"/api/v1/stream/?runs={run.pk}"))
    page.look()

    with tenancy.scope(workspace.pk):
        ActionRun.objects.filter(run=run, key="one").update(attempt=1, status="waiting", due_at=timezone.now())
    [(name, data, id_)] = page.look()

    assert (name, data["key"], data["status"], data["attempt"]) == ("action", "one", "waiting", 1)
    assert data["due_at"] is not None
    assert len(id_) == 24
    page.close()
