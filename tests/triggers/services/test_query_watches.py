"""Queries follow what is published, paused and resumed, and are found when they are due."""

from datetime import timedelta
from typing import Any

import pytest
import redis

from core import tenancy
from core.models import Workspace
from tests import broker
from tests.query_watches import USERS, ask, failed, publish, reread, users, watching
from triggers.models import QueryWatch
from triggers.services import query_watches, query_watching
from workflows.services import workflows

Json = dict[str, Any]
pytestmark = pytest.mark.django_db(transaction=True)


def test_pausing_keeps_what_was_met_and_asks_nothing(workspace: Workspace) -> None:
    row = watching(workspace, USERS)
    failed(workspace, "ann")
    ask(row)
    workflow = reread(row).trigger.workflow

    with tenancy.scope(workspace.pk):
        workflows.pause(workflow)
    paused = reread(row)
    failed(workspace, "bob")
    assert (query_watches.dispatch(), query_watching.ask(row.pk)) == (0, 0)
    with tenancy.scope(workspace.pk):
        workflows.resume(workflow)
    ask(row)

    assert (paused.is_active, paused.next_run_at) == (False, None)
    assert users(workspace) == ["ann", "bob"]


def test_publishing_keeps_what_was_met_unless_the_query_or_the_key_is_another(workspace: Workspace) -> None:
    row = watching(workspace, USERS)
    failed(workspace, "ann")
    ask(row)
    workflow = reread(row).trigger.workflow

    before = reread(row)
    publish(workflow, type="sql", params={"query": USERS})
    assert reread(row).next_run_at == before.next_run_at
    publish(workflow, type="sql", params={"query": USERS, "every_seconds": 30})
    assert (ask(row), reread(row).params["every_seconds"]) == (0, 30)
    publish(workflow, type="sql", params={"query": USERS, "key": "user"})
    assert (reread(row).met, reread(row).last_run_at, ask(row)) == ([], None, 1)
    publish(workflow, type="lead.created")
    with tenancy.scope(workspace.pk):
        assert not QueryWatch.objects.exists()


def test_what_is_due_has_one_message_for_its_workspace(
    workspace: Workspace, other_workspace: Workspace, empty_broker: redis.Redis
) -> None:
    rows = [watching(workspace, name="A"), watching(workspace, name="B"), watching(other_workspace)]

    found = [query_watches.dispatch(), query_watches.dispatch()]

    messages = broker.messages(empty_broker, "actions")
    assert found == [3, 0]
    assert {each.task for each in messages} == {"triggers.ask_watches"}
    assert sorted(sorted(each.args[0]) for each in messages) == sorted(
        [sorted(str(each.pk) for each in rows[:2]), [str(rows[2].pk)]]
    )
    later = reread(rows[0]).claimed_until
    assert later is not None
    assert query_watches.dispatch(now=later + timedelta(seconds=1)) == 3  # as if the messages had been lost


def test_a_spent_budget_leaves_the_rest_for_the_next_sweep(workspace: Workspace) -> None:
    rows = [watching(workspace, USERS, name=name) for name in "AB"]
    query_watches.dispatch()

    query_watching.ask_many([row.pk for row in rows], budget_seconds=0)

    assert [reread(row).last_run_at for row in rows] == [None, None]
    assert query_watches.dispatch() == 2
