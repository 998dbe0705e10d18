"""What becomes of a notification: sent once, tried again, or failed where a person can see it."""

from functools import partial
from typing import Any
from unittest.mock import patch

import pytest
from django.db import connection

from actions.base import ActionCall, ActionFailedError
from actions.channels.base import Channel, Notice, Receipt
from actions.channels.registry import channels
from core import tenancy
from core.models import Workspace
from tests import factories, processes, runner
from tests.workflows.services.notifications.conftest import (
    Flow,
    again,
    code_of,
    deliver_all,
    pass_time,
    policy,
    rows,
    trying,
)
from workflows.models import NotificationDelivery
from workflows.services.notifications import delivering, replaying, sweeping

pytestmark = pytest.mark.django_db


MAX_STATEMENTS = 50


class CrashError(BaseException):
    """The worker is gone."""


class Recording(Channel):
    """Keeps what it is given; `failures` are raised first, one for each call."""

    key = "test_recording"
    title = description = "For tests"

    def __init__(self) -> None:
        self.notices: list[tuple[Notice, str]] = []
        self.failures: list[Exception] = []

    def deliver(self, notice: Notice, call: ActionCall) -> Receipt:
        self.notices.append((notice, call.idempotency_key))
        if self.failures:
            raise self.failures.pop(0)
        return Receipt(id="1", request={"password": "hidden-1"}, response={"ok": True})


class Repeating(Recording):
    """The same, where the receiver recognises what comes twice."""

    key = "test_repeating"
    may_repeat = True


@pytest.fixture(params=[Recording, Repeating])
def channel(request: pytest.FixtureRequest) -> Any:
    """A channel that exists for one test."""
    found = request.param()
    with patch.dict(channels._items, {found.key: found}):
        yield found


def through(channel: Channel, **changes: Any) -> dict[str, Any]:
    return policy("ON_COMPLETED", channel=channel.key, to="somebody", **changes)


def one() -> NotificationDelivery:
    (row,) = rows()
    return row


def test_a_try_that_fails_is_followed_by_another_with_the_same_key(flow: Flow, channel: Recording) -> None:
    channel.failures = [ActionFailedError("busy", "later", is_retryable=True)]
    flow(trying(through(channel)))

    deliver_all()
    waiting = one()
    pass_time(seconds=60)

    assert (waiting.status, waiting.due_at is not None) == ("pending", True)
    assert [each["outcome"] for each in one().attempts] == ["failed", "sent"]
    assert len({key for _, key in channel.notices}) == 1
    assert len({notice for notice, _ in channel.notices}) == 1


def test_what_goes_on_failing_fails_for_good_and_the_run_does_not_care(flow: Flow, channel: Recording) -> None:
    channel.failures = [ActionFailedError("busy", "later", is_retryable=True) for _ in range(100)]
    run = flow(trying(through(channel)))

    deliver_all()
    for _ in range(20):
        pass_time(seconds=10_000)

    assert (one().status, len(channel.notices), one().due_at) == ("failed", 8, None)
    run.refresh_from_db()
    assert run.status == "completed"


def test_what_may_have_arrived_is_sent_again_only_where_the_receiver_knows_it(flow: Flow, channel: Recording) -> None:
    channel.failures = [ActionFailedError("outcome_unknown", "?", is_retryable=False, is_outcome_unknown=True)]
    flow(trying(through(channel)))

    deliver_all()
    pass_time(seconds=1000)

    expected = ("sent", 2) if channel.may_repeat else ("failed", 1)
    assert (one().status, len(channel.notices)) == expected


def test_a_server_that_answers_a_byte_at_a_time_holds_no_worker(
    flow: Flow, channel: Recording, monkeypatch: pytest.MonkeyPatch
) -> None:
    def drip(notice: Notice, call: ActionCall) -> Receipt:
        channel.notices.append((notice, call.idempotency_key))
        processes.eventually(lambda: False, what="the server has answered")
        raise AssertionError

    monkeypatch.setattr(delivering, "TIMEOUT_SECONDS", 0.1)
    flow(trying(through(channel)))

    with patch.object(channel, "deliver", drip):
        delivering.deliver(one().pk)
    pass_time(seconds=1000)

    expected = ("sent", None, 2) if channel.may_repeat else ("failed", "outcome_unknown", 1)
    assert (one().status, code_of(one()) or None, len(channel.notices)) == expected


def test_a_channel_with_a_bug_fails_the_notification_alone(flow: Flow, channel: Recording) -> None:
    channel.failures = [RuntimeError("bug")]
    flow(trying(through(channel)))

    deliver_all()

    assert (one().status, code_of(one())) == ("failed", "internal")


def test_what_a_channel_shows_is_stored_without_secrets(flow: Flow, channel: Recording) -> None:
    flow(trying(through(channel)))

    deliver_all()

    (attempt,) = one().attempts
    assert attempt["request"] == {"password": "[redacted]"}
    assert attempt["response"] == {"ok": True}


def test_a_delayed_notification_waits_as_a_row_and_not_in_the_broker(flow: Flow, channel: Recording) -> None:
    flow(trying(through(channel, delay_seconds=3600)))

    deliver_all()
    assert (one().status, one().hinted_at, channel.notices) == ("pending", None, [])
    pass_time(seconds=3599)
    assert channel.notices == []
    pass_time(seconds=2)

    assert one().status == "sent"


def test_nobody_is_reminded_of_what_was_decided(flow: Flow, workspace: Workspace) -> None:
    asked = {"id": "ask", "type": "approval", "params": {"message": "Pay?", "expires_seconds": 5}}
    flow({**asked, "notifications": [policy("ON_NEEDS_DECISION", delay_seconds=60)]})
    runner.pass_time(seconds=10)
    runner.drain()

    pass_time(seconds=61)

    assert (one().status, code_of(one())) == ("skipped", "decided")


def test_delivering_twice_sends_once(flow: Flow, channel: Recording) -> None:
    flow(trying(through(channel)))
    pk = one().pk

    delivering.deliver(pk)
    delivering.deliver(pk)

    assert len(channel.notices) == 1


def test_a_crash_after_any_statement_loses_nothing_and_sends_once_where_that_can_be(
    workspace: Workspace, channel: Recording
) -> None:
    factories.published(workspace, factories.definition(trying(through(channel))))
    for number in range(MAX_STATEMENTS):
        again(workspace)
        pk, before = rows()[-1].pk, len(channel.notices)
        has_crashed = crash_after(number, partial(delivering.deliver, pk))
        pass_time(seconds=1000)

        (row,), sent = rows(pk=pk), len(channel.notices) - before
        if row.status == "failed":
            assert (code_of(row), channel.may_repeat, sent <= 1) == ("outcome_unknown", False, True)
        else:
            assert (row.status, sent in (1, 1 + channel.may_repeat)) == ("sent", True)
        if not has_crashed:
            assert number > 5
            return
    raise AssertionError("there is always another statement")


def crash_after(number: int, call: Any) -> bool:
    """Let the statement with this number be the last that the code gets to run; whether it came to that."""
    seen = 0

    def wrapper(execute: Any, *args: Any) -> Any:
        nonlocal seen
        result = execute(*args)
        seen += 1
        if seen == number + 1:
            raise CrashError
        return result

    try:
        with connection.execute_wrapper(wrapper):
            call()
    except CrashError:
        return True
    return False


def test_a_worker_that_was_only_slow_writes_nothing(flow: Flow, channel: Recording) -> None:
    flow(trying(through(channel)))
    real = channel.deliver

    def slow(notice: Notice, call: ActionCall) -> Receipt:
        receipt = real(notice, call)
        with tenancy.unscoped("the sweep of another process"):
            NotificationDelivery.objects.update(lease_until="2020-01-01T00:00:00Z")
        sweeping.sweep()
        return receipt

    with patch.object(channel, "deliver", slow):
        delivering.deliver(one().pk)

    assert one().status == ("pending" if channel.may_repeat else "failed")
    assert [each["outcome"] for each in one().attempts] == ["lost"]


def test_a_lost_message_is_published_again(flow: Flow, empty_broker: Any) -> None:
    flow(trying(policy("ON_COMPLETED")))
    with tenancy.unscoped("tests look at everything"):
        NotificationDelivery.objects.update(hinted_at="2020-01-01T00:00:00Z")

    sweeping.sweep()

    hinted_at = one().hinted_at
    assert hinted_at is not None
    assert hinted_at.year > 2020


def test_a_replay_is_a_new_row_with_the_same_words_to_the_same_address(flow: Flow, channel: Recording) -> None:
    flow(trying(through(channel)))
    deliver_all()
    with tenancy.scope(one().workspace_id):
        new = replaying.replay(one(), by="Ada")

    deliver_all()

    first, second = channel.notices
    assert first[0] == second[0]
    assert first[1] != second[1]
    assert [row.status for row in rows()] == ["sent", "sent"]
    assert (new.replay_of_id, new.replayed_by) == (rows()[0].pk, "Ada")


def test_each_workspace_sees_its_own(flow: Flow, channel: Recording, other_workspace: Workspace) -> None:
    flow(trying(through(channel)))

    with tenancy.scope(other_workspace.pk):
        assert not NotificationDelivery.objects.exists()
