"""Bulk repairs over HTTP."""

from typing import Any

import pytest
from rest_framework.test import APIClient

from core import tenancy
from core.models import Role, Workspace
from tests.conftest import ClientFor
from tests.workflows.services.bulk.doing import audited, requested, steps, waiting_runs
from workflows.models import Repair, Run, Workflow

pytestmark = pytest.mark.django_db

URL = "/api/v1/workflow-runs/bulk/"
CANCEL: dict[str, Any] = {"operation": "cancel", "filter": {"status": "waiting"}}


def post(client: APIClient, url: str = URL, **body: Any) -> Any:
    return client.post(url, body, format="json")


def test_a_preview_is_asked_for_then_the_repair_and_it_is_done(api: APIClient, workspace: Workspace) -> None:
    first = waiting_runs(workspace, 2)[0]
    with tenancy.scope(workspace.pk):
        workflow = Workflow.objects.get()

    shown = post(api, **CANCEL, preview=True)
    asked = post(api, **CANCEL, expected=shown.json()["matched"], reason="wrong price", per_second=50)

    assert (shown.status_code, asked.status_code) == (200, 202)
    nothing = {"executed": 0, "skipped": 0, "needs_decision": 0}
    (example, _), found = shown.json().pop("examples"), {**shown.json(), "examples": None}
    assert found == {
        "matched": 2, "left_out": 0, "by_workflow": [{"id": str(workflow.pk), "name": "Greet", "matched": 2}],
        "effects": nothing, "refused": 0, "looked_at": 2, "estimated_seconds": 1, "examples": None, "warnings": [],
    }  # fmt: skip
    assert (example["id"], example["status"], example["effects"]) == (str(first.pk), "waiting", nothing)
    repair = asked.json()
    assert (repair["status"], repair["total"], repair["pending"], repair["percent"]) == ("pending", 2, 2, 0.0)
    assert (repair["filter"], repair["options"]) == ({"status": ["waiting"]}, {"immediate": False})
    assert repair["requested_by"].startswith("key ")
    with tenancy.scope(workspace.pk):
        steps(Repair.objects.get())
        assert set(Run.objects.values_list("status", flat=True)) == {"cancelled"}


def test_nothing_is_done_without_the_number_of_the_preview(api: APIClient, workspace: Workspace) -> None:
    waiting_runs(workspace, 2)

    without, other = post(api, **CANCEL), post(api, **CANCEL, expected=1)

    assert (without.status_code, without.json()["errors"][0]["path"]) == (400, "/expected")
    assert (other.status_code, other.json()["code"]) == (409, "changed")
    assert other.json()["detail"].startswith("2 runs match now, and 1 were expected. Nothing was done.")
    assert "send `expected`: 2" in other.json()["detail"]
    with tenancy.scope(workspace.pk):
        assert Repair.objects.count() == 0


@pytest.mark.parametrize(
    ("change", "path"),
    [
        ({"operation": "delete"}, "/operation"),
        ({"options": {"fast": True}}, "/options/fast"),
        ({"filter": {}}, "/filter"),
        ({"filter": {"stat": "x"}}, "/filter/stat"),
        ({"filter": {"workflow": "none"}}, "/filter/workflow"),
        ({"filter": {"workflow": "a\0"}}, None),
        ({"filter": {"since": "yesterday"}}, "/filter/since"),
        ({"per_second": 0}, "/per_second"),
        ({"per_second": 101}, "/per_second"),
        ({"max_errors": 0}, "/max_errors"),
        ({"expected": -1}, "/expected"),
        ({"reason": "x" * 1001}, "/reason"),
    ],
)
@pytest.mark.parametrize("is_preview", [True, False])
def test_what_is_not_valid_is_refused_with_its_place(
    api: APIClient, change: dict[str, Any], path: str | None, is_preview: bool
) -> None:
    answer = post(api, **{**CANCEL, "preview": is_preview, "expected": 1, **change})

    assert answer.status_code == 400
    assert path is None or path in [each["path"] for each in answer.json()["errors"]]


def test_sent_again_with_its_key_it_is_one_repair(api: APIClient, workspace: Workspace) -> None:
    waiting_runs(workspace, 1)

    def ask(**changes: Any) -> Any:
        body = {**CANCEL, "expected": 1, **changes}
        return api.post(URL, body, format="json", headers={"Idempotency-Key": "k1"})

    first, second, other = ask(), ask(), ask(per_second=1)

    assert [each.status_code for each in (first, second, other)] == [202, 200, 409]
    assert first.json()["id"] == second.json()["id"]
    assert api.post(URL, CANCEL, format="json", headers={"Idempotency-Key": "k" * 256}).status_code == 400


def test_it_is_paused_resumed_and_cancelled(api: APIClient, workspace: Workspace) -> None:
    waiting_runs(workspace, 2)
    url = f"/api/v1/repairs/{post(api, **CANCEL, expected=2).json()['id']}"

    answers = [post(api, f"{url}/{word}/", reason=f"{word}!") for word in ("pause", "resume", "cancel", "resume")]

    assert [each.status_code for each in answers] == [200, 200, 200, 409]
    assert [each.json()["status"] for each in answers[:3]] == ["paused", "pending", "cancelled"]
    assert answers[2].json()["status_reason"] == "cancel!"
    with tenancy.scope(workspace.pk):
        assert [entry.reason for entry in audited("repair.paused")] == ["pause!"]


@pytest.mark.usefixtures("scope")
def test_what_became_of_each_is_listed_with_the_last_errors(api: APIClient, workspace: Workspace) -> None:
    first, second = waiting_runs(workspace, 2)
    repair = requested(expected=2)
    Run.objects.filter(pk=second.pk).update(status="completed")
    steps(repair)
    url = f"/api/v1/repairs/{repair.pk}/"

    shown, skipped = api.get(url).json(), api.get(f"{url}items/?status=skipped").json()["results"]

    assert (shown["done"], shown["skipped"], shown["percent"], shown["eta"]) == (1, 1, 100.0, None)
    assert (shown["last_errors"], shown["rate"] > 0) == ([], True)
    assert [(each["target_id"], each["error"]["code"]) for each in skipped] == [(str(second.pk), "conflict")]
    listed = api.get(f"{url}items/").json()["results"]
    assert [each["target_id"] for each in listed] == [str(second.pk), str(first.pk)]
    (row,) = api.get("/api/v1/repairs/?status=completed&operation=cancel&target=run").json()["results"]
    assert row == {name: value for name, value in shown.items() if name != "last_errors"}
    assert api.get(f"{url}items/?status=x").status_code == 400


def test_viewers_read_and_operators_repair(client_for: ClientFor, workspace: Workspace) -> None:
    waiting_runs(workspace, 1)
    viewer, operator = client_for(workspace, Role.VIEWER), client_for(workspace, Role.OPERATOR)

    assert [post(viewer, **CANCEL, preview=True).status_code, post(viewer, **CANCEL, expected=1).status_code] == [
        403
    ] * 2
    url = f"/api/v1/repairs/{post(operator, **CANCEL, expected=1).json()['id']}/"

    assert [viewer.get(each).status_code for each in (url, f"{url}items/", "/api/v1/repairs/")] == [200, 200, 200]
    assert post(viewer, f"{url}pause/").status_code == 403


def test_a_repair_of_another_workspace_does_not_exist(
    client_for: ClientFor, workspace: Workspace, other_workspace: Workspace
) -> None:
    waiting_runs(workspace, 1)
    with tenancy.scope(workspace.pk):
        repair = requested(expected=1)
    stranger, url = client_for(other_workspace), f"/api/v1/repairs/{repair.pk}/"

    answers = [stranger.get(url), stranger.get(f"{url}items/")]
    answers += [post(stranger, f"{url}{word}/") for word in ("pause", "resume", "cancel")]
    answers += [stranger.get("/api/v1/repairs/nonsense/")]

    assert {answer.status_code for answer in answers} == {404}
    assert stranger.get("/api/v1/repairs/").json()["results"] == []
    assert post(stranger, **CANCEL, preview=True).json()["matched"] == 0


def test_notifications_have_their_own(api: APIClient) -> None:
    body = {"operation": "replay", "filter": {"status": "failed", "channel": "email"}}

    shown = post(api, "/api/v1/notifications/bulk/", **body, preview=True)

    assert (shown.status_code, shown.json()["matched"]) == (200, 0)
    assert shown.json()["warnings"] == ["No notifications match: there is nothing to do."]
    answer = post(api, "/api/v1/notifications/bulk/", **{**body, "operation": "cancel"}, preview=True)
    assert answer.json()["detail"] == "There is no operation 'cancel' for notifications; there are replay."
