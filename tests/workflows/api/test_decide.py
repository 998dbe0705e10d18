"""Decisions of people over HTTP."""

from typing import Any

import pytest
from rest_framework.test import APIClient

from core.models import Role, Workspace
from tests import races, runner
from tests.conftest import ClientFor
from tests.envelopes import refused
from tests.runner import outputs, states
from tests.workflows.api.conftest import Flow
from tests.workflows.asking import action_of, asking, make_unknown, step
from workflows.models import ActionRun

pytestmark = pytest.mark.django_db

UNKNOWN = {"id": "send", "type": "test_once", "params": {}, "run_at": "2999-01-01"}


def url(row: ActionRun) -> str:
    return f"/api/v1/workflow-runs/{row.run_id}/actions/{row.pk}/decide/"


def decide(client: APIClient, row: ActionRun, decision: str, **body: Any) -> Any:
    return client.post(url(row), {"decision": decision, **body}, format="json")


@pytest.mark.parametrize(("decision", "taken", "left"), [("approved", "yes", "no"), ("rejected", "no", "yes")])
def test_an_approval_is_decided_and_the_run_goes_on(
    api: APIClient, flow: Flow, decision: str, taken: str, left: str
) -> None:
    run = flow(asking(), step("yes", needs=["ask.approved"]), step("no", needs=["ask.rejected"]))

    answer = decide(api, action_of(run, "ask"), decision, comment="well")

    assert answer.status_code == 200
    assert answer.json() == api.get(f"/api/v1/workflow-runs/{run.pk}/").json()
    runner.drain()
    assert states(run) == {"ask": "completed", taken: "completed", left: "skipped"}
    (by,) = {outputs(run)["ask"].pop("by")}
    assert outputs(run)["ask"] == {"decision": decision, "comment": "well", "by": by}
    assert by.startswith("key ")


@pytest.mark.parametrize(
    ("decision", "send", "after"), [("confirm", "completed", "completed"), ("skip", "skipped", "skipped")]
)
def test_a_person_says_what_became_of_an_action(
    api: APIClient, flow: Flow, decision: str, send: str, after: str
) -> None:
    row = make_unknown(action_of(run := flow(UNKNOWN, step("after")), "send"))

    answer = decide(api, row, decision, comment="looked it up")

    shown = answer.json()["actions"][0]
    assert (answer.status_code, shown["status"], shown["error"]) == (200, send, None)
    assert shown["output"]["decided"]["comment"] == "looked it up"
    runner.drain()
    assert states(run) == {"send": send, "after": after}


def test_an_action_is_done_again(api: APIClient, flow: Flow) -> None:
    row = make_unknown(action_of(run := flow(UNKNOWN, step("after")), "send"))

    answer = decide(api, row, "resend")

    assert (answer.status_code, answer.json()["actions"][0]["status"]) == (200, "queued")
    runner.drain()
    assert states(run) == {"send": "completed", "after": "completed"}


def test_the_items_of_a_list_are_decided_one_by_one(api: APIClient, flow: Flow) -> None:
    run = flow({**asking(), "for_each": {"items": [1, 2], "max_parallel": 2}}, step("after"))

    refused_ = decide(api, action_of(run, "ask"), "approved")
    answers = [decide(api, action_of(run, "ask", item), "approved").status_code for item in "01"]

    assert refused_.json()["detail"] == "This is done for each item of a list: decide about its items, one by one."
    assert (refused_.status_code, answers) == (409, [200, 200])
    runner.drain()
    assert set(states(run).values()) == {"completed"}


@pytest.mark.parametrize("decision", ["maybe", "confirm", "Approved", ""])
def test_a_word_that_is_no_decision_is_refused(api: APIClient, flow: Flow, decision: str) -> None:
    run = flow(asking())

    problems = refused(decide(api, action_of(run, "ask"), decision), status=400, code="invalid")

    message = f"Expected one of approved, rejected; not {decision!r}."
    assert problems == [{"path": "/decision", "code": "invalid", "message": message}]
    assert states(run) == {"ask": "waiting"}


@pytest.mark.parametrize("body", [{}, {"decision": 1}, {"decision": "approved", "by": "me"}], ids=str)
def test_a_body_that_says_something_else_is_refused(api: APIClient, flow: Flow, body: dict[str, Any]) -> None:
    run = flow(asking())

    answer = api.post(url(action_of(run, "ask")), body, format="json")

    assert refused(answer, status=400, code="invalid")
    assert states(run) == {"ask": "waiting"}


def test_an_approval_is_decided_once(api: APIClient, flow: Flow) -> None:
    run = flow(asking())
    row = action_of(run, "ask")
    answers = [decide(api, row, "approved"), decide(api, row, "rejected")]
    runner.drain()
    answers.append(decide(api, row, "approved"))

    assert [answer.status_code for answer in answers] == [200, 409, 409]
    by = outputs(run)["ask"]["by"]
    assert {answer.json()["detail"] for answer in answers[1:]} == {f"This was decided already: approved, by {by}."}
    assert outputs(run)["ask"]["decision"] == "approved"


def test_what_became_of_an_action_is_decided_once(api: APIClient, flow: Flow) -> None:
    row = make_unknown(action_of(run := flow(UNKNOWN), "send"))

    answers = [decide(api, row, decision) for decision in ("skip", "confirm")]

    by = outputs(run)["send"]["decided"]["by"]
    assert [answer.status_code for answer in answers] == [200, 409]
    assert answers[1].json()["detail"] == f"This was decided already: skip, by {by}."
    assert states(run) == {"send": "skipped"}


@pytest.mark.parametrize(
    ("key", "status"), [("later", "waiting"), ("first", "completed"), ("ask", "pending"), ("asked", "waiting")]
)
@pytest.mark.parametrize("decision", ["approved", "confirm"])
def test_where_nothing_is_asked_there_is_nothing_to_decide(
    api: APIClient, flow: Flow, key: str, status: str, decision: str
) -> None:
    later, asked = step("later", run_at="2999-01-01"), {**asking("asked"), "run_at": "2999-01-01", "needs": []}
    run = flow(step("first"), later, asking(), asked)
    before = states(run)

    answer = decide(api, action_of(run, key), decision)

    assert (answer.status_code, answer.json()["code"]) == (409, "conflict")
    assert answer.json()["detail"] == f"There is nothing to decide: the action is {status}."
    assert states(run) == before


def test_an_approval_that_has_expired_is_not_decided(api: APIClient, flow: Flow) -> None:
    run = flow(asking(expires_seconds=60))
    runner.pass_time(seconds=60)
    runner.drain()

    answer = decide(api, action_of(run, "ask"), "approved")

    assert (answer.status_code, answer.json()["detail"]) == (
        409,
        "There is nothing to decide: the action is completed.",
    )


@pytest.mark.parametrize(("role", "status"), [(Role.VIEWER, 403), (Role.OPERATOR, 200), (Role.EDITOR, 200)])
def test_operators_decide(client_for: ClientFor, workspace: Workspace, flow: Flow, role: Role, status: int) -> None:
    run = flow(asking())

    answer = decide(client_for(workspace, role), action_of(run, "ask"), "approved")

    assert answer.status_code == status
    assert states(run) == {"ask": "waiting" if status == 403 else "queued"}


def test_an_action_of_another_workspace_or_of_another_run_does_not_exist(
    client_for: ClientFor, api: APIClient, other_workspace: Workspace, flow: Flow
) -> None:
    row = action_of(first := flow(asking()), "ask")
    second = flow(step("x"), name="Other", type_="deal.won")
    urls = [
        f"/api/v1/workflow-runs/{second.pk}/actions/{row.pk}/decide/",
        f"/api/v1/workflow-runs/{first.pk}/actions/{first.pk}/decide/",
        f"/api/v1/workflow-runs/{row.pk}/actions/{row.pk}/decide/",
        f"/api/v1/workflow-runs/{first.pk}/actions/nonsense/decide/",
    ]

    answers = [api.post(each, {"decision": "approved"}, format="json") for each in urls]
    answers.append(decide(client_for(other_workspace), row, "approved"))

    assert [answer.status_code for answer in answers] == [404] * 5
    assert states(first) == {"ask": "waiting"}


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("action", "decisions"), [(asking(), ("approved", "rejected")), (UNKNOWN, ("confirm", "skip"))]
)
def test_of_many_who_decide_at_once_one_does(
    client_for: ClientFor, workspace: Workspace, flow: Flow, action: dict[str, Any], decisions: tuple[str, str]
) -> None:
    run = flow(action)
    row = action_of(run, action["id"])
    if action is UNKNOWN:
        make_unknown(row)
    clients = [client_for(workspace, Role.OPERATOR) for _ in range(6)]

    answers = races.at_once(lambda number: decide(clients[number], row, decisions[number % 2]), threads=6)

    assert sorted(answer.status_code for answer in answers) == [200] + [409] * 5
    winner = next(number for number, answer in enumerate(answers) if answer.status_code == 200)
    runner.drain()
    output = outputs(run)[action["id"]]
    assert (output.get("decided") or output)["decision"] == decisions[winner % 2]
    assert {answer.json()["detail"] for answer in answers if answer.status_code == 409} == {
        f"This was decided already: {decisions[winner % 2]}, by {(output.get('decided') or output)['by']}."
    }
