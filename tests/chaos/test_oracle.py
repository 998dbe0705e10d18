"""The oracle and the watcher see what they are there for."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from tests.chaos import oracle
from tests.chaos.oracle import Action, Story
from tests.chaos.receiver import Line
from tests.chaos.watcher import Seen, regression

NOW = datetime(2026, 1, 1, tzinfo=UTC)
ACTION = Action("a1", "r1", "call", "", "http_request", "completed", 1, NOW, completed=1)
LINE = Line(NOW - timedelta(seconds=1), "ok", "r1", "call", "0", "a1", None, 200)
GOOD = Story(["event-1"], ["event-1"], [("r1", "completed", "event-1")], [ACTION], [LINE], [])
ONCE = replace(ACTION, type="chaos_once", attempt=2)


@pytest.mark.parametrize(
    ("story", "expected"),
    [
        pytest.param(GOOD, [], id="all is well"),
        pytest.param(replace(GOOD, actions=[replace(ACTION, attempt=2)], lines=[LINE, LINE]), [], id="two attempts"),
        pytest.param(
            replace(GOOD, stored=[], runs=[], actions=[], lines=[]), ["event-1 was accepted and is lost"], id="lost"
        ),
        pytest.param(replace(GOOD, accepted=[]), ["event-1 is stored, and its sender was never told"], id="not told"),
        pytest.param(replace(GOOD, runs=[]), ["event-1 has 0 runs"], id="no run"),
        pytest.param(replace(GOOD, runs=[*GOOD.runs, *GOOD.runs]), ["event-1 has 2 runs"], id="two runs"),
        pytest.param(
            replace(GOOD, runs=[("r1", "running", "event-1")]), ["run r1 of event-1 is running"], id="run underway"
        ),
        pytest.param(
            replace(GOOD, actions=[replace(ACTION, status="queued")]), ["http_request a1 is queued"], id="underway"
        ),
        pytest.param(
            replace(GOOD, actions=[replace(ACTION, completed=2)]),
            ["http_request a1 has 2 completed attempts"],
            id="completed twice",
        ),
        pytest.param(
            replace(GOOD, lines=[LINE, replace(LINE, key="a2")]),
            ["('r1', 'call', '0') was called with 2 keys", "a call came with the key 'a2', which no action has"],
            id="another key",
        ),
        pytest.param(
            replace(GOOD, lines=[LINE, LINE]), ["http_request a1 called 2 times in 1 attempts"], id="too many calls"
        ),
        pytest.param(
            replace(GOOD, actions=[ONCE], lines=[LINE, LINE]),
            ["chaos_once a1, which must not be repeated, called 2 times"],
            id="repeated what must not be",
        ),
        pytest.param(replace(GOOD, lines=[]), ["http_request a1 is completed, but nobody was called"], id="no call"),
    ],
)
def test_the_oracle_names_what_must_not_be(story: Story, expected: list[str]) -> None:
    assert oracle.judge(story) == expected


def test_a_run_that_asks_a_person_may_leave_what_comes_after_it() -> None:
    asking = replace(ACTION, id="a2", key="once", type="chaos_once", status="needs_decision", completed=0)
    after = replace(ACTION, id="a3", key="last", status="pending", completed=0)

    story = replace(GOOD, runs=[("r1", "needs_decision", "event-1")], actions=[ACTION, asking, after])

    assert oracle.judge(story) == []


def test_the_loop_itself_calls_nobody() -> None:
    item = replace(ACTION, id="a2", iteration="0")

    assert oracle.judge(replace(GOOD, actions=[ACTION, item], lines=[replace(LINE, key="a2")])) == []


def test_a_call_after_the_end_is_late() -> None:
    assert oracle.late(GOOD) == 0
    assert oracle.late(replace(GOOD, lines=[replace(LINE, at=NOW + timedelta(seconds=1))])) == 1


RUNNING = Seen("a1", "http_request", "running", 2, "100")


@pytest.mark.parametrize(
    ("before", "now", "expected"),
    [
        pytest.param(RUNNING, replace(RUNNING, status="waiting", written_by="101"), "", id="on"),
        pytest.param(RUNNING, replace(RUNNING, status="queued", written_by="101"), "", id="another try"),
        pytest.param(
            replace(RUNNING, status="failed"),
            replace(RUNNING, status="failed", written_by="101"),
            "http_request a1 was written after it was failed: now failed",
            id="after the end",
        ),
        pytest.param(
            RUNNING,
            replace(RUNNING, status="pending", written_by="101"),
            "http_request a1 went back from running to pending",
            id="back to pending",
        ),
        pytest.param(
            RUNNING,
            replace(RUNNING, attempt=1, written_by="101"),
            "http_request a1 went back from attempt 2 to 1",
            id="an attempt taken back",
        ),
        pytest.param(
            replace(RUNNING, kind="delay"),
            Seen("a1", "delay", "waiting", 1, "101"),
            "",
            id="a turn gives its attempt back",
        ),
        pytest.param(
            replace(RUNNING, kind="delay"),
            Seen("a1", "delay", "waiting", 0, "101"),
            "delay a1 went back from attempt 2 to 0",
            id="and only one",
        ),
    ],
)
def test_the_watcher_names_what_went_backwards(before: Seen, now: Seen, expected: str) -> None:
    assert regression(before, now) == expected
