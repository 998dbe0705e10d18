"""Who is told of what: a row for each, written with the change, and none for what has no policy."""

from collections import Counter
from unittest.mock import Mock, patch

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from core import tenancy
from core.models import Workspace
from tests import factories, runner
from tests.workflows.services.notifications.conftest import Flow, again, policy, rows, trying
from triggers.services import matching
from workflows.models import ActionRun, NotificationDelivery, Run
from workflows.services import decisions, execution, statements
from workflows.services.notifications import telling

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("both_modes")]

ALL = ["ON_READY", "ON_STARTED", "ON_COMPLETED", "ON_FAILED", "ON_RETRY", "ON_NEEDS_DECISION"]


def told() -> list[str]:
    """What people are told, in order."""
    return [f"{row.action_run.key if row.action_run else 'run'} {row.trigger}" for row in rows()]


def every() -> list[dict[str, str]]:
    return [policy(trigger) for trigger in ALL]


def test_an_action_that_completes_is_told_from_ready_to_completed(flow: Flow) -> None:
    flow(trying(*every()))

    assert told() == ["try ON_READY", "try ON_STARTED", "try ON_COMPLETED"]


def test_an_instant_action_and_those_that_follow_are_told_of_too(flow: Flow) -> None:
    flow(
        factories.log_event("x", id="a", notifications=every()),
        factories.log_event("x", id="b"),
        trying(*every()),
        factories.log_event("x", id="c", notifications=every()),
    )

    expected = [f"{key} {trigger}" for key in ("a", "try", "c") for trigger in ALL[:3]]
    assert sorted(told()) == sorted(expected)


def test_each_try_that_is_followed_by_another_is_told_and_failing_once(flow: Flow) -> None:
    flow(trying(*every(), succeed_on_attempt=0, retry={"max_attempts": 3, "initial_seconds": 0}))

    found = Counter(told())
    assert found == {"try ON_READY": 1, "try ON_STARTED": 1, "try ON_RETRY": 2, "try ON_FAILED": 1}
    assert [row.occurrence for row in rows(trigger="ON_RETRY")] == [1, 2]
    assert rows(trigger="ON_FAILED")[0].about["error"] == {"code": "test", "message": "attempt 3 failed"}


def test_a_policy_of_the_workflow_is_about_the_run_and_about_decisions_and_retries_of_any_action(flow: Flow) -> None:
    flow(trying(succeed_on_attempt=0), settings={"notifications": every()})

    assert Counter(told()) == {"run ON_READY": 1, "run ON_STARTED": 1, "try ON_RETRY": 1, "run ON_FAILED": 1}


def test_a_run_that_completes_is_told_once(flow: Flow) -> None:
    run = flow(factories.log_event("x"), factories.log_event("y"), settings={"notifications": every()})

    assert told() == ["run ON_READY", "run ON_STARTED", "run ON_COMPLETED"]
    assert run.status == "completed"


def test_an_approval_asks_once_and_is_completed_by_its_decision(flow: Flow, workspace: Workspace) -> None:
    run = flow({"id": "ask", "type": "approval", "params": {"message": "Pay?"}, "notifications": every()})
    with tenancy.scope(workspace.pk):
        decisions.decide(ActionRun.objects.get(run=run), "approved", comment="", by="Ada")
        execution.execute(ActionRun.objects.get(run=run).pk)

    assert Counter(told()) == {f"ask {trigger}": 1 for trigger in ("ON_READY", "ON_STARTED", "ON_NEEDS_DECISION")} | {
        "ask ON_COMPLETED": 1
    }


def test_of_a_loop_the_whole_is_told_and_of_its_items_their_retries(flow: Flow) -> None:
    loop = {"for_each": {"items": [1, 2], "on_failure": "collect"}}
    flow(trying(*every(), succeed_on_attempt=0, **loop))

    assert Counter(told()) == {"try ON_READY": 1, "try ON_STARTED": 1, "try ON_RETRY": 2, "try ON_FAILED": 1}


def test_a_container_is_told_of_like_its_body(flow: Flow) -> None:
    inner = factories.log_event("x", id="inner", notifications=[policy("ON_COMPLETED")])
    flow({"id": "p", "type": "parallel", "params": {"branches": {"a": [inner]}}, "notifications": every()})

    assert Counter(told()) == {**{f"p {trigger}": 1 for trigger in ALL[:3]}, "inner ON_COMPLETED": 1}


def test_each_address_and_each_policy_gets_a_row(flow: Flow) -> None:
    flow(trying(policy("ON_COMPLETED", to=["a@example.com", "b@example.com"]), policy("ON_COMPLETED", id="mine")))

    assert [(row.policy, row.place) for row in rows()] == [("try/n1", 0), ("try/n1", 1), ("try/mine", 0)]


def test_what_is_recorded_twice_is_told_once(flow: Flow, workspace: Workspace) -> None:
    run = flow(trying(*every()))
    before = told()
    with tenancy.scope(workspace.pk):
        row = ActionRun.objects.get(run=run)

    execution.execute(row.pk)
    with tenancy.scope(workspace.pk):
        fresh = NotificationDelivery.objects.first()
        assert fresh is not None
        fresh.pk = None
        NotificationDelivery.objects.bulk_create([fresh], ignore_conflicts=True)

    assert told() == before


def test_a_change_that_is_rolled_back_tells_nobody(
    flow: Flow, workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    factories.published(workspace, factories.definition(trying(policy("ON_COMPLETED"))))

    def crash(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(telling, "hint", crash)
        with pytest.raises(KeyboardInterrupt):
            again(workspace)

    assert rows() == []
    with tenancy.scope(workspace.pk):
        assert ActionRun.objects.get().status == "running"


def test_a_workflow_whose_policies_are_of_other_triggers_asks_the_database_no_more(workspace: Workspace) -> None:
    plain = [factories.log_event("x", id="a"), trying(), factories.log_event("y", id="c")]
    quiet = [policy("ON_FAILED"), policy("ON_RETRY"), policy("ON_NEEDS_DECISION")]
    quieter = [{**each, "notifications": quiet} for each in plain]

    expected = statements_of(workspace, plain, name="Plain", type_="plain")
    found = statements_of(workspace, quieter, name="Telling", type_="telling")

    assert found == expected


def statements_of(workspace: Workspace, actions: list[dict[str, object]], *, name: str, type_: str) -> tuple[int, int]:
    """How many statements one run takes, when everything is cached."""
    factories.published(workspace, factories.definition(*actions, name=name, trigger=type_))
    counts = []
    for _ in range(2):
        event = factories.event(workspace, type_)
        raw = Mock(wraps=statements.one)  # these go around Django's cursor
        with CaptureQueriesContext(connection) as queries, patch.object(statements, "one", raw):
            matching.match(event.pk)
            runner.drain()
        counts.append((len(queries), raw.call_count))
    with tenancy.scope(workspace.pk):
        assert Run.objects.filter(status="completed", workflow__name=name).count() == 2
    return counts[-1]
