from typing import Any

import pytest

from core.errors import InvalidError, Problem
from triggers import resolving

EXPECTED = (
    "Expected the type of an event: names joined by dots, like lead.created; * stands for one of them, and ** at the "
    "end for any number"
)


def problems_of(type_: str, params: dict[str, Any], *, path: str = "/trigger") -> list[Problem]:
    with pytest.raises(InvalidError) as raised:
        resolving.resolve(type_, params, path=path)
    return list(raised.value.problems)


@pytest.mark.parametrize("type_", ["lead.created", "lead.*", "lead.**", "**", "ping", "a" * 200])
def test_the_type_of_an_event_is_short_for_an_event_trigger(type_: str) -> None:
    resolved = resolving.resolve(type_, {})

    assert (resolved.trigger_type.key, resolved.event_type) == ("event", type_)


def test_the_long_form_names_the_trigger_type_and_its_parameters() -> None:
    resolved = resolving.resolve("event", {"event": "lead.*"})

    assert (resolved.trigger_type.key, resolved.event_type) == ("event", "lead.*")
    assert resolved == resolving.resolve("lead.*", {})


@pytest.mark.parametrize(
    ("type_", "params", "problem"),
    [
        ("lead created", {}, Problem("/trigger/type", "invalid_event_type", f"{EXPECTED}; got 'lead created'.")),
        ("", {}, Problem("/trigger/type", "invalid_event_type", f"{EXPECTED}; got ''.")),
        ("lead.**.x", {}, Problem("/trigger/type", "invalid_event_type", f"{EXPECTED}; got 'lead.**.x'.")),
        ("event", {"event": "a b"}, Problem("/trigger/params/event", "invalid", f"{EXPECTED}; got 'a b'.")),
        ("event", {"event": 7}, Problem("/trigger/params/event", "invalid", "It should be text; got 7.")),
        ("event", {}, Problem("/trigger/params/event", "missing", "'event' is missing; it is required.")),
        (
            "event",
            {"event": "a", "evnt": 1},
            Problem("/trigger/params/evnt", "unknown_field", "'evnt' is not known here. Did you mean 'event'?"),
        ),
        (
            "lead.created",
            {"cron": 1},
            Problem("/trigger/params/cron", "unknown_field", "'cron' is not known here. There are event."),
        ),
        (
            "lead.created",
            {"event": "lead.closed"},
            Problem("/trigger/params/event", "invalid", "The event stands in the type already: 'lead.created'."),
        ),
    ],
)
def test_a_trigger_that_cannot_be_is_refused_with_the_place(
    type_: str, params: dict[str, Any], problem: Problem
) -> None:
    assert problems_of(type_, params) == [problem]


def test_all_problems_are_told_below_the_given_path() -> None:
    found = problems_of("event", {"event": "a b", "x": 1}, path="/triggers/2")

    assert [problem.path for problem in found] == ["/triggers/2/params/event", "/triggers/2/params/x"]


def test_a_trigger_type_that_is_misspelt_is_guessed() -> None:
    assert problems_of("treshold", {"event": "order.paid", "value": 3, "window_seconds": 60}) == [
        Problem("/trigger/params/event", "invalid", "There is no trigger type 'treshold', did you mean `threshold`?")
    ]


@pytest.mark.parametrize("type_", ["threshold", "sequence"])
def test_a_key_without_braces_is_no_key(type_: str) -> None:
    own: dict[str, Any] = {"event": "order.paid", "value": 3, "window_seconds": 60}
    if type_ == "sequence":
        own = {"events": [{"event": "a.b"}, {"event": "a.c"}], "within_seconds": 5}

    [problem] = problems_of(type_, {**own, "key": "user"})

    assert (problem.path, problem.code) == ("/trigger/params/key", "invalid")
    assert problem.message == "'user' is the same for all events; write {{ user }}, or leave the key out."
