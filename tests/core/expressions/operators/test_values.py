from collections.abc import Callable
from typing import Any

import pytest

from core.expressions.operators import values


@pytest.mark.parametrize(
    ("check", "good", "bad", "sentence"),
    [
        (values.check_orderable, "2026-01-01", None, "must be a number, a date or a string, not null"),
        (values.check_string, "", 5, "must be a string, not number"),
        (values.check_boolean, False, "no", "must be true or false, not string"),
        (values.check_list, [], {}, "must be a list, not object"),
    ],
)
def test_a_check_says_what_the_value_must_be(
    check: Callable[[Any], str | None], good: Any, bad: Any, sentence: str
) -> None:
    assert check(good) is None
    assert check(bad) == sentence
