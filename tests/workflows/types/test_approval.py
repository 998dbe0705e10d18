from datetime import timedelta
from typing import Any

import pytest

from tests.workflows.types.turns import NOW, control, failure, problems, take, turn
from workflows.types.base import Done, Mail, Wait

ASKED: dict[str, Any] = {"until": "2026-03-17T09:00:00Z", "title": None, "message": "Give Ada 80?", "to": []}
UNTIL = NOW + timedelta(days=7)


def test_the_first_turn_asks_and_waits_a_week() -> None:
    step = take("approval", {"message": "Give {{ name }} {{ vars.limit }}?"}, turn(name="Ada"))

    assert step == Wait(UNTIL, ASKED)


def test_people_are_asked_by_mail_and_told_how_to_answer() -> None:
    params = {"message": "Pay {{ vars.limit }} euros to {{ name }}?", "to": "{{ boss }}", "expires_seconds": 3600}

    step = take("approval", params, turn(name="{{ Ada }}", boss=["boss@example.com", "Ann <ann@example.com>"]))

    assert isinstance(step, Wait)
    assert step.mail == Mail(
        to=("boss@example.com", "Ann <ann@example.com>"),
        subject="Please decide: Greet",
        text="""Pay 80 euros to {{ Ada }}?

Workflow:      Greet
Run:           01900000-0000-7000-8000-000000000002
Until:         2026-03-10T10:00:00Z

To answer, send this to the API with a key that may operate runs:

    POST /api/v1/workflow-runs/01900000-0000-7000-8000-000000000002/actions/01900000-0000-7000-8000-000000000003/decide/
    {"decision": "approved", "comment": ""}

The decision is "approved" or "rejected".
""",
    )
    assert step.progress["to"] == ["boss@example.com", "Ann <ann@example.com>"]


def test_the_title_is_the_subject() -> None:
    step = take("approval", {"message": "Pay?", "title": "Pay Ada", "to": "boss@example.com"})

    assert isinstance(step, Wait)
    assert step.mail is not None
    assert step.mail.subject == "Please decide: Pay Ada"


@pytest.mark.parametrize("decision", ["approved", "rejected"])
@pytest.mark.parametrize("now", [NOW, UNTIL + timedelta(days=1)])
def test_a_decision_is_the_port_even_after_the_time(decision: str, now: Any) -> None:
    said = {"decision": decision, "comment": "Fine.", "by": "key: boss"}

    step = take("approval", {"message": "x"}, turn(now=now, progress={**ASKED, "decision": said}))

    assert step == Done(said, decision)


def test_without_a_decision_it_waits_on_and_asks_nobody_again() -> None:
    at = turn(now=UNTIL - timedelta(microseconds=1), progress=ASKED)

    assert take("approval", {"message": "x", "to": "boss@example.com"}, at) == Wait(UNTIL, ASKED)


def test_when_the_time_is_up_it_has_expired() -> None:
    step = take("approval", {"message": "x"}, turn(now=UNTIL, progress=ASKED))

    assert step == Done({"decision": "expired", "comment": "", "by": None}, "expired")


def test_another_word_is_no_decision() -> None:
    progress = {**ASKED, "decision": {"decision": "resend", "comment": "", "by": "x"}}

    assert failure("approval", {"message": "x"}, turn(progress=progress)).code == "invalid_decision"


def test_its_ports_are_the_decisions() -> None:
    assert control("approval").ports({}) == ("approved", "rejected", "expired")


@pytest.mark.parametrize(
    ("params", "found"),
    [
        ({"message": "x", "to": "{{ boss }}"}, []),
        ({}, [("/params/message", "missing_parameter")]),
        ({"message": "x", "to": "boss"}, [("/params/to", "invalid_parameter")]),
        ({"message": "x", "to": 5}, [("/params/to", "invalid_parameter")]),
        ({"message": "x", "to": ["a@b.cd"] * 51}, [("/params/to", "invalid_parameter")]),
        ({"message": "x" * 10_001}, [("/params/message", "invalid_parameter")]),
        ({"message": "x", "expires_seconds": 0}, [("/params/expires_seconds", "invalid_parameter")]),
        ({"message": "x", "expires_seconds": 366 * 86_400 + 1}, [("/params/expires_seconds", "invalid_parameter")]),
    ],
)
def test_mistakes_are_found_where_they_stand(params: dict[str, Any], found: list[tuple[str, str]]) -> None:
    assert problems("approval", params) == found
