"""Versions, drafts and the life of workflows over HTTP."""

import json
from typing import Any

import pytest
from rest_framework.test import APIClient

from core import tenancy
from core.models import AuditEntry, Role, Workspace
from tests import factories, runner
from tests.conftest import ClientFor
from tests.factories import log_event
from triggers.models import Subscription, Trigger
from triggers.services import matching
from workflows.models import Repair, Run, WorkflowVersion
from workflows.services.bulk import working

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("empty_broker")]

URL = "/api/v1/workflows/"
WAIT = {"id": "wait", "type": "delay", "params": {"seconds": 60}}


def log(key: str, message: str = "") -> dict[str, Any]:
    return log_event(message or key, id=key)


def created(api: APIClient, *actions: dict[str, Any], **changes: Any) -> str:
    definition = factories.definition(*actions, **changes)
    return f"{URL}{api.post(URL, {'definition': definition}, format='json').json()['id']}/"


def put(api: APIClient, url: str, *actions: dict[str, Any], **headers: str) -> Any:
    return api.put(url, {"definition": factories.definition(*actions)}, format="json", headers=headers)


def post(api: APIClient, url: str, **body: Any) -> Any:
    return api.post(url, body, format="json")


def run_of(workspace: Workspace) -> Run:
    event = factories.event(workspace)
    matching.match(event.pk)
    runner.drain()
    with tenancy.scope(workspace.pk):
        return Run.objects.get(event=event)


def work() -> None:
    with tenancy.unscoped("tests look at everything"):
        ids = list(Repair.objects.values_list("pk", flat=True))
    for pk in ids:
        working.work(pk)


def test_who_has_a_workflow_already_is_told_so_and_who_changes_an_old_one_is_refused(api: APIClient) -> None:
    url = created(api, log("a"))
    first = api.get(url)

    again = api.get(url, headers={"If-None-Match": first["ETag"]})
    changed = put(api, url, log("b"), **{"If-Match": first["ETag"]})
    late = put(api, url, log("c"), **{"If-Match": first["ETag"]})

    assert (again.status_code, again.content, again["ETag"]) == (304, b"", first["ETag"])
    assert (changed.status_code, changed.json()["revision"], changed["ETag"] == first["ETag"]) == (200, 2, False)
    assert (late.status_code, late.json()["code"]) == (412, "precondition_failed")
    assert f"by {changed.json()['edited_by']} at 20" in late.json()["detail"]
    assert api.get(url).json()["draft"]["actions"][0]["id"] == "b"
    assert api.get(url, headers={"If-None-Match": first["ETag"]}).status_code == 200


def test_a_change_may_name_its_revision_and_without_one_the_last_one_wins(api: APIClient) -> None:
    url = created(api, log("a"))
    definition = factories.definition(log("b"))

    assert api.put(url, {"definition": definition, "revision": 1}, format="json").json()["revision"] == 2
    assert api.put(url, {"definition": definition, "revision": 1}, format="json").status_code == 412
    assert api.put(url, {"definition": definition}, format="json").json()["revision"] == 2  # says the same
    assert put(api, url, log("c")).json()["revision"] == 3
    assert put(api, url, log("d"), **{"If-Match": "r3"}).status_code == 400
    assert put(api, url, log("d"), **{"If-Match": "*"}).json()["revision"] == 4
    assert post(api, f"{url}publish/", revision=3).status_code == 412
    assert api.delete(url, headers={"If-Match": '"r1.x"'}).status_code == 412
    assert api.get(url).json()["active_version"] is None


@pytest.mark.parametrize("content_type", ["application/json", "application/merge-patch+json"])
def test_a_patch_changes_what_it_says_and_leaves_the_rest(api: APIClient, content_type: str) -> None:
    url = created(api, log("a"), settings={"timeout_seconds": 5, "priority": 2}, description="old")
    body = {"name": "Welcome", "definition": {"description": None, "settings": {"timeout_seconds": 9}}, "revision": 1}

    answer = api.patch(url, json.dumps(body), content_type=content_type)

    shown = answer.json()
    assert (answer.status_code, shown["name"], shown["description"], shown["revision"]) == (200, "Welcome", "", 2)
    assert shown["draft"] == {
        "name": "Welcome",
        "triggers": [{"id": "t1", "type": "lead.created"}],
        "settings": {"timeout_seconds": 9, "priority": 2},
        "actions": [{"id": "a", "type": "log_event", "params": {"message": "a"}}],
    }
    assert api.patch(url, {"description": "new"}, format="json").json()["draft"]["description"] == "new"
    assert api.patch(url, {"definition": {"trigger": "a.b"}}, format="json").json()["draft"]["triggers"] == [
        {"id": "t1", "type": "a.b"}
    ]
    refused = api.patch(url, {"definition": {"nodes": []}}, format="json").json()
    assert refused["errors"][0]["path"] == "/definition/nodes"


def test_what_never_ran_is_deleted_and_what_ran_is_not(api: APIClient, workspace: Workspace) -> None:
    never, ran = created(api, log("a"), name="Never", triggers=[{"type": "x.y"}]), created(api, log("a"), name="Ran")
    assert post(api, f"{never}publish/").status_code == post(api, f"{ran}publish/").status_code == 200
    run_of(workspace)

    assert (api.delete(never).status_code, api.get(never).status_code) == (204, 404)
    refused = api.delete(ran)
    assert (refused.status_code, "archive/" in refused.json()["detail"], api.get(ran).status_code) == (409, True, 200)


def test_a_draft_is_deleted_with_all_that_is_its(api: APIClient, workspace: Workspace) -> None:
    url = created(api, log("a"))
    post(api, f"{url}publish/")

    assert api.delete(url).status_code == 204

    assert api.get(url).status_code == 404
    with tenancy.scope(workspace.pk):
        left = [model.objects.count() for model in (WorkflowVersion, Trigger, Subscription)]
        assert left == [0, 0, 0]
        assert AuditEntry.objects.filter(action="workflow.deleted").count() == 1


def test_an_archived_workflow_listens_no_more_takes_no_place_and_can_be_restored(
    api: APIClient, workspace: Workspace
) -> None:
    workspace.limits = {"max_workflows": 1}
    workspace.save()
    url = created(api, WAIT)
    post(api, f"{url}publish/")
    running = run_of(workspace)

    shown = post(api, f"{url}archive/", reason="replaced")
    again = post(api, f"{url}archive/")
    event = factories.event(workspace)
    matching.match(event.pk)

    assert (shown.status_code, shown.json()["status"], again.json()["archived_at"]) == (
        200, "archived", shown.json()["archived_at"]
    )  # fmt: skip
    assert runner.finish(running).status == "completed"
    with tenancy.scope(workspace.pk):
        assert Run.objects.count() == 1
        assert Subscription.objects.get().ended_by == "archived"
        assert AuditEntry.objects.get(action="workflow.archived").reason == "replaced"
    assert [api.get(URL).json()["results"], len(api.get(URL, {"status": "archived"}).json()["results"])] == [[], 1]
    refused = [post(api, f"{url}{what}/").status_code for what in ("publish", "resume", "pause", "execute")]
    assert [*refused, put(api, url, log("x")).status_code] == [409] * 5
    other = created(api, log("a"), name="Other")
    assert post(api, f"{url}restore/").status_code == 429  # no room
    assert api.delete(other).status_code == 204
    assert post(api, f"{url}restore/").json()["status"] == "paused"
    assert post(api, f"{url}restore/").status_code == 409
    assert post(api, f"{url}resume/").json()["status"] == "active"
    assert run_of(workspace).status == "waiting"


def test_a_copy_is_a_draft_of_its_own(api: APIClient) -> None:
    url = created(api, log("a"))
    post(api, f"{url}publish/")

    first, second = post(api, f"{url}duplicate/"), post(api, f"{url}duplicate/")

    assert [each.status_code for each in (first, second)] == [201, 201]
    assert [each.json()["name"] for each in (first, second)] == ["Greet (copy)", "Greet (copy 2)"]
    assert (first.json()["status"], first.json()["active_version"]) == ("draft", None)
    assert first.json()["draft"]["actions"] == api.get(url).json()["draft"]["actions"]
    assert post(api, f"{url}duplicate/", name="Greet").status_code == 409


def test_versions_say_who_made_them_why_and_what_runs_by_them(api: APIClient, workspace: Workspace) -> None:
    url = created(api, WAIT)
    post(api, f"{url}publish/", reason="first")
    run_of(workspace)
    assert put(api, url, WAIT, log("b")).json()["has_unpublished_changes"] is True
    published = post(api, f"{url}publish/", reason="more").json()

    rows = api.get(f"{url}versions/").json()["results"]
    one = api.get(f"{url}versions/1/").json()

    assert (published["has_unpublished_changes"], published["version"]["reason"]) == (False, "more")
    assert published["runs"] == {"policy": "pin", "repair": None, "total": 0}
    assert [(row["number"], row["reason"], row["is_active"], row["runs_going"]) for row in rows] == [
        (2, "more", True, 0), (1, "first", False, 1)
    ]  # fmt: skip
    assert (one["published_by"], one["definition"]["actions"]) == (published["edited_by"], [WAIT])
    assert [each["has_unpublished_changes"] for each in api.get(URL).json()["results"]] == [False]
    assert [api.get(f"{url}versions/{word}/").status_code for word in ("3", "0", "x", "9" * 30)] == [404] * 4


def test_versions_and_the_draft_are_compared(api: APIClient) -> None:
    url = created(api, log("greet", "Hi"))
    post(api, f"{url}publish/")
    put(api, url, log("greet", "Hello"))

    found = api.get(f"{url}versions/draft/diff/", {"against": "active"}).json()
    first = api.get(f"{url}versions/1/diff/").json()

    assert found == {
        "before": "1",
        "after": "draft",
        "changes": [
            {
                "kind": "action_changed",
                "key": "greet",
                "pointer": "/params/message",
                "path_before": "/actions/0/params/message",
                "path_after": "/actions/0/params/message",
                "before": "Hi",
                "after": "Hello",
                "sentence": '`greet`: params.message changed from "Hi" to "Hello".',
            }
        ],
    }
    assert (first["before"], [each["kind"] for each in first["changes"]]) == (
        "nothing", ["workflow_changed", "trigger_added", "action_added"]
    )  # fmt: skip
    assert api.get(f"{url}versions/1/diff/", {"against": "7"}).status_code == 404


def test_an_earlier_version_is_active_again_and_the_draft_stays(api: APIClient, workspace: Workspace) -> None:
    url = created(api, log("a", "old"))
    post(api, f"{url}publish/")
    put(api, url, log("a", "new"))
    post(api, f"{url}publish/")

    shown = post(api, f"{url}rollback/", version=1, reason="worse").json()
    run = run_of(workspace)

    assert (shown["active_version"], shown["has_unpublished_changes"], shown["status"]) == (1, True, "active")
    assert runner.outputs(run)["a"]["message"] == "old"
    with tenancy.scope(workspace.pk):
        entry = AuditEntry.objects.get(action="workflow.rolled_back")
        assert (entry.before, entry.after, entry.reason) == (
            {"version": 2}, {"name": "Greet", "version": 1}, "worse"
        )  # fmt: skip
        assert WorkflowVersion.objects.count() == 2
    assert post(api, f"{url}rollback/", version=1, draft=True).json()["has_unpublished_changes"] is False
    assert post(api, f"{url}rollback/", version=9).status_code == 404
    assert post(api, f"{url}publish/").json()["version"]["number"] == 1  # the draft says what is active


def test_a_version_that_could_not_be_published_now_is_not_gone_back_to(api: APIClient, workspace: Workspace) -> None:
    url = created(api, log("a"))
    post(api, f"{url}publish/")
    put(api, url, WAIT)
    post(api, f"{url}publish/")
    workspace.action_roles = {"log_event": "nobody"}
    workspace.save()

    refused = post(api, f"{url}rollback/", version=1)

    assert (refused.status_code, refused.json()["errors"][0]["path"]) == (400, "/actions/0")
    assert api.get(url).json()["active_version"] == 2


def test_runs_follow_to_the_new_version_where_they_can(api: APIClient, workspace: Workspace) -> None:
    url = created(api, WAIT, log("b", "old"))
    post(api, f"{url}publish/")
    run = run_of(workspace)
    put(api, url, WAIT, log("b", "new"))

    preview = post(api, f"{url}publish/preview/", runs="follow").json()
    shown = post(api, f"{url}publish/", runs="follow", reason="typo").json()
    work()
    runner.finish(run)

    assert {key: preview[key] for key in ("version", "policy", "matched", "looked_at", "moves", "stays")} == {
        "version": 2, "policy": "follow", "matched": 1, "looked_at": 1, "moves": 1, "stays": []
    }  # fmt: skip
    assert [(each["run"], each["version"], each["moves"], each["because"]) for each in preview["examples"]] == [
        (str(run.pk), 1, True, None)
    ]
    assert (shown["runs"]["policy"], shown["runs"]["total"]) == ("follow", 1)
    repair = api.get(f"/api/v1/repairs/{shown['runs']['repair']}/").json()
    assert (repair["operation"], repair["status"], repair["done"], repair["reason"]) == ("move", "completed", 1, "typo")
    assert (run.status, runner.outputs(run)["b"]["message"]) == ("completed", "new")


def test_the_definition_may_say_that_runs_follow(api: APIClient, workspace: Workspace) -> None:
    url = created(api, WAIT)
    post(api, f"{url}publish/")
    run_of(workspace)
    api.patch(url, {"definition": {"settings": {"on_publish": "follow"}}}, format="json")

    assert post(api, f"{url}publish/preview/", runs="pin").json()["stays"] == [
        {"because": "It stays with version 1, as all runs do (pin).", "runs": 1}
    ]
    assert post(api, f"{url}publish/").json()["runs"]["total"] == 1


def test_only_chosen_runs_migrate_and_those_that_cannot_say_why(api: APIClient, workspace: Workspace) -> None:
    url = created(api, log("a"), WAIT)
    post(api, f"{url}publish/")
    runs = [run_of(workspace) for _ in range(3)]
    put(api, url, log("other"), WAIT)

    unseen = post(api, f"{url}publish/", runs="migrate")
    wrong = post(api, f"{url}publish/", runs="migrate", matched=7)
    assert (unseen.status_code, wrong.status_code, wrong.json()["code"]) == (400, 409, "changed")
    assert api.get(url).json()["active_version"] == 1
    shown = post(api, f"{url}publish/", runs="migrate", run_ids=[str(runs[0].pk)]).json()
    work()

    items = api.get(f"/api/v1/repairs/{shown['runs']['repair']}/items/").json()["results"]
    assert [(item["target_id"], item["status"], item["error"]["code"]) for item in items] == [
        (str(runs[0].pk), "skipped", "pinned")
    ]
    assert "`a` has begun, and the version has no such action." in items[0]["error"]["message"]
    preview = post(api, f"{url}rollback/preview/", version=1, runs="follow").json()
    assert (preview["version"], preview["matched"]) == (1, 0)


def test_operators_change_no_workflow(client_for: ClientFor, workspace: Workspace, api: APIClient) -> None:
    url = created(api, log("a"))
    operator = client_for(workspace, Role.OPERATOR)

    said = [post(operator, f"{url}{what}/", version=1).status_code for what in ("rollback", "rollback/preview")]
    said += [post(operator, f"{url}{what}/").status_code for what in ("archive", "restore", "duplicate", "publish")]
    said += [operator.patch(url, {}, format="json").status_code, operator.delete(url).status_code]
    assert said == [403] * 8
    assert operator.get(f"{url}versions/").json()["results"] == []
