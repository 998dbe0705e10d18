"""Workspaces get their turns, whatever the others have queued."""

import json
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import timedelta
from uuid import UUID

import pytest
import redis
from django.db.models import F
from django.utils import timezone
from pytest_django import Settings

from actions.base import ActionResult
from core import backlogs, publish, tenancy
from core.models import Workspace
from tests import action_types, broker, factories
from triggers.services import matching
from workflows.models import ActionRun, Run, Workflow
from workflows.services import dispatching, execution, hinting, recovery, stopping

Committed = Callable[..., object]
WINDOW = 4


@pytest.fixture(autouse=True)
def window(settings: Settings, empty_broker: redis.Redis) -> None:
    settings.SEQUITUR_FAIR_WINDOW = WINDOW


@pytest.fixture
def everything() -> Iterator[None]:
    """The code of the test looks at all workspaces."""
    with tenancy.unscoped("tests look at everything"):
        yield


def start(workspace: Workspace, number: int, *, type_: str = "lead.created") -> list[UUID]:
    """Let so many events start their runs, in one transaction; returns the ids of the first actions."""
    with tenancy.scope(workspace.pk):
        events = [factories.event(workspace, type_).pk for _ in range(number)]
        matching.match_many(events)
        rows = ActionRun.objects.filter(run__event__in=events, position=0)
        return list(rows.order_by("id").values_list("pk", flat=True))


def work(client: redis.Redis, committed: Committed, *, at_most: int = 1000) -> list[ActionRun]:
    """Be a worker until no message is left; returns the actions that messages were about, in their order."""
    served: list[ActionRun] = []
    while len(served) < at_most and (message := broker.take(client, "actions")):
        pk = UUID(message.args[0])
        with tenancy.unscoped("tests look at everything"):
            served.append(ActionRun.objects.get(pk=pk))
        with committed(execute=True):  # type: ignore[attr-defined]
            rest = execution.execute(pk, chain=[UUID(args[0]) for _, args in message.then])
            publish.segment(hinting.EXECUTE_TASK, rest, queue=hinting.QUEUE)  # as Celery goes on with a chain
    return served


def waiting() -> list[tuple[bool, int | None]]:
    """Of all queued actions in their order: whether they have a message, and their priority in the backlog."""
    rows = ActionRun.objects.filter(status="queued").order_by("id").values_list("hinted_at", "queue_priority")
    return [(hinted_at is not None, priority) for hinted_at, priority in rows]


def test_what_is_beyond_the_window_waits_without_a_message(
    scope: Workspace, empty_broker: redis.Redis, committed: Committed
) -> None:
    factories.published(scope)

    with committed(execute=True):  # type: ignore[attr-defined]
        ids = start(scope, 10)

    assert [message.args for message in broker.messages(empty_broker, "actions")] == [[str(pk)] for pk in ids[:WINDOW]]
    assert waiting() == [(True, None)] * WINDOW + [(False, 0)] * 6


def test_the_first_message_of_a_workspace_overtakes_those_of_others(
    workspace: Workspace, other_workspace: Workspace, empty_broker: redis.Redis, committed: Committed
) -> None:
    for each in (workspace, other_workspace):
        factories.published(each)

    with committed(execute=True):  # type: ignore[attr-defined]
        first = start(workspace, 10)[0]
        other = start(other_workspace, 1)[0]
        start(other_workspace, 1)

    express = [json.loads(each) for each in empty_broker.lrange("actions_express", 0, -1)]
    assert [each["headers"]["argsrepr"] for each in reversed(express)] == [f"('{first}',)", f"('{other}',)"]
    assert empty_broker.llen("actions") == WINDOW - 1 + 1


def test_what_comes_later_waits_behind_what_waits_already(scope: Workspace, committed: Committed) -> None:
    factories.published(scope)
    start(scope, 5)
    ActionRun.objects.filter(hinted_at__isnull=False).update(status="completed", hinted_at=None)

    start(scope, 1)

    assert waiting() == [(False, 0), (False, 0)]


def test_without_windows_everything_has_a_message_at_once(
    scope: Workspace, empty_broker: redis.Redis, committed: Committed, settings: Settings
) -> None:
    settings.SEQUITUR_FAIR_WINDOW = 0
    factories.published(scope)

    with committed(execute=True):  # type: ignore[attr-defined]
        start(scope, 10)

    assert len(broker.messages(empty_broker, "actions")) == 10
    assert waiting() == [(True, None)] * 10


def test_a_long_action_after_an_instant_one_keeps_no_message_back(
    scope: Workspace, committed: Committed, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.RUN_FAST_FORWARD = True
    factories.published(scope, factories.definition(factories.log_event("1"), {"type": "test_trying"}))
    with committed(execute=True):  # type: ignore[attr-defined]
        first = start(scope, WINDOW + 2)
    ActionRun.objects.filter(pk__in=first[1:WINDOW]).update(status="completed", hinted_at=None)
    backlogs_seen: list[int] = []

    def looks(*_: object) -> ActionResult:
        backlogs_seen.append(ActionRun.objects.filter(queue_priority__isnull=False).count())
        return ActionResult()

    monkeypatch.setattr(action_types.Trying, "perform", looks)

    execution.execute(first[0])

    assert backlogs_seen == [0]


def test_a_backlog_is_worked_off_in_its_order_without_a_sweep(
    both_modes: bool, workspace: Workspace, everything: None, empty_broker: redis.Redis, committed: Committed
) -> None:
    factories.published(workspace, factories.definition(factories.log_event("1"), factories.log_event("2")))
    with committed(execute=True):  # type: ignore[attr-defined]
        ids = start(workspace, 21)

    served = work(empty_broker, committed)

    assert list(Run.objects.values_list("status", flat=True)) == ["completed"] * 21
    assert [row.pk for row in served if row.position == 0] == ids
    assert not ActionRun.objects.filter(queue_priority__isnull=False).exists()


def test_there_are_never_more_messages_than_the_window(
    both_modes: bool, workspace: Workspace, everything: None, empty_broker: redis.Redis, committed: Committed
) -> None:
    factories.published(workspace, factories.definition(factories.log_event("1"), factories.log_event("2")))
    with committed(execute=True):  # type: ignore[attr-defined]
        start(workspace, 20)

    lengths = []
    while work(empty_broker, committed, at_most=1):
        lengths.append(len(broker.messages(empty_broker, "actions")))

    assert max(lengths) == WINDOW


def test_two_workspaces_take_turns_whoever_was_first(
    both_modes: bool,
    workspace: Workspace,
    other_workspace: Workspace,
    everything: None,
    empty_broker: redis.Redis,
    committed: Committed,
) -> None:
    for each, number in ((workspace, 40), (other_workspace, 20)):
        factories.published(each)
        with committed(execute=True):  # type: ignore[attr-defined]
            start(each, number)

    served = [row.workspace_id for row in work(empty_broker, committed)]

    assert abs(Counter(served[: 2 * 20])[other_workspace.pk] - 20) <= WINDOW // 2
    assert Counter(served) == {workspace.pk: 40, other_workspace.pk: 20}


def test_weights_share_the_turns(
    workspace: Workspace,
    other_workspace: Workspace,
    everything: None,
    empty_broker: redis.Redis,
    committed: Committed,
) -> None:
    other_workspace.weight = 3
    other_workspace.save(update_fields=["weight"])
    for each in (workspace, other_workspace):
        factories.published(each)
        with committed(execute=True):  # type: ignore[attr-defined]
            start(each, 60)

    served = Counter(row.workspace_id for row in work(empty_broker, committed, at_most=64))

    assert abs(served[other_workspace.pk] - 48) <= WINDOW  # three of four


def test_what_is_urgent_starts_first(
    both_modes: bool, workspace: Workspace, everything: None, empty_broker: redis.Redis, committed: Committed
) -> None:
    factories.published(workspace)
    urgent = factories.definition(name="Urgent", trigger={"type": "lead.lost"}, settings={"priority": 10})
    of_urgent = factories.published(workspace, urgent)
    with committed(execute=True):  # type: ignore[attr-defined]
        start(workspace, 50)
        start(workspace, 5, type_="lead.lost")

    work(empty_broker, committed, at_most=WINDOW + 5)

    assert set(Run.objects.filter(workflow=of_urgent).values_list("priority", "status")) == {(10, "completed")}
    assert Run.objects.filter(status="completed").count() == WINDOW + 5


def test_of_runs_that_start_together_the_urgent_ones_have_the_messages(
    workspace: Workspace, everything: None, committed: Committed
) -> None:
    def publish(name: str, priority: int) -> Workflow:
        return factories.published(workspace, factories.definition(name=name, settings={"priority": priority}))

    publish("Low", -5)
    high = publish("High", 5)

    start(workspace, 6)

    hinted = ActionRun.objects.filter(hinted_at__isnull=False)
    assert list(hinted.values_list("run__workflow", flat=True)) == [high.pk] * WINDOW
    assert sorted(priority for _, priority in waiting() if priority is not None) == [-5] * 6 + [5] * 2


def test_cancelling_takes_out_of_the_backlog(
    workspace: Workspace, everything: None, empty_broker: redis.Redis, committed: Committed
) -> None:
    factories.published(workspace)
    with committed(execute=True):  # type: ignore[attr-defined]
        start(workspace, 12)

    with tenancy.scope(workspace.pk), committed(execute=True):  # type: ignore[attr-defined]
        for pk in Run.objects.order_by("id").values_list("pk", flat=True)[:10]:
            stopping.cancel(pk)
    work(empty_broker, committed)  # the messages about what was cancelled let the others have their turn

    assert Counter(Run.objects.values_list("status", flat=True)) == {"cancelled": 10, "completed": 2}
    assert not ActionRun.objects.filter(queue_priority__isnull=False).exists()


def test_what_is_not_started_in_time_fails_in_the_backlog_too(
    workspace: Workspace, everything: None, committed: Committed
) -> None:
    factories.published(workspace, factories.definition(factories.log_event("x", start_within_seconds=60)))
    start(workspace, WINDOW + 1)
    late = ActionRun.objects.filter(queue_priority=0)
    late.update(start_by=timezone.now() - timedelta(seconds=1))

    assert recovery.fail_unstarted() == 1

    failed = ActionRun.objects.get(status="failed")
    assert (failed.queue_priority, failed.hinted_at) == (None, None)
    assert (failed.error or {})["code"] == "not_started_in_time"


def test_after_a_crash_between_row_and_message_the_message_is_published_again(
    workspace: Workspace, everything: None, empty_broker: redis.Redis, committed: Committed, settings: Settings
) -> None:
    factories.published(workspace)
    with committed(execute=True):  # type: ignore[attr-defined]
        start(workspace, 8)
    empty_broker.flushdb()
    ActionRun.objects.filter(hinted_at__isnull=False).update(status="completed", hinted_at=None)
    dispatching.refill(workspace.pk)  # and the process dies: nothing is sent
    ActionRun.objects.filter(hinted_at__isnull=False).update(hinted_at=F("hinted_at") - timedelta(hours=1))

    with committed(execute=True):  # type: ignore[attr-defined]
        assert recovery.rehint() == WINDOW

    assert len(broker.messages(empty_broker, "actions")) == WINDOW
    work(empty_broker, committed)
    assert not ActionRun.objects.filter(status="queued").exists()


def test_lost_messages_are_published_again_and_no_others(
    workspace: Workspace, everything: None, empty_broker: redis.Redis, committed: Committed
) -> None:
    factories.published(workspace)
    start(workspace, 20)
    ActionRun.objects.filter(hinted_at__isnull=False).update(hinted_at=F("hinted_at") - timedelta(hours=1))

    with committed(execute=True):  # type: ignore[attr-defined]
        recovery.sweep()
        recovery.sweep()

    assert len(broker.messages(empty_broker, "actions")) == WINDOW


def test_the_sweep_finds_a_backlog_that_nobody_looks_after(
    workspace: Workspace, everything: None, empty_broker: redis.Redis, committed: Committed
) -> None:
    factories.published(workspace)
    start(workspace, 10)
    ActionRun.objects.filter(hinted_at__isnull=False).update(status="completed", hinted_at=None)

    with committed(execute=True):  # type: ignore[attr-defined]
        recovery.sweep()
        recovery.sweep()

    assert len(broker.messages(empty_broker, "actions")) == WINDOW
    assert waiting() == [(True, None)] * WINDOW + [(False, 0)] * 2


def test_a_refill_waits_until_half_of_the_window_is_gone(
    workspace: Workspace, everything: None, committed: Committed
) -> None:
    factories.published(workspace)
    start(workspace, 10)
    hinted = list(ActionRun.objects.filter(hinted_at__isnull=False).values_list("pk", flat=True))

    taken = []
    for pk in hinted:
        taken.append(dispatching.refill(workspace.pk))
        ActionRun.objects.filter(pk=pk).update(status="completed", hinted_at=None)

    assert taken == [0, 0, 2, 0]


def test_a_row_that_no_longer_waits_blocks_nobody(
    workspace: Workspace, everything: None, empty_broker: redis.Redis, committed: Committed
) -> None:
    factories.published(workspace)
    ids = start(workspace, 6)
    ActionRun.objects.filter(hinted_at__isnull=False).update(status="completed", hinted_at=None)
    ActionRun.objects.filter(pk=ids[4]).update(status="running")  # by a release that knows nothing of backlogs

    with committed(execute=True):  # type: ignore[attr-defined]
        assert dispatching.refill(workspace.pk) == 1

    assert [message.args for message in broker.messages(empty_broker, "actions")] == [[str(ids[5])]]
    assert waiting() == [(True, None)]
    assert backlogs.rooms(dispatching.LINE, [workspace.pk])[workspace.pk] == backlogs.Room(WINDOW - 1)


def test_what_is_due_together_goes_into_the_backlog(workspace: Workspace, everything: None) -> None:
    factories.published(workspace, factories.definition(settings={"priority": 7}))
    start(workspace, 6)
    past = timezone.now() - timedelta(seconds=1)
    ActionRun.objects.update(status="waiting", hinted_at=None, queue_priority=None, due_at=past)

    assert recovery.requeue_due() == 6

    assert sorted(waiting(), key=str) == [(False, 7)] * 2 + [(True, None)] * WINDOW


def test_items_of_a_loop_keep_to_the_window(
    both_modes: bool, workspace: Workspace, everything: None, empty_broker: redis.Redis, committed: Committed
) -> None:
    loop = factories.log_event("{{ item }}", for_each={"items": list(range(12)), "max_parallel": 12})
    factories.published(workspace, factories.definition(loop))
    with committed(execute=True):  # type: ignore[attr-defined]
        start(workspace, 1)

    lengths = []
    while work(empty_broker, committed, at_most=1):
        lengths.append(len(broker.messages(empty_broker, "actions")))

    assert max(lengths) <= WINDOW
    assert Run.objects.get().status == "completed"


def test_a_long_run_gives_way_to_another_workspace_and_to_nobody_else(
    workspace: Workspace,
    other_workspace: Workspace,
    everything: None,
    empty_broker: redis.Redis,
    committed: Committed,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(execution, "GIVE_WAY_SECONDS", 0.000_001)
    for each in (workspace, other_workspace):
        factories.published(each, factories.definition(*[factories.log_event("x")] * 3))
    with committed(execute=True):  # type: ignore[attr-defined]
        start(workspace, 1)
    work(empty_broker, committed, at_most=1)
    assert Run.objects.get().status == "completed"

    with committed(execute=True):  # type: ignore[attr-defined]
        start(workspace, 1)
        start(other_workspace, 1)
    work(empty_broker, committed, at_most=1)

    first = Run.objects.filter(workspace=workspace).latest("id")
    assert list(first.action_runs.values_list("status", flat=True)) == ["completed", "queued", "pending"]
