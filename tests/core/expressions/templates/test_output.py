from datetime import date
from typing import Any

import pytest

from core.expressions.templates import TooMuchOutputError
from core.expressions.templates.output import plain


def test_dates_become_text_and_tuples_lists() -> None:
    assert plain({"on": date(2026, 1, 31), "pair": (1, [None])}) == {"on": "2026-01-31", "pair": [1, [None]]}


def test_containers_are_copied() -> None:
    value: dict[str, Any] = {"a": [1]}

    assert plain(value) is not value
    assert plain(value)["a"] is not value["a"]


def test_one_list_named_many_times_is_counted_each_time() -> None:
    shared = [1] * 1000

    with pytest.raises(TooMuchOutputError, match="larger than 262,144 characters"):
        plain([shared] * 1000)


def test_what_is_nested_too_deeply_is_refused() -> None:
    value: Any = 1
    for _ in range(200):
        value = [value]

    with pytest.raises(TooMuchOutputError, match="more than 128 levels"):
        plain(value)
