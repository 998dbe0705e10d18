from typing import Any

import pytest

from core import tenancy
from core.models import Workspace
from tests import factories
from tests.workflows.services.rehearsal import scripts
from workflows.services.rehearsal import rehearsing
from workflows.services.rehearsal.report import Performed, Report
from workflows.services.rehearsal.script import Pin

pytestmark = pytest.mark.django_db

Json = dict[str, Any]

SAY = {"id": "say", **factories.log_event("{{ actions.wait.status }}")}
WAIT = {
    "id": "wait",
    "type": "wait_for_event",
    "params": {"event": "order.paid", "correlation": {"order.id": "{{ id }}"}, "timeout_seconds": 60},
}


def rehearsed(workspace: Workspace, *actions: Json, data: Json | None = None, **changes: Any) -> Report:
    script = scripts.of_actions(workspace, *actions, data=data, **changes)
    with tenancy.scope(workspace.pk):
        return rehearsing.rehearse(script)


def of(found: Report, key: str) -> Performed:
    return next(each for each in found.actions if each.action == key)


def paid(order: str) -> Json:
    return {"wait": {"event": {"type": "order.paid", "data": {"order": {"id": order}}}}}


@pytest.mark.parametrize(
    ("answers", "source", "ports"),
    [
        ({}, "assumed", ("done",)),
        (paid("o-1"), "answer", ("done",)),
        (paid("o-2"), "computed", ("timeout",)),  # another order's: nobody answers, and the time passes
        ({"wait": "timeout"}, "computed", ("timeout",)),
    ],
)
def test_a_wait_is_passed_at_once(workspace: Workspace, answers: Json, source: str, ports: tuple[str, ...]) -> None:
    found = rehearsed(workspace, WAIT, data={"id": "o-1"}, answers=answers)

    wait = of(found, "wait")
    assert (found.status, wait.source, wait.ports) == ("completed", source, ports)
    assert wait.waits_for is not None
    assert wait.waits_for["event_type"] == "order.paid"


def test_a_pinned_error_is_tried_again_and_handled_as_in_a_run(workspace: Workspace) -> None:
    call = {"id": "call", "type": "http_request", "params": {"url": "https://api.example.com/"},
            "retry": {"max_attempts": 3}}  # fmt: skip
    handle = {"id": "handle", "needs": ["call.error"], **factories.log_event("{{ actions.call.error.code }}")}
    pin = Pin(error={"code": "timeout", "message": "too slow", "is_retryable": True})

    found = rehearsed(workspace, call, handle, pins={"call": pin})

    assert (of(found, "call").attempts, of(found, "call").status, of(found, "call").ports) == (3, "failed", ("error",))
    assert (of(found, "handle").output or {})["message"] == "timeout"
    assert found.status == "completed"


def test_what_is_undone_when_a_run_fails_is_shown(workspace: Workspace) -> None:
    book = {"id": "book", **factories.log_event("book"), "undo": factories.log_event("undo")}
    fail = {"id": "fail", "type": "fail", "params": {"message": "no"}}

    found = rehearsed(workspace, book, fail)

    assert (found.status, (found.error or {})["action"]) == ("failed", "fail")
    assert [(each.action, each.status) for each in found.actions] == [
        ("book", "completed"), ("fail", "failed"), ("book.undo", "completed"),
    ]  # fmt: skip


def test_a_long_loop_is_bounded_in_turns(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rehearsing, "MAX_TURNS", 20)
    each = {"id": "each", **factories.log_event("{{ item }}"), "for_each": {"items": list(range(100))}}

    found = rehearsed(workspace, each)

    assert (found.status, found.stopped_by) == ("stopped", "limit")
    assert len(found.actions) == 20


def test_a_test_is_bounded_in_time_and_in_rows(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rehearsing, "MAX_ROWS", 20)
    each = {"id": "each", **factories.log_event("{{ item }}"), "for_each": {"items": list(range(100))}}
    script = scripts.of_actions(workspace, each)
    with tenancy.scope(workspace.pk):
        found, late = rehearsing.rehearse(script), rehearsing.rehearse(script, max_seconds=-1)

    assert (of(found, "each").error or {})["code"] == "too_many_actions"
    assert (late.status, late.stopped_by, late.actions) == ("stopped", "limit", ())


def test_a_run_of_another_workflow_comes_to_what_it_has_to_return(workspace: Workspace) -> None:
    factories.published(workspace, factories.definition(name="Child", trigger="manual"))
    start = {"id": "start", "type": "workflow",
             "params": {"workflow": "child", "data": {"n": 1}, "returns": {"total": "number"}}}  # fmt: skip

    found = rehearsed(workspace, start)
    pinned = rehearsed(workspace, {**start, "id": "other"}, name="Other", pins={"other": Pin({"output": {"total": 9}})})

    assert of(found, "start").would == {"workflow": "child", "data": {"n": 1}}
    assert ((of(found, "start").output or {})["output"], of(found, "start").source) == ({"total": 1}, "sample")
    assert of(pinned, "other").output == {"output": {"total": 9}}
