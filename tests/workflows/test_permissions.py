"""Who may use which action types and connections: asked when a workflow is published, and again when it runs."""

from typing import Any

import pytest
from django.db import connection as database
from django.test.utils import CaptureQueriesContext

from actions.models import Connection
from actions.services import action_roles, connections
from core import tenancy
from core.errors import ConflictError, InvalidError
from core.models import Role, Workspace
from tests import factories, runner
from triggers.services import matching
from workflows.models import ActionRun, Run, Workflow
from workflows.services import workflows

pytestmark = pytest.mark.usefixtures("scope")
USING = {"id": "use", "type": "test_connected", "params": {"connection": "crm"}}
COUNTED = {"id": "count", "type": "test_counted", "params": {"name": "x"}}


def stored(name: str = "crm", kind: str = "http_bearer", role: Role = Role.EDITOR) -> None:
    given = {"base_url": "https://api.example.com"}
    connections.create(name=name, kind=kind, settings_=given, secrets={"token": "t0ken-value"}, role=role)


def problems(*actions: dict[str, Any], role: Role = Role.EDITOR) -> list[tuple[str, str]]:
    return [(path, code) for path, code, _ in told(*actions, role=role)]


def told(*actions: dict[str, Any], role: Role = Role.EDITOR) -> list[tuple[str, str, str]]:
    workflow = workflows.create(factories.definition(*actions))
    try:
        with pytest.raises(InvalidError) as raised:
            workflows.publish(workflow, published_by="test", role=role)
        return [(each.path, each.code, each.message) for each in raised.value.problems]
    finally:
        workflow.delete()


def published(*actions: dict[str, Any], role: Role = Role.EDITOR) -> Workflow:
    workflow = workflows.create(factories.definition(*actions))
    workflows.publish(workflow, published_by="test", role=role)
    workflow.refresh_from_db()
    return workflow


def run(workspace: Workspace) -> ActionRun:
    matching.match(factories.event(workspace).pk)
    runner.drain()
    return ActionRun.objects.get(run=Run.objects.latest("id"))


@pytest.mark.parametrize(
    ("action", "path"),
    [
        (USING, "/actions/0/params/connection"),
        ({**factories.log_event("x"), "undo": USING}, "/actions/0/undo/params/connection"),
        (
            {"type": "loop", "for_each": {"items": [1]}, "params": {"actions": [USING]}},
            "/actions/0/params/actions/0/params/connection",
        ),
        (
            {"type": "parallel", "params": {"branches": {"a": [COUNTED], "b": [USING]}}},
            "/actions/0/params/branches/b/0/params/connection",
        ),
    ],
)
def test_a_connection_that_is_missing_is_a_problem_at_its_place(action: dict[str, Any], path: str) -> None:
    if "undo" in action:
        action = {**action, "undo": {key: value for key, value in USING.items() if key != "id"}}

    assert problems(action) == [(path, "unknown_connection")]


def test_the_name_that_was_meant_is_said() -> None:
    stored("crm_main")

    [(_, _, message)] = told({**USING, "params": {"connection": "crm_mian"}})

    assert message == "The workspace has no connection 'crm_mian'. Did you mean 'crm_main'?"


def test_a_connection_of_another_kind_is_a_problem() -> None:
    given = {"kind": "test_other"}
    stored()
    Connection.objects.update(**given)

    assert problems(USING) == [("/actions/0/params/connection", "wrong_connection")]


def test_a_connection_for_admins_is_not_for_editors() -> None:
    stored(role=Role.ADMIN)

    assert problems(USING) == [("/actions/0/params/connection", "not_permitted")]
    assert published(USING, role=Role.ADMIN).status == "active"


def test_a_name_that_is_a_template_is_left_to_the_run(workspace: Workspace) -> None:
    published({**USING, "params": {"connection": "{{ event.type }}"}})

    done = run(workspace)

    assert (done.status, (done.error or {})["code"]) == ("failed", "unknown_connection")


@pytest.mark.parametrize(
    ("allowed", "role", "is_refused"),
    [
        ("admin", Role.EDITOR, True),
        ("admin", Role.ADMIN, False),
        ("editor", Role.EDITOR, False),
        ("nobody", Role.ADMIN, True),
    ],
)
def test_an_action_type_is_for_the_role_that_it_is_limited_to(allowed: str, role: Role, is_refused: bool) -> None:
    action_roles.replace({"roles": {"test_counted": allowed}})
    inner = {"type": "loop", "for_each": {"items": [1]}, "params": {"actions": [COUNTED]}}

    if is_refused:
        assert problems(COUNTED, role=role) == [("/actions/0", "not_permitted")]
        assert problems(inner, role=role) == [("/actions/0/params/actions/0", "not_permitted")]
    else:
        assert published(COUNTED, role=role).status == "active"


def test_a_limit_on_a_type_holds_for_its_other_names() -> None:
    action_roles.replace({"roles": {"send_webhook": "nobody"}})
    action = {"type": "call_webhook", "params": {"url": "https://example.com"}}

    assert problems(action, role=Role.ADMIN) == [("/actions/0", "not_permitted")]


def test_a_limit_that_came_later_holds_when_it_runs(workspace: Workspace) -> None:
    published(COUNTED)
    before = run(workspace)
    action_roles.replace({"roles": {"test_counted": "admin"}})

    after = run(workspace)

    assert (before.status, after.status, after.attempt) == ("completed", "failed", 1)
    assert (after.error or {})["code"] == "not_permitted"


def test_a_limit_of_another_workspace_says_nothing(workspace: Workspace, other_workspace: Workspace) -> None:
    published(COUNTED)
    with tenancy.scope(other_workspace.pk):
        action_roles.replace({"roles": {"test_counted": "nobody"}})

    assert run(workspace).status == "completed"


def test_limits_cost_no_query(workspace: Workspace) -> None:
    published(COUNTED)
    counts = []
    for roles in ({}, {"test_counted": "editor", "http_request": "nobody"}):
        action_roles.replace({"roles": roles})
        run(workspace)
        matching.match(factories.event(workspace).pk)
        with CaptureQueriesContext(database) as queries:
            runner.drain()
        counts.append([each["sql"] for each in queries if "core_workspace" in each["sql"]])

    assert counts[0] == counts[1]


def test_drafts_show_what_their_reader_could_not_publish(workspace: Workspace, client_for: Any) -> None:
    action_roles.replace({"roles": {"test_counted": "admin"}})
    row = workflows.create(factories.definition(COUNTED))

    found = {
        role: [
            each["code"] for each in client_for(workspace, role).get(f"/api/v1/workflows/{row.pk}/").json()["problems"]
        ]
        for role in (Role.VIEWER, Role.EDITOR, Role.ADMIN)
    }

    assert found == {Role.VIEWER: [], Role.EDITOR: ["not_permitted"], Role.ADMIN: []}


HOOK = {"type": "call_webhook", "params": {"url": "https://example.com", "signing_secret": None}}


def agent(*tools: dict[str, Any]) -> dict[str, Any]:
    return {"type": "ai_agent", "params": {"instructions": "Help.", "tools": [*tools]}}


@pytest.mark.parametrize(
    ("name", "code"), [("none", "unknown_connection"), ("mail", "wrong_connection"), ("boss", "not_permitted")]
)
def test_a_connection_of_a_tool_is_checked_like_any_other(name: str, code: str) -> None:
    stored("boss", role=Role.ADMIN)
    stored("mail")
    Connection.objects.filter(name="mail").update(kind="smtp")
    tool = {"type": "http_request", "params": {"connection": name, "url": "leads"}}

    assert problems(agent(tool)) == [("/actions/0/params/tools/0/params/connection", code)]


def test_a_tool_is_for_the_role_that_its_type_is_limited_to(workspace: Workspace) -> None:
    connections.create(name="models", kind="openai", settings_={"model": "m"}, secrets={"api_key": "k3y-of-models"})
    before = published(agent(HOOK))
    action_roles.replace({"roles": {"send_webhook": "nobody"}})

    done = run(workspace)

    assert [each.path for each in workflows.problems(before, role=Role.ADMIN)] == ["/actions/0/params/tools/0"]
    assert (done.status, (done.error or {})["code"]) == ("failed", "not_permitted")


def test_a_connection_that_a_tool_names_is_in_use() -> None:
    stored()
    connections.create(name="models", kind="openai", settings_={"model": "m"}, secrets={"api_key": "k3y-of-models"})
    published(agent({"type": "http_request", "params": {"connection": "crm", "url": "leads"}}))

    with pytest.raises(ConflictError):
        connections.delete(Connection.objects.get(name="crm"))
