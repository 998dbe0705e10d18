"""Events that actions send: stored with the outcome of the action, once."""

from collections.abc import Callable
from typing import Any

import pytest
import redis

from actions.base import ActionCall, ActionResult, EmittedEvent
from core import tenancy
from core.errors import InvalidError
from core.models import Workspace
from core.services import secrets
from tests import broker, factories, runner
from tests.action_types import Counted, CountedParams
from tests.workflows.flows.test_crash_points import MAX_STATEMENTS, crash_after, finish, recover, start
from triggers.models import Event
from triggers.services import matching
from workflows.models import ActionRun, Run
from workflows.services import execution

pytestmark = pytest.mark.django_db


def emit(**params: Any) -> dict[str, Any]:
    return {"id": "tell", "type": "emit_event", "params": {"type": "lead.told", **params}}


def sent(workspace: Workspace) -> list[Event]:
    with tenancy.scope(workspace.pk):
        return list(Event.objects.exclude(type="lead.created").order_by("id"))


def run_of(workspace: Workspace, *actions: dict[str, Any], **changes: Any) -> Run:
    factories.published(workspace, factories.definition(*actions, **changes))
    run = start(workspace)
    runner.drain(run)
    with tenancy.scope(workspace.pk):
        run.refresh_from_db()
    return run


@pytest.mark.parametrize("is_last", [True, False])
def test_the_event_is_stored_with_the_run_that_sent_it(workspace: Workspace, is_last: bool) -> None:
    after = [] if is_last else [factories.log_event("{{ actions.tell.output.id }}")]
    run = run_of(workspace, emit(data={"n": "{{ n }}"}, subject="lead {{ n }}"), *after)

    [event] = sent(workspace)
    with tenancy.scope(workspace.pk):
        key = str(ActionRun.objects.get(run=run, key="tell").pk)
    assert (event.type, event.data, event.subject) == ("lead.told", {"n": 1}, "lead 1")
    assert (event.event_id, event.source) == (key, "workflow/greet")
    assert (event.cause_run, event.depth, event.is_public) == (run.pk, 1, True)
    assert (run.status, runner.outputs(run)["tell"]) == ("completed", {"id": key, "type": "lead.told"})


def test_every_item_of_a_loop_sends_an_event_of_its_own(workspace: Workspace) -> None:
    each = {**emit(data={"item": "{{ item }}"}), "for_each": {"items": [1, 2, 3]}}

    run_of(workspace, each)

    assert sorted(event.data["item"] for event in sent(workspace)) == [1, 2, 3]


def test_an_id_that_is_given_is_accepted_once(workspace: Workspace) -> None:
    factories.published(workspace, factories.definition(emit(id="lead-{{ n }}")))
    for _ in range(2):
        assert finish(start(workspace))["status"] == "completed"

    assert [event.event_id for event in sent(workspace)] == ["lead-1"]


def test_the_next_workflow_starts_and_its_events_are_deeper(workspace: Workspace) -> None:
    second = {"name": "Second", "trigger": {"type": "lead.told"}, "actions": [emit(type="lead.told_again")]}
    factories.published(workspace, second)
    run_of(workspace, emit())

    matching.match(sent(workspace)[0].pk)
    runner.drain()

    assert [(event.type, event.depth) for event in sent(workspace)] == [("lead.told", 1), ("lead.told_again", 2)]


def test_a_run_that_is_called_is_as_deep_as_its_caller(workspace: Workspace) -> None:
    factories.published(workspace, {"name": "Called", "trigger": "nobody.sends", "actions": [emit()]})
    run_of(workspace, {"id": "call", "type": "workflow", "params": {"workflow": "Called"}})
    runner.drain()

    assert [(event.type, event.depth) for event in sent(workspace)] == [("workflow.called", 0), ("lead.told", 1)]


def test_the_event_is_hinted_when_the_action_is_recorded(
    workspace: Workspace, committed: Callable[..., Any], empty_broker: redis.Redis
) -> None:
    factories.published(workspace, factories.definition(emit()))
    run = start(workspace)
    empty_broker.flushdb()
    with committed(execute=True):
        runner.drain(run)

    hinted = [message.args for message in broker.messages(empty_broker, "events")]
    assert hinted == [[[str(sent(workspace)[0].pk)]]]


def test_a_crash_after_any_statement_sends_the_event_once(workspace: Workspace) -> None:
    actions = [{"id": "a", "type": "test_counted", "params": {"name": "a"}}, emit(), factories.log_event("after")]
    factories.published(workspace, factories.definition(*actions))

    for number in range(MAX_STATEMENTS):
        run = start(workspace)
        with crash_after(number) as has_crashed:
            finish(run)
        is_over = not has_crashed()
        recover(run)
        assert finish(run)["status"] == "completed"
        causes = [event.cause_run for event in sent(workspace)]
        assert causes.count(run.pk) == 1, f"after statement {number}"
        if is_over:
            assert number > 5
            return
    raise AssertionError("the run has more statements than are tried")


def test_a_lost_claim_sends_nothing(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    def perform(self: Counted, params: CountedParams, call: ActionCall) -> ActionResult:
        ActionRun.objects.filter(pk=call.idempotency_key).update(attempt=7)  # somebody else has it by now
        return ActionResult(events=(EmittedEvent("lead.told"),))

    monkeypatch.setattr(Counted, "perform", perform)
    run_of(workspace, {"id": "a", "type": "test_counted", "params": {"name": "a"}})

    assert sent(workspace) == []


def test_several_events_of_a_plugin_have_ids_of_their_own(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    events = (EmittedEvent("lead.told"), EmittedEvent("lead.told"), EmittedEvent("lead.told", id="x", source="y"))
    monkeypatch.setattr(Counted, "perform", lambda *_: ActionResult(events=events))

    run = run_of(workspace, {"id": "a", "type": "test_counted", "params": {"name": "a"}})

    with tenancy.scope(workspace.pk):
        key = str(ActionRun.objects.get(run=run).pk)
    assert [(event.source, event.event_id) for event in sent(workspace)] == [
        ("workflow/greet", key), ("workflow/greet", f"{key}:1"), ("y", "x")
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("params", "code"),
    [
        ({"type": "{{ word }}"}, "invalid"),
        ({"data": "{{ word }}"}, "invalid_parameters"),
        ({"data": {"x": "{{ long }}", "y": "{{ long }}"}}, "invalid"),
    ],
    ids=str,
)
def test_an_event_that_cannot_be_accepted_fails_the_action(
    workspace: Workspace, params: dict[str, Any], code: str
) -> None:
    factories.published(workspace, factories.definition(emit(**params)))
    event = factories.event(workspace, word="two words", long="x" * 140_000)
    matching.match(event.pk)
    runner.drain()

    with tenancy.scope(workspace.pk):
        [row] = ActionRun.objects.all()
    assert (row.status, (row.error or {})["code"]) == ("failed", code)
    assert sent(workspace) == []


def test_a_workflow_that_feeds_itself_is_refused(workspace: Workspace) -> None:
    with pytest.raises(InvalidError) as caught:
        factories.published(workspace, factories.definition(emit(), trigger={"type": "lead.*"}))

    assert [(problem.path, problem.code) for problem in caught.value.problems] == [
        ("/actions/0/params", "feeds_itself")
    ]


@pytest.mark.parametrize(
    ("params", "path", "code"),
    [
        ({"type": "two words"}, "/actions/0/params", "invalid_event_type"),
        ({"data": {"key": "{{ secrets.token }}"}}, "/actions/0/params/data/key", "secret_not_allowed"),
    ],
    ids=str,
)
def test_what_can_be_known_to_be_wrong_is_refused(
    workspace: Workspace, params: dict[str, Any], path: str, code: str
) -> None:
    with tenancy.scope(workspace.pk):
        secrets.put(name="token", value="s3cr3t-value")
    with pytest.raises(InvalidError) as caught:
        factories.published(workspace, factories.definition(emit(**params)))

    assert [(problem.path, problem.code) for problem in caught.value.problems] == [(path, code)]


def test_secrets_never_stand_in_an_event(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    def perform(self: Counted, params: CountedParams, call: ActionCall) -> ActionResult:
        return ActionResult(events=(EmittedEvent("lead.told", {"a": params.name}, subject=params.name),))

    with tenancy.scope(workspace.pk):
        secrets.put(name="token", value="s3cr3t-value")
    monkeypatch.setattr(Counted, "perform", perform)
    run_of(workspace, {"id": "a", "type": "test_counted", "params": {"name": "{{ secrets.token }}"}})

    [event] = sent(workspace)
    assert "s3cr3t" not in str(event.data) + event.subject


def test_executing_again_sends_nothing_more(workspace: Workspace) -> None:
    run = run_of(workspace, emit())
    with tenancy.scope(workspace.pk):
        [pk] = ActionRun.objects.filter(run=run).values_list("pk", flat=True)

    execution.execute(pk)

    assert len(sent(workspace)) == 1
