"""What waiting actions are said to wait for."""

from datetime import UTC, datetime
from typing import Any

import pytest

from workflows.models import ActionRun
from workflows.selectors import waiting
from workflows.selectors.waiting import Written

Json = dict[str, Any]

DUE_AT = datetime(2027, 1, 31, 9, tzinfo=UTC)
DUE = "2027-01-31T09:00:00Z"
ASKED: Json = {"until": DUE, "title": None, "message": "Pay 5?", "to": ["ann@acme.example"]}
EVENT: Json = {"until": DUE, "since": "2026-01-31T09:00:00Z", "event_type": "order.paid", "condition": None}


def row(type_: str, progress: Json | None = None, *, status: str = "waiting", attempt: int = 0) -> ActionRun:
    return ActionRun(key="a", type=type_, status=status, progress=progress, attempt=attempt, due_at=DUE_AT)


def written(**params: Any) -> Written:
    return Written({"actions": [{"id": "a", "type": "x", "params": params}]})


@pytest.mark.parametrize(
    ("waits", "expected"),
    [
        (row("log_event", attempt=2), {"kind": "retry", "until": DUE, "attempt": 3}),
        (row("log_event", {"run_at": DUE}), {"kind": "time", "until": DUE}),
        (row("log_event", {"run_at": DUE}, attempt=1), {"kind": "retry", "until": DUE, "attempt": 2}),
        (row("delay", {"until": DUE}), {"kind": "time", "until": DUE}),
        (row("of a plugin", {"x": 1}), {"kind": "time", "until": DUE}),
        (row("approval", {"run_at": DUE}), {"kind": "time", "until": DUE}),
        (row("approval", ASKED), {"kind": "approval", **ASKED, "choices": ["approved", "rejected"]}),
        (row("approval", ASKED, attempt=1), {"kind": "approval", **ASKED, "choices": ["approved", "rejected"]}),
        (row("wait_for_event", {**EVENT, "listens": True}), {"kind": "event", **EVENT}),
        (row("workflow", {"started": "r1"}), {"kind": "run", "run": "r1"}),
        (row("loop", {"holds": True}), {"kind": "actions", "is_ending": False}),
        (row("approval", {"holds": True}), {"kind": "actions", "is_ending": False}),
        (row("loop", {"holds": True, "is_ending": True}), {"kind": "actions", "is_ending": True}),
        (row("x", status="needs_decision"), {"kind": "decision", "choices": ["confirm", "resend", "skip"]}),
        (row("approval", ASKED, status="queued"), None),
        (row("log_event", status="completed"), None),
        (row("log_event", status="pending"), None),
    ],
    ids=lambda value: f"{value.type} {value.progress}" if isinstance(value, ActionRun) else "",
)
def test_what_it_waits_for_is_read_from_its_row(waits: ActionRun, expected: Json | None) -> None:
    assert waiting.waiting_for(waits, written(message="{{ amount }}")) == expected


@pytest.mark.parametrize(
    ("waits", "expected"),
    [
        (row("approval", ASKED), ("approved", "rejected")),
        (row("x", status="needs_decision"), ("confirm", "resend", "skip")),
        (row("approval", status="needs_decision"), ("confirm", "resend", "skip")),
        (row("approval", {"holds": True}), ()),
        (row("approval", {"run_at": DUE}), ()),
        (row("approval", ASKED, status="completed"), ()),
        (row("delay", {"until": DUE}), ()),
    ],
    ids=lambda value: f"{value.type} {value.status} {value.progress}" if isinstance(value, ActionRun) else "",
)
def test_what_can_be_decided_is_what_was_asked(waits: ActionRun, expected: tuple[str, ...]) -> None:
    assert waiting.choices(waits) == expected


def test_what_is_asked_with_a_secret_in_it_is_shown_as_it_is_written() -> None:
    asked = row("approval", {**ASKED, "message": "Is it hunter22?", "title": "hunter22", "to": ["hunter22@x.example"]})

    found = waiting.waiting_for(asked, written(message="Is it {{ secrets.word }}?"))

    until, choices = DUE, ["approved", "rejected"]
    assert found == {
        "kind": "approval", "title": None, "message": "Is it {{ secrets.word }}?", "to": [],
        "choices": choices, "until": until,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("params", "shown"),
    [
        ({"event": "order.paid", "correlation": {"key": "{{ secrets.word }}"}}, "[redacted]"),
        ({"event": "order.paid", "correlation": {"key": "{{ word }}"}}, {"and": ["hunter22"]}),
    ],
)
def test_a_condition_with_a_secret_in_it_is_hidden(params: Json, shown: Any) -> None:
    waits = row("wait_for_event", {**EVENT, "condition": {"and": ["hunter22"]}})

    assert waiting.waiting_for(waits, written(**params)) == {"kind": "event", **EVENT, "condition": shown}


def test_what_is_not_found_in_the_definition_may_have_secrets() -> None:
    asked = waiting.waiting_for(row("approval", ASKED), Written({"actions": []}))
    waits = waiting.waiting_for(row("wait_for_event", {**EVENT, "condition": {"and": []}}), Written({}))

    assert asked is not None
    assert waits is not None
    assert (asked["message"], asked["to"], waits["condition"]) == ("[redacted]", [], "[redacted]")


def test_tokens_in_a_question_are_hidden() -> None:
    asked = row("approval", {**ASKED, "message": "Is ghp_0123456789abcdefghijABCDEFGHIJ012345 yours?"})

    found = waiting.waiting_for(asked, written())

    assert found is not None
    assert found["message"] == "Is [redacted] yours?"
