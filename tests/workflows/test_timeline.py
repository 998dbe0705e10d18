"""Runs as text."""

from typing import Any

import pytest
from rest_framework.test import APIClient

from core.models import Workspace
from tests.workflows.asking import asking, started, step
from workflows import timeline

Json = dict[str, Any]

UNTIL = "2027-01-31T09:00:00Z"


def action(id_: str, status: str = "completed", **parts: Any) -> Json:
    """An action as the API shows it."""
    nothing = dict.fromkeys(["parent", "index", "port", "error", "output", "waiting_for"])
    known = {"id": id_, "key": id_, "type": "log_event", "status": status, "attempts": [1], "duration_ms": 5}
    return {**known, **nothing, **parts}


def run(*actions: Json, **parts: Any) -> Json:
    """A run as the API shows it."""
    return {
        "id": "r1",
        "status": "waiting",
        "ending": None,
        "duration_ms": None,
        "workflow": {"name": "Greet"},
        "version": 2,
        "event": {"type": "lead.created", "id": "e1", "source": "crm"},
        "actions": list(actions),
        **parts,
    }


def test_a_run_begins_with_what_it_is() -> None:
    assert list(timeline.lines(run(status="completed", duration_ms=1234))) == [
        "Run r1  completed  1,234 ms",
        "  workflow  Greet, version 2",
        "  event     lead.created e1 from crm",
        "",
    ]


def test_a_run_whose_end_is_decided_says_so() -> None:
    assert next(timeline.lines(run(status="running", ending="cancelled"))) == "Run r1  running, ends as cancelled"


def test_what_an_action_holds_stands_below_it() -> None:
    each: Json = {"type": "loop", "duration_ms": None}
    shown = run(
        action("which", type="condition", port="false"),
        action("each", "waiting", **each, waiting_for={"kind": "actions", "is_ending": False}),
        action("i0", key="each", parent="each", index=0, **each),
        action("i1", "waiting", key="each", parent="each", index=1, **each),
        action("l0", key="line", parent="i0", index=0, attempts=[1, 2]),
        action("l1", key="line", parent="i1", index=1, status="failed", error={"message": "no"}),
        action("after", status="pending", attempts=[], duration_ms=None),
    )

    assert list(timeline.lines(shown))[4:] == [
        "  ✓ which          condition      completed       5 ms  → false",
        "  … each           loop           waiting",
        "    ✓ each[0]        loop           completed",
        "      ✓ line           log_event      completed       5 ms  2 attempts",
        "    … each[1]        loop           waiting",
        "      ✗ line           log_event      failed          5 ms",
        "          error   no",
        "  · after          log_event      pending",
    ]


@pytest.mark.parametrize(
    ("waiting", "expected"),
    [
        ({"kind": "time", "until": UNTIL}, f"until {UNTIL}"),
        ({"kind": "retry", "until": UNTIL, "attempt": 3}, f"for attempt 3 at {UNTIL}"),
        ({"kind": "event", "until": UNTIL, "event_type": "a.b"}, f"for the event a.b until {UNTIL}"),
        ({"kind": "approval", "until": UNTIL, "message": "Pay?\nNow?"}, f"for approval until {UNTIL}: Pay? Now?"),
        ({"kind": "run", "run": "r2"}, "for the run r2"),
        ({"kind": "decision", "choices": ["confirm", "skip"]}, "for a decision: confirm, skip"),
    ],
    ids=lambda value: value["kind"] if isinstance(value, dict) else "",
)
def test_a_wait_says_for_what_and_until_when(waiting: Json, expected: str) -> None:
    *_, last = timeline.lines(run(action("a", "waiting", waiting_for=waiting)))

    assert last == f"      waits   {expected}"


def test_a_long_output_is_cut() -> None:
    *_, last = timeline.lines(run(action("a", output={"text": "x" * 200})))

    assert last == '      output  {"text": "' + "x" * 89 + "…"


@pytest.mark.django_db
def test_what_the_api_answers_can_be_written(api: APIClient, workspace: Workspace) -> None:
    loop = {"id": "each", "type": "loop", "for_each": {"items": [1]}, "actions": [step("line"), asking()]}
    found = started(workspace, loop)

    shown = list(timeline.lines(api.get(f"/api/v1/workflow-runs/{found.pk}/").json()))

    names = [line.split()[1] for line in shown if line.strip() and line.split()[0] in timeline.MARKS.values()]
    assert names == ["each", "each[0]", "line", "ask"]
    assert shown[-1].strip().startswith("waits   for approval until 20")
