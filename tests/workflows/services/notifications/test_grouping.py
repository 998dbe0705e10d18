"""A flood is one message, and a digest for each window with the right count; every row says in which it went out."""

from datetime import timedelta

import pytest
from django.utils import timezone

from core import tenancy
from core.models import Workspace
from tests import factories, races
from tests.actions.mail_server import Inbox
from tests.workflows.services.notifications.conftest import (
    Flow,
    again,
    deliver_all,
    pass_time,
    policy,
    rows,
    trying,
)
from workflows.models import NotificationDelivery, Run
from workflows.services.notifications import delivering

pytestmark = pytest.mark.django_db

NUMBER = 1000


def failed_runs(workspace: Workspace, number: int) -> None:
    """So many runs like the only one, with its notification; the engine made the first."""
    with tenancy.scope(workspace.pk):
        run, row = Run.objects.get(), NotificationDelivery.objects.get()
        action_run = run.action_runs.get()
        for _ in range(number - 1):
            for each in (run, action_run, row):
                each.pk = None
                each._state.adding = True
                each.id = type(each)._meta.get_field("id").get_default()
            run.firing = None
            run.save()
            action_run.run = run
            action_run.save()
            row.run, row.action_run = run, action_run
            row.save()


@pytest.mark.long
def test_a_thousand_failures_are_two_messages_with_the_right_count(
    flow: Flow, inbox: Inbox, workspace: Workspace
) -> None:
    flow(trying(policy("ON_FAILED"), succeed_on_attempt=0))
    failed_runs(workspace, NUMBER)

    for row in rows():
        delivering.deliver(row.pk)
    assert len(inbox.taken) == 1
    pass_time(seconds=61)

    first, digest = inbox.taken
    assert first.message["Subject"] == "Failed: Greet, action try"
    assert digest.message["Subject"] == "Greet: failed 999 more times"
    text = str(digest.message.get_payload())
    assert "Most often (999 of 999): attempt 2 failed" in text
    assert text.count("\n- ") == 5
    (sent,) = rows(is_digest=True)
    assert (sent.status, sent.run_id) == ("sent", None)
    grouped = rows(status="grouped")
    assert (len(grouped), {row.digest_id for row in grouped}) == (NUMBER - 1, {sent.pk})


def test_while_it_goes_on_each_window_has_one_digest_and_then_it_is_told_at_once_again(
    flow: Flow, inbox: Inbox, workspace: Workspace
) -> None:
    flow(trying(policy("ON_FAILED"), succeed_on_attempt=0))
    deliver_all()
    for _ in range(2):
        again(workspace)
        deliver_all()
        pass_time(seconds=61)
    pass_time(seconds=120)

    again(workspace)
    deliver_all()

    assert [taken.message["Subject"] for taken in inbox.taken] == [
        "Failed: Greet, action try",
        "Greet: failed once more",
        "Greet: failed once more",
        "Failed: Greet, action try",
    ]


def test_other_addresses_other_triggers_and_other_policies_are_other_groups(flow: Flow, inbox: Inbox) -> None:
    own = [
        policy("ON_FAILED"),
        policy("ON_FAILED", to="b@example.com"),
        policy("ON_RETRY"),
        policy("ON_FAILED", id="x"),
    ]
    flow(trying(*own, succeed_on_attempt=0))

    deliver_all()

    assert len(inbox.taken) == 4


@pytest.mark.parametrize(
    ("part", "messages"),
    [
        (policy("ON_FAILED", group_seconds=0), 3),
        (policy("ON_COMPLETED"), 3),
        (policy("ON_COMPLETED", group_seconds=10), 1),
    ],
    ids=["not grouped", "by default each", "grouped"],
)
def test_a_policy_says_whether_it_is_grouped(
    flow: Flow, inbox: Inbox, workspace: Workspace, part: dict[str, object], messages: int
) -> None:
    flow(trying(part, succeed_on_attempt=0 if part["trigger"] == "ON_FAILED" else 1))
    again(workspace)
    again(workspace)

    deliver_all()

    assert len(inbox.taken) == messages


def test_a_digest_says_nothing_that_a_stranger_could_turn_into_something_else(
    flow: Flow, inbox: Inbox, workspace: Workspace
) -> None:
    note = "bad\r\nBcc: evil@example.com {{ run.id }} " + "x" * 5000
    params = {"succeed_on_attempt": 0, "is_retryable": False, "note": "{{ note }}"}
    flow(trying(policy("ON_FAILED"), params=params), data={"note": note})
    again(workspace, note=note)
    deliver_all()

    pass_time(seconds=61)

    digest = inbox.taken[-1]
    assert (digest.recipients, digest.message["Bcc"]) == (["ops@example.com"], None)
    assert "bad Bcc: evil@example.com {{ run.id }} xxx" in str(digest.message.get_payload())
    assert len(str(digest.message.get_payload())) < 2000


def test_a_retry_of_the_first_message_is_not_gathered_into_its_own_window(
    flow: Flow, inbox: Inbox, workspace: Workspace
) -> None:
    inbox.answers["MAIL"] = "451 later"
    flow(trying(policy("ON_FAILED", group_seconds=3600), succeed_on_attempt=0))
    deliver_all()
    inbox.answers.clear()

    pass_time(seconds=30)

    assert [row.status for row in rows()] == ["sent"]
    assert len(inbox.taken) == 1


@pytest.mark.django_db(transaction=True)
def test_of_many_who_race_one_is_sent_and_one_digest_is_made(workspace: Workspace, inbox: Inbox) -> None:
    factories.published(workspace, factories.definition(trying(policy("ON_FAILED"), succeed_on_attempt=0)))
    for _ in range(6):
        again(workspace)
    ids = [row.pk for row in rows()]

    races.at_once(lambda number: delivering.deliver(ids[number]), threads=len(ids))

    assert len(inbox.taken) == 1
    (digest,) = rows(is_digest=True)
    assert sorted(row.status for row in rows(is_digest=False)) == ["grouped"] * 5 + ["sent"]
    assert {row.digest_id for row in rows(status="grouped")} == {digest.pk}
    assert digest.due_at is not None
    assert digest.due_at - timezone.now() < timedelta(seconds=60)
