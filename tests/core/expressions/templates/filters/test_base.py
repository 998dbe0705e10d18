import contextlib
from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.expressions.templates import TemplateError
from core.expressions.templates.filters import FILTERS, base
from tests.core.expressions.strategies import json_values
from tests.core.expressions.templates.filters.checking import apply


def test_all_filters_of_the_contract_are_there() -> None:
    contract = """default upper lower title trim replace split join length first last round number int string json date
        plus_minutes plus_hours plus_days days_until days_since regex_find slug truncate currency urlencode escape"""

    assert set(FILTERS.keys()) == set(contract.split())


@pytest.mark.parametrize(
    ("value", "moment"),
    [
        ("2026-01-31", date(2026, 1, 31)),
        (" 2026-01-31T09:00:00Z ", datetime(2026, 1, 31, 9, tzinfo=UTC)),
        (date(2026, 1, 31), date(2026, 1, 31)),
    ],
)
def test_dates_are_read_from_text_as_well(value: Any, moment: date) -> None:
    assert base.as_date(value) == moment


@pytest.mark.parametrize("value", ["soon", 5, None, [], "2026-02-30"])
def test_what_is_no_date_is_refused(value: Any) -> None:
    with pytest.raises(TemplateError, match="needs a date such as 2026-01-31"):
        base.as_date(value)


@pytest.mark.parametrize("value", [True, -1, 11, 1.0, "1", None])
def test_what_is_no_count_is_refused(value: Any) -> None:
    with pytest.raises(TemplateError, match="needs a whole number from 0 to 10"):
        base.as_count(value, most=10)


@given(
    st.sampled_from(FILTERS.keys()),
    json_values,
    st.sampled_from(["", "(1)", "('a')", "('a', 'b')", "(-1)", "(none)", "([1])"]),
)
def test_any_filter_on_any_value_gives_a_value_or_a_template_error(name: str, value: Any, arguments: str) -> None:
    with contextlib.suppress(TemplateError):
        apply(name + arguments, value)
