from collections.abc import Callable

import pytest

from core import validation
from core.expressions import suggestions
from core.suggestions import MAX_CHARACTERS, closest


@pytest.mark.parametrize(("name", "meant"), [("mesage", "message"), ("message", "message"), ("zzz", None), ("", None)])
def test_the_closest_known_name_is_found(name: str, meant: str | None) -> None:
    assert closest(name, ["level", "message"]) == meant


@pytest.mark.parametrize(
    ("name", "meant"),
    [("http", "http_request"), ("wait", "wait_for_event"), ("swich", "switch"), ("forEach", None), ("", None)],
)
def test_a_name_that_has_it_as_a_word_is_found_before_a_vaguely_like_one(name: str, meant: str | None) -> None:
    assert closest(name, ["switch", "http_request", "wait_for_event"]) == meant


@pytest.mark.parametrize(
    "guess",
    [
        lambda name: closest(name, [name]),
        lambda name: validation.did_you_mean(name, [name]),
        lambda name: suggestions.did_you_mean(name, [name]),
    ],
    ids=["closest", "validation", "expressions"],
)
def test_nobody_guesses_at_a_name_longer_than_any_real_one(guess: Callable[[str], str | None]) -> None:
    assert not guess("x" * (MAX_CHARACTERS + 1))
