"""What operators may do in the admin: decide about actions, and cancel runs."""

from collections.abc import Sequence
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import User
from django.contrib.messages import get_messages
from django.test import Client

from core import tenancy
from core.models import Role, Workspace, WorkspaceRow
from core.services import secrets, workspaces
from tests import runner
from tests.runner import outputs, states
from tests.workflows.asking import action_of, asking, make_unknown, started, step
from workflows.models import ActionRun, Run

pytestmark = pytest.mark.django_db

ACTIONS, RUNS = "/admin/workflows/actionrun/", "/admin/workflows/run/"
UNKNOWN = {"id": "send", "type": "test_once", "params": {}, "run_at": "2999-01-01"}


def staff(role: Role, *of: Workspace) -> Client:
    """One of the staff, with this role in these workspaces."""
    user = User.objects.create_user("ada", is_staff=True)
    for workspace in of:
        workspaces.add_member(workspace, user=user, role=role)
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def operator(workspace: Workspace, other_workspace: Workspace) -> Client:
    return staff(Role.OPERATOR, workspace, other_workspace)


def act(client: Client, url: str, action: str, rows: Sequence[WorkspaceRow], **form: str) -> Any:
    return client.post(url, {"action": action, "_selected_action": [str(row.pk) for row in rows], **form})


def confirm(client: Client, url: str, action: str, *rows: WorkspaceRow, comment: str = "") -> list[str]:
    """The messages that wait to be shown once the action was confirmed."""
    answer = act(client, url, action, rows, confirmed="yes", comment=comment)
    assert answer.status_code == 302
    return [str(message) for message in get_messages(answer.wsgi_request)]


@pytest.mark.parametrize(
    ("action", "title", "decision"), [("approve", "Approve", "approved"), ("reject", "Reject", "rejected")]
)
def test_an_approval_is_decided(operator: Client, workspace: Workspace, action: str, title: str, decision: str) -> None:
    run = started(workspace, asking())

    said = confirm(operator, ACTIONS, action, action_of(run, "ask"), comment="well")

    assert said == [f"{title}: done for 1 of 1."]
    runner.drain()
    assert outputs(run)["ask"] == {"decision": decision, "comment": "well", "by": "user ada"}
    assert LogEntry.objects.get().change_message == f"{title}. well"


@pytest.mark.parametrize(("action", "status"), [("confirm", "completed"), ("skip", "skipped"), ("resend", "queued")])
def test_what_became_of_an_action_is_decided(operator: Client, workspace: Workspace, action: str, status: str) -> None:
    row = make_unknown(action_of(run := started(workspace, UNKNOWN), "send"))

    said = confirm(operator, ACTIONS, action, row)

    assert [text.partition(": ")[2] for text in said] == ["done for 1 of 1."]
    assert states(run) == {"send": status}


def test_a_run_with_too_many_actions_for_a_page_leads_to_their_list(
    operator: Client, workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = started(workspace, step("one"), step("two"))
    page = f"{RUNS}{run.pk}/change/"
    assert b"shown_error" in operator.get(page).content.partition(b"inline-group")[2]

    monkeypatch.setattr("workflows.admin.runs.MAX_SHOWN", 1)

    found = operator.get(page).content
    assert b"inline-group" not in found
    link = f"{ACTIONS}?q={run.pk}"
    assert f'href="{link}">2</a>'.encode() in found
    assert b"2 action runs" in operator.get(link).content


def test_nothing_is_decided_before_it_is_confirmed(operator: Client, workspace: Workspace) -> None:
    run = started(workspace, asking(), step("after"))
    rows = [action_of(run, key) for key in ("ask", "after")]

    page = act(operator, ACTIONS, "approve", rows)

    text = page.content.decode()
    assert page.status_code == 200
    assert [f"/admin/workflows/actionrun/{row.pk}/change/" in text for row in rows] == [True, True]
    assert ("ask (waiting)" in text, 'name="comment"' in text) == (True, True)
    assert text.count("this is not to be decided about it") == 1
    assert states(run) == {"ask": "waiting", "after": "pending"}


def test_what_cannot_be_decided_is_told_and_stops_nothing_else(
    operator: Client, workspace: Workspace, other_workspace: Workspace
) -> None:
    runs = [started(workspace, asking()), started(other_workspace, asking())]
    unknown = make_unknown(action_of(other := started(workspace, UNKNOWN, name="Other", type_="a.b"), "send"))
    log = action_of(started(workspace, step("log"), name="Log", type_="c.d"), "log")

    said = confirm(operator, ACTIONS, "approve", *[action_of(run, "ask") for run in runs], unknown, log)

    assert sorted(said) == [
        "Approve: done for 2 of 4.",
        "log (completed): There is nothing to decide: the action is completed.",
        "send (needs_decision): This is no decision. Expected one of confirm, resend, skip; not 'approved'.",
    ]
    runner.drain()
    assert [states(run) for run in (*runs, other)] == [*[{"ask": "completed"}] * 2, {"send": "needs_decision"}]


def test_deciding_twice_is_refused(operator: Client, workspace: Workspace) -> None:
    row = action_of(started(workspace, asking()), "ask")
    confirm(operator, ACTIONS, "approve", row)

    said = confirm(operator, ACTIONS, "reject", row)

    assert said[1:] == ["ask (queued): This was decided already: approved, by user ada."]


@pytest.mark.parametrize("url", [ACTIONS, RUNS])
def test_who_may_only_look_at_rows_decides_about_none(workspace: Workspace, url: str) -> None:
    run = started(workspace, asking())
    viewer, row = staff(Role.VIEWER, workspace), action_of(run, "ask") if url == ACTIONS else run
    action = "approve" if url == ACTIONS else "cancel"

    answers = [act(viewer, url, action, [row], **form) for form in ({}, {"confirmed": "yes"})]

    assert viewer.get(url).status_code == 200
    assert f'value="{action}"' not in viewer.get(url).content.decode()
    assert [answer.status_code for answer in answers] == [200, 200]
    assert states(run) == {"ask": "waiting"}


def test_runs_are_cancelled_and_say_by_whom(operator: Client, workspace: Workspace, other_workspace: Workspace) -> None:
    runs = [started(workspace, asking()), started(other_workspace, asking())]
    ended = started(workspace, step("x"), name="Ended", type_="a.b")

    page = act(operator, RUNS, "cancel", runs)
    said = confirm(operator, RUNS, "cancel", *runs, ended, comment="a mistake")

    assert all(str(run.pk) in page.content.decode() for run in runs)
    assert sorted(said) == [
        f"{ended.pk}: The run has completed already; there is nothing to cancel.",
        "Cancel: done for 2 of 3.",
    ]
    assert [states(run) for run in runs] == [{"ask": "cancelled"}] * 2
    with tenancy.unscoped("the test looks at both workspaces"):
        errors = {run.error["message"] for run in Run.objects.filter(status="cancelled") if run.error}
    assert errors == {"Cancelled by user ada: a mistake"}


def test_a_comment_that_is_too_long_is_asked_for_again(operator: Client, workspace: Workspace) -> None:
    run = started(workspace, asking())

    page = act(operator, ACTIONS, "approve", [action_of(run, "ask")], confirmed="yes", comment="x" * 10_001)

    assert (page.status_code, "at most 10000 characters" in page.content.decode()) == (200, True)
    assert states(run) == {"ask": "waiting"}


def test_more_than_a_hundred_at_once_are_refused(operator: Client, workspace: Workspace) -> None:
    run = started(workspace, {**asking(), "for_each": {"items": list(range(101)), "max_parallel": 101}})
    with tenancy.scope(workspace.pk):
        rows = list(ActionRun.objects.filter(run=run))

    assert confirm(operator, ACTIONS, "approve", *rows) == ["Select at most 100 at once; nothing was done."]
    assert set(states(run).values()) == {"waiting"}


@pytest.mark.parametrize(
    ("wanted", "keys"),
    [("person", {"ask", "send"}), ("anything", {"ask", "send", "wait"}), ("", {"ask", "send", "wait", "x"})],
)
def test_what_waits_for_people_is_found(operator: Client, workspace: Workspace, wanted: str, keys: set[str]) -> None:
    wait = {"id": "wait", "type": "delay", "params": {"seconds": 60}, "needs": []}
    run = started(workspace, step("x"), asking(), wait, {**UNKNOWN, "needs": []})
    make_unknown(action_of(run, "send"))

    answer = operator.get(ACTIONS, {"waits_for": wanted} if wanted else {})

    assert {row.key for row in answer.context["cl"].result_list} == keys


def test_the_pages_say_what_is_waited_for_and_hide_secrets(operator: Client, workspace: Workspace) -> None:
    with tenancy.scope(workspace.pk):
        secrets.put(name="word", value="hunter22")
    wait = {"event": "a.b", "correlation": {"order": "{{ order }}"}}
    run = started(
        workspace,
        {"id": "wait", "type": "wait_for_event", "params": wait},
        asking(message="Is it {{ secrets.word }}?") | {"needs": []},
        data={"order": 7},
    )
    rows = [action_of(run, key) for key in ("wait", "ask")]

    pages = [operator.get(f"{ACTIONS}{row.pk}/change/").content.decode() for row in rows]
    pages += [operator.get(url).content.decode() for url in (ACTIONS, f"{RUNS}{run.pk}/change/")]

    assert ("event_type&quot;: &quot;a.b" in pages[0], "Is it {{ secrets.word }}?" in pages[1]) == (True, True)
    assert not any("hunter22" in page for page in pages)


def test_runs_and_actions_lead_to_those_around_them(operator: Client, workspace: Workspace) -> None:
    below = started(workspace, asking(), name="Below", type_="below.called")
    call = {"id": "call", "type": "workflow", "params": {"workflow": "Below"}}
    run = started(
        workspace, call, {"id": "both", "type": "parallel", "branches": {"a": [asking("inner")]}, "needs": []}
    )
    with tenancy.scope(workspace.pk):
        child = Run.objects.exclude(pk=below.pk).get(parent__run=run)
    url = {name: f"{ACTIONS}{action_of(run, name).pk}/change/" for name in ("call", "both", "inner")}
    url |= {"run": f"{RUNS}{run.pk}/change/", "child": f"{RUNS}{child.pk}/change/"}

    pages = {name: operator.get(each).content.decode() for name, each in url.items()}

    found = {(name, other) for name, text in pages.items() for other, each in url.items() if f'href="{each}"' in text}
    assert found >= {
        ("run", "child"), ("call", "child"), ("child", "call"), ("both", "inner"), ("inner", "both"), ("call", "run"),
    }  # fmt: skip
