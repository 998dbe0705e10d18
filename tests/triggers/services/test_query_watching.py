"""Queries of triggers, from the events that they find to the runs that those start."""

from contextlib import suppress
from datetime import timedelta
from itertools import pairwise
from typing import Any

import pytest
import redis

from core import tenancy
from core.models import AuditEntry, Workspace
from tests import broker, factories, rivals, runner
from tests.query_watches import FAILING, HOUR, USERS, ask, error, failed, forget, publish, reread, sent, users, watching
from triggers import tasks
from triggers.engine import arrivals
from triggers.models import Event, QueryWatch
from triggers.services import ingest, matching, query_watching
from triggers.services.querying import running, session
from triggers.services.querying.errors import TooManyQueriesError
from workflows.models import Run

Json = dict[str, Any]
pytestmark = pytest.mark.django_db(transaction=True)


def test_a_row_that_is_new_is_an_event_for_its_trigger_alone_and_starts_a_run(workspace: Workspace) -> None:
    row = watching(workspace)
    factories.published(
        workspace, factories.definition(name="Nosy", triggers=[{"type": "sql.matched"}, {"type": "**"}])
    )
    failed(workspace, "ann", "bob", "ann")
    before = reread(row)

    assert ask(row) == 1

    (event,) = sent(workspace)
    assert (event.source, event.data) == ("pattern", {"user": "ann", "failures": 2})
    assert (event.addressee, event.is_public, event.time) == (row.trigger_id, False, before.next_run_at)
    assert event.event_id.startswith(f"{row.trigger_id}/")
    after = reread(row)
    assert (after.last_run_at, after.rows, after.error, after.failures) == (before.next_run_at, 1, None, 0)
    assert before.next_run_at is not None
    assert after.next_run_at == before.next_run_at + timedelta(seconds=60)
    matching.match(event.pk)
    runner.drain()
    with tenancy.scope(workspace.pk):
        [run] = Run.objects.filter(workflow__name="Guard")
        assert not Run.objects.filter(workflow__name="Nosy").exists()
    assert runner.outputs(run)["log_event"]["message"] == "ann failed 2 times"


def test_a_row_fires_again_only_after_it_was_gone(workspace: Workspace) -> None:
    row = watching(workspace, USERS)

    fired = [ask(row)]
    failed(workspace, "ann")
    fired += [ask(row), ask(row)]
    failed(workspace, "bob")
    fired += [ask(row)]
    forget(workspace, "ann")
    fired += [ask(row)]
    failed(workspace, "ann")
    fired += [ask(row), ask(row)]

    assert fired == [0, 1, 0, 1, 0, 1, 0]
    assert users(workspace) == ["ann", "bob", "ann"]
    assert len({event.event_id for event in sent(workspace)}) == 3


@pytest.mark.parametrize(("key", "expected"), [("", 2), ("user", 1), ("user, failures", 2), ("{{ user | upper }}", 1)])
def test_the_key_says_what_makes_a_row_the_same(workspace: Workspace, key: str, expected: int) -> None:
    row = watching(workspace, key=key)
    failed(workspace, "ann", "ann")
    ask(row)
    failed(workspace, "ann")  # the row is there with another count

    ask(row)

    assert len(sent(workspace)) == expected


def test_rows_of_one_key_fire_once(workspace: Workspace) -> None:
    row = watching(workspace, f"SELECT data->>'user' AS user FROM events WHERE type = 'login.failed' AND {HOUR}")
    failed(workspace, "ann", "ann", "bob")

    assert ask(row) == 2
    assert reread(row).rows == 3


def test_what_is_more_than_a_hundred_rows_is_said_and_those_at_the_limit_do_not_fire_in_turns(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(query_watching, "WATCH", running.Watch(("sql.matched",), 2, query_watching.MAX_AGE))
    row = watching(workspace, USERS)
    failed(workspace, "b", "c", "d")

    ask(row)
    failed(workspace, "a")  # before the others, of which one is not looked at now
    ask(row)
    forget(workspace, "a")
    ask(row)

    assert users(workspace) == ["b", "c", "a"]
    after = reread(row)
    assert (after.rows, [each["code"] for each in after.warnings]) == (2, ["truncated"])
    assert after.warnings[0]["message"].startswith("There are more rows; an answer has at most 2,")
    assert len(after.met) == 3 <= arrivals.MAX_MET


def test_a_trigger_does_not_see_what_such_triggers_sent_nor_what_is_of_others(
    workspace: Workspace, other_workspace: Workspace
) -> None:
    row = watching(workspace, f"SELECT type, count(*) FROM events WHERE {HOUR} GROUP BY 1", key="type")
    failed(other_workspace, "eve")
    factories.event(workspace, "lead.created")

    assert [ask(row), ask(row)] == [1, 0]
    assert [event.data for event in sent(workspace)] == [{"type": "lead.created", "count": 1}]


def test_events_older_than_31_days_are_not_read(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    bound: list[Any] = []
    monkeypatch.setattr(session, "bind_first", lambda link, first: bound.append(first))
    row = watching(workspace, "SELECT id FROM events WHERE received_at > '2000-01-01'")
    failed(workspace, "ann")

    assert ask(row) == 1
    assert len(bound) == 1


def test_a_query_that_fails_says_why_backs_off_goes_on_and_forgets_nothing(workspace: Workspace) -> None:
    row = watching(workspace, f"SELECT (data->>'n')::int AS n FROM events WHERE type = 'number' AND {HOUR}", key="n")
    factories.event(workspace, "number", n="1")
    ask(row)
    factories.event(workspace, "number", n="x")

    times = [reread(row).next_run_at]
    for _ in range(5):
        assert ask(row) == 0
        times.append(reread(row).next_run_at)

    assert [(after - before).total_seconds() for before, after in pairwise(filter(None, times))] == [
        60, 60, 60, 120, 240,
    ]  # fmt: skip
    assert (reread(row).failures, reread(row).rows, error(row)["code"]) == (5, 1, "query_failed")
    assert "invalid input syntax for type integer" in error(row)["message"]
    with tenancy.scope(workspace.pk):
        Event.objects.filter(data__n="x").delete()
    assert ask(row) == 0
    assert (reread(row).failures, reread(row).error) == (0, None)
    with tenancy.scope(workspace.pk):
        entries = AuditEntry.objects.filter(target_id=row.trigger_id, action__startswith="trigger.query").order_by("id")
        told = list(entries.values_list("action", "actor"))
    assert told == [("trigger.query_failed", "sequitur"), ("trigger.query_recovered", "sequitur")]


def test_the_wait_grows_to_an_hour_and_is_never_longer() -> None:
    assert [query_watching.backoff_seconds(60, each) for each in (1, 3, 4, 8, 9, 10**6)] == [
        60, 60, 120, 1920, 3600, 3600,
    ]  # fmt: skip
    assert [query_watching.backoff_seconds(86_400, each) for each in (1, 50)] == [3600, 3600]


@pytest.mark.parametrize(
    ("query", "params", "code", "words"),
    [
        (f"SELECT 1 AS a, 2 AS a FROM events WHERE {HOUR}", {}, "invalid_columns", "named 'a'"),
        (f"SELECT id, type FROM events WHERE {HOUR}", {"key": "user"}, "invalid_columns", "it has id, type"),
        (f"SELECT nope FROM events WHERE {HOUR}", {}, "invalid_sql", 'column "nope" does not exist'),
        (f"SELECT id FROM events WHERE {HOUR}", {"key": "{{ user }}"}, "invalid_columns", "it has id"),
        (f"SELECT data FROM events WHERE {HOUR}", {"key": "{{ data.name }}"}, "unknown_path", "data.name"),
    ],
    ids=range(5),
)
def test_what_cannot_be_told_apart_is_a_failure(
    workspace: Workspace, query: str, params: Json, code: str, words: str
) -> None:
    row = watching(workspace)
    with tenancy.scope(workspace.pk):  # as if it had been published before somebody looked so closely
        QueryWatch.objects.update(params={"query": query, "every_seconds": 60, **params})
    failed(workspace, "ann")

    assert ask(row) == 0

    assert error(row)["code"] == code
    assert words in error(row)["message"]


def test_without_a_login_for_queries_it_is_said(workspace: Workspace, settings: Any) -> None:
    row = watching(workspace)
    settings.SEQUITUR_QUERY_DATABASE_URL = ""

    ask(row)

    assert error(row)["code"] == "queries_not_enabled"


def test_what_nobody_thought_of_is_said_too(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    row = watching(workspace)
    monkeypatch.setattr(running, "answer", lambda *_, **__: 1 / 0)

    ask(row)

    assert reread(row).error == {"code": "internal_error", "message": "ZeroDivisionError: division by zero"}


def test_a_busy_slot_postpones_and_is_said_when_it_is_late(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = watching(workspace)

    def refuse(*_: Any, **__: Any) -> Any:
        raise TooManyQueriesError("Two run.", retry_after_seconds=30)

    monkeypatch.setattr(running, "answer", refuse)
    first = reread(row).next_run_at
    assert first is not None
    ask(row)
    once = reread(row)
    for _ in range(5):
        ask(row)

    assert (once.next_run_at, once.error, once.failures) == (first + timedelta(seconds=30), None, 0)
    assert (reread(row).error, reread(row).failures) == ({"code": "too_many_queries", "message": "Two run."}, 0)


def test_a_watch_leaves_people_a_query_and_waits_for_nobody(workspace: Workspace) -> None:
    sql = f"SELECT 1 FROM events WHERE {HOUR}"
    with tenancy.scope(workspace.pk), running._slot(workspace.pk, is_watch=True):
        said = rivals.race(
            f"""
from uuid import UUID
from core import tenancy
from core.errors import SequiturError
from triggers.services.querying import running, session
from triggers.services.query_watching import WATCH
with tenancy.scope(UUID({str(workspace.pk)!r})):
    for watch in (None, WATCH):
        try:
            print(running.answer({sql!r}, watch=watch).rows)
        except SequiturError as error:
            print(error.code)
""",
            number=1,
        )

    assert said == ["[]\ntoo_many_queries\n"]


def test_an_answer_of_what_was_changed_meanwhile_is_of_nobody(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = watching(workspace, USERS)
    failed(workspace, "ann")
    workflow, real = reread(row).trigger.workflow, running.answer

    def slow(*args: Any, **given: Any) -> Any:
        found = real(*args, **given)
        publish(workflow, type="sql", params={"query": FAILING})
        return found

    monkeypatch.setattr(running, "answer", slow)

    assert ask(row) == 0
    assert (sent(workspace), reread(row).met) == ([], [])


def test_a_crash_between_two_writes_leaves_nothing_and_the_next_time_finds_it(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = watching(workspace, USERS)
    failed(workspace, "ann")

    def crash(*_: Any, **__: Any) -> None:
        raise RuntimeError("killed")

    for model, name in ((QueryWatch, "save"), (ingest, "store"), (running, "_take")):
        with monkeypatch.context() as patched:
            if model is QueryWatch:  # the second write of the row: the first takes it
                patched.setattr(query_watching, "_locked", crash)
            else:
                patched.setattr(model, name, crash)
            with suppress(RuntimeError):
                ask(row)
        assert sent(workspace) == []

    assert [ask(row), ask(row)] == [1, 0]


def test_two_processes_ask_each_query_once(workspace: Workspace) -> None:
    rows = [watching(workspace, USERS, name=f"W{number}") for number in range(6)]
    failed(workspace, "ann", "bob")
    asking = f"""
from uuid import UUID
from triggers.services import query_watching
print(query_watching.ask_many([UUID(each) for each in {[str(row.pk) for row in rows]!r}]))
"""

    said = [int(each) for each in rivals.race(asking, setup="import triggers.services.query_watching")]

    # Those that met the other at the slot of the workspace were postponed.
    said += [ask(row) for row in rows if reread(row).last_run_at is None]
    assert sum(said) == len(sent(workspace)) == 12
    assert sorted(users(workspace)) == ["ann"] * 6 + ["bob"] * 6


def test_a_key_may_name_a_column_that_is_called_as_the_clock_is(workspace: Workspace) -> None:
    row = watching(workspace, f"SELECT time, id FROM events WHERE {HOUR}", key="{{ time }}-{{ event.data.id }}")
    failed(workspace, "ann")

    assert ask(row) == 1


def test_whoever_dies_while_it_asks_once_a_day_is_followed_in_an_hour(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = watching(workspace, every_seconds=86_400)
    first = reread(row).next_run_at
    assert first is not None
    with monkeypatch.context() as patched:
        patched.setattr(query_watching, "_store", lambda *_: 0)
        ask(row)
    died = reread(row).next_run_at
    assert died == first + timedelta(hours=1)

    ask(row)

    assert reread(row).next_run_at == died + timedelta(days=1)


def test_the_tasks_publish_and_ask(workspace: Workspace, empty_broker: redis.Redis) -> None:
    row = watching(workspace, USERS)
    failed(workspace, "ann")

    tasks.find_watches()
    [message] = broker.messages(empty_broker, "actions")
    tasks.ask_watches(*message.args)

    assert users(workspace) == ["ann"]
    assert reread(row).claimed_until is None
