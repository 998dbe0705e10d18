from collections.abc import Callable

import pytest

from core import validation
from core.expressions import suggestions
from core.suggestions import MAX_CHARACTERS, closest


@pytest.mark.parametrize(("name", "meant"), [("mesage", "message"), ("message", "message"), ("zzz", None), ("", None)])
def test_the_closest_known_name_is_found(name: str, meant: str | None) -> None:
    assert closest(name, ["level", "message"]) == meant


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
