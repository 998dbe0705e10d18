"""Repairing runs over HTTP: what operators have for a run that went wrong."""

from typing import Any

import pytest
from rest_framework.test import APIClient

from core import tenancy
from core.models import AuditEntry, Role, Workspace
from tests import runner
from tests.conftest import ClientFor
from tests.runner import states
from tests.workflows.api.conftest import Flow
from tests.workflows.asking import action_of, asking, step
from tests.workflows.services.repair.conftest import flaky
from workflows.models import ActionRun, Run

pytestmark = pytest.mark.django_db


def post(client: APIClient, run: Run, what: str, body: dict[str, Any] | None = None, **headers: Any) -> Any:
    return client.post(f"/api/v1/workflow-runs/{run.pk}/{what}", body or {}, format="json", headers=headers)


def of_action(run: Run, key: str, what: str) -> str:
    return f"actions/{action_of(run, key).pk}/{what}/"


def test_an_operator_retries_and_skips_single_actions(api: APIClient, flow: Flow) -> None:
    run = flow(flaky("mail", on=3), step("after"))

    again = post(api, run, of_action(run, "mail", "retry"), {"reason": "the server is back"})
    runner.drain()
    skipped = post(api, run, of_action(run, "mail", "skip"), {"reason": "told by phone", "output": {"sent": False}})
    runner.drain()

    assert (again.status_code, again.json()["status"]) == (200, "queued")
    assert (skipped.status_code, skipped.json()["lineage"]["repairs"][-1]["reason"]) == (200, "told by phone")
    shown = api.get(f"/api/v1/workflow-runs/{run.pk}/").json()
    mail, after = shown["actions"]
    assert (shown["status"], after["status"]) == ("completed", "completed")
    assert (mail["status"], mail["port"], mail["output"], len(mail["attempts"])) == (
        "skipped",
        "done",
        {"sent": False},
        2,
    )
    assert [each["what"] for each in shown["lineage"]["repairs"]] == ["retried", "skipped"]


def test_the_trail_tells_nothing_secret_of_an_output_given_by_hand(api: APIClient, flow: Flow) -> None:
    run = flow(flaky("mail", on=3))
    body = {"reason": "by phone", "output": {"token": "hunter2", "text": "x" * 20_000}}

    assert post(api, run, of_action(run, "mail", "skip"), body).status_code == 200

    with tenancy.scope(run.workspace_id):
        after = AuditEntry.objects.get(action="run.skipped").after or {}
    assert (after["action"], after["output"]["token"], len(str(after)) < 9 * 1024) == ("mail", "[redacted]", True)


def test_a_preview_changes_nothing(api: APIClient, flow: Flow) -> None:
    run = flow(flaky("paid", on=1), flaky("a"), flaky("b"))

    retried = post(api, run, "retry/?preview=true")
    replayed = post(api, run, "replay/?preview=true", {"from_action": "b"})

    touched = {name: retried.json()[name] for name in ("executed", "skipped", "needs_decision")}
    assert touched == {"executed": 2, "skipped": 1, "needs_decision": 0}
    assert (replayed.status_code, replayed.json()["executed"]) == (200, 2)
    assert states(run) == {"paid": "completed", "a": "failed", "b": "skipped"}
    with tenancy.scope(run.workspace_id):
        assert Run.objects.count() == 1


def test_a_replay_is_seen_from_both_sides_and_one_key_is_one_run(api: APIClient, flow: Flow) -> None:
    run = flow(step("a"), step("b"))

    first = post(api, run, "replay/", {"from_action": "b", "reason": "again"}, **{"Idempotency-Key": "k"})
    second = post(api, run, "replay/", {"from_action": "b"}, **{"Idempotency-Key": "k"})
    runner.drain()

    assert (first.status_code, second.status_code) == (202, 200)
    assert first.json()["run"] == second.json()["run"]
    new = api.get(f"/api/v1/workflow-runs/{first.json()['run']}/").json()
    old = api.get(f"/api/v1/workflow-runs/{run.pk}/").json()
    assert (new["status"], new["lineage"]["replay_of"], new["lineage"]["replayed_from"]) == (
        "completed",
        str(run.pk),
        "b",
    )
    assert old["lineage"]["replays"] == [new["id"]]
    assert [each["reused"] for each in new["actions"]] == [
        {"run": str(run.pk), "action_run": str(action_of(run, "a").pk)},
        None,
    ]


def test_a_run_is_cancelled_at_once(api: APIClient, flow: Flow) -> None:
    run = flow(asking())
    with tenancy.scope(run.workspace_id):
        ActionRun.objects.filter(run=run).update(status="running", due_at=None)

    answer = post(api, run, "cancel/", {"mode": "immediate", "comment": "wrong list"})

    assert (answer.status_code, answer.json()["status"]) == (200, "cancelled")
    assert answer.json()["error"]["message"].endswith(": wrong list")


@pytest.mark.parametrize("what", ["retry/", "replay/", "cancel/", "skip", "retry"])
def test_strangers_find_nothing_and_viewers_may_not(
    client_for: ClientFor, workspace: Workspace, other_workspace: Workspace, flow: Flow, what: str
) -> None:
    run = flow(flaky("a"))
    path = what if what.endswith("/") else of_action(run, "a", what)
    body = {"reason": "x"} if not what.startswith("cancel") else {}

    assert post(client_for(other_workspace), run, path, body).status_code == 404
    assert post(client_for(workspace, Role.VIEWER), run, path, body).status_code == 403
    assert states(run) == {"a": "failed"}


@pytest.mark.parametrize(
    ("what", "body"),
    [
        ("replay/", {"from_action": "none"}),
        ("replay/", {"version": "next"}),
        ("cancel/", {"mode": "soon"}),
        ("skip", {}),
        ("skip", {"reason": "x", "output": [1]}),
        ("retry/?preview=perhaps", {}),
    ],
)
def test_what_cannot_be_read_is_refused(api: APIClient, flow: Flow, what: str, body: dict[str, Any]) -> None:
    run = flow(flaky("a"))

    answer = post(api, run, of_action(run, "a", what) if what == "skip" else what, body)

    assert answer.status_code == 400
    assert states(run) == {"a": "failed"}
